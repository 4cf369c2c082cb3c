"""Abnormally low prices: who is proposed far under the others explains the price first (国办发〔2015〕7号)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.journal.record import record, record_all
from catalog.foundation.transitions import lock, unit_of_work
from catalog.rules.procedure_rules import ProcedureRules
from procurement.errors import ExplanationAwaited, ExplanationJudged, ExplanationTooLate, TextMissing
from procurement.models import EvaluationLine, Explanation, Lot
from procurement.policies import may_explain_bid, may_run_tender, require_person
from procurement.states import BidStatus


def ask_explanations(lots: QuerySet[Lot], *, rules: ProcedureRules, actor: Actor, at: datetime) -> list[Explanation]:
    """Ask every proposed bidder of the lots whose price is abnormally low and who was not asked before.

    Part of the caller's transaction.
    """
    lines = (
        EvaluationLine.objects.filter(
            bid__lot__in=lots.order_by(),
            bid__status=BidStatus.RANKED,
            is_abnormally_low=True,
            is_proposed=True,
            bid__explanation=None,
        )
        .select_related("bid__lot__tender", "bid__supplier")
        .defer("bid__envelope", "bid__technical_envelope")
        .order_by("bid")
    )
    asked = Explanation.objects.bulk_create(
        Explanation(
            bid=line.bid,
            figures=_figures(line, rules),
            asked_at=at,
            due_at=at + timedelta(days=rules.explanation_days),
        )
        for line in lines
    )
    record_all(
        actor=actor,
        action="explanation.ask",
        changes_of=[(item, {"due_at": [None, item.due_at], "figures": [None, item.figures]}) for item in asked],
        at=at,
    )
    return asked


def _figures(line: EvaluationLine, rules: ProcedureRules) -> dict[str, str]:
    """Yuan per unit at the strength of the lot; ``share`` of the mean valid price is the limit."""
    price, mean = line.bid.comparable_price, Decimal(line.bid.lot.proposal["mean"])
    assert price is not None  # a ranked bid has one
    return {
        "comparable_price": str(price),
        "mean": str(mean),
        "share": str(rules.abnormally_low),
        "share_of_mean": f"{price / mean:.4f}",
    }


def answer_explanation(*, explanation_id: int, text: str, actor: Actor, at: datetime) -> Explanation:
    """Explain one's own price; until it is due, a new answer takes the place of the former.

    Raises:
        NotVisible, NotAllowed: another supplier's, or not a supplier.
        TextMissing, ExplanationJudged, ExplanationTooLate
    """
    with unit_of_work():
        asked = _locked(explanation_id, actor)
        may_explain_bid(actor, "explain", asked.bid)
        if not text.strip():
            raise TextMissing(pointer="/answer")
        _refuse_judged(asked)
        if at >= asked.due_at:
            raise ExplanationTooLate(due=spoken(asked.due_at), now=spoken(at))
        before, asked.answer, asked.answered_at = asked.answer, text.strip(), at
        asked.save(update_fields=["answer", "answered_at"])
        changes = {"answer": [before, asked.answer]}
        record(actor=actor, action="explanation.answer", subject=asked, at=at, changes=changes)
    return asked


def judge_explanation(
    *, explanation_id: int, is_accepted: bool, judgement: str, actor: Actor, at: datetime
) -> Explanation:
    """Judge an explanation, or that none came in time, with the reason; once.

    The bid of an explanation that is not accepted is set aside by ``set_aside_bid``; until then no candidates are
    published.

    Raises:
        NotVisible, NotAllowed: not a named officer of the agency.
        TextMissing, ExplanationJudged
        ExplanationAwaited: not answered, and the time for it not over.
    """
    person = require_person(actor)
    with unit_of_work():
        asked = _locked(explanation_id, actor)
        may_run_tender(actor, "judge", asked.bid.lot.tender)
        if not judgement.strip():
            raise TextMissing(pointer="/judgement")
        _refuse_judged(asked)
        if asked.answered_at is None and at < asked.due_at:
            raise ExplanationAwaited(due=spoken(asked.due_at), now=spoken(at))
        asked.is_accepted, asked.judgement = is_accepted, judgement.strip()
        asked.judged_at, asked.judged_by_id = at, person
        asked.save(update_fields=["is_accepted", "judgement", "judged_at", "judged_by"])
        changes = {"is_accepted": [None, is_accepted], "judgement": ["", asked.judgement]}
        record(actor=actor, action="explanation.judge", subject=asked, at=at, changes=changes)
    return asked


def _locked(explanation_id: int, actor: Actor) -> Explanation:
    rows = Explanation.objects.visible_to(actor).select_related("bid__lot__tender", "bid__supplier")
    return lock(rows.defer("bid__envelope", "bid__technical_envelope"), pk=explanation_id)


def _refuse_judged(asked: Explanation) -> None:
    if asked.judged_at is not None:
        raise ExplanationJudged(judged=spoken(asked.judged_at))
