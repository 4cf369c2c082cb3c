"""Candidates: what the evaluation proposes is published, and proposed anew when a bid is set aside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, perform_all, unit_of_work
from catalog.rules.procedure_rules import ProcedureRules
from procurement.errors import BidNotInLot, ExplanationsOpen, NegotiationsOpen, ReasonMissing
from procurement.models import AreaPick, Bid, Evaluation, EvaluationLine, Explanation, Lot, Negotiation, Tender
from procurement.policies import may_decide_lot, may_publish_candidates, may_set_aside_bid
from procurement.queries import rules_of
from procurement.queries.findings import offer_of
from procurement.queries.objections import objections_heard_until
from procurement.rules.evaluation import Assessment, LotEvaluation, LotVerdict, Verdict, evaluate_lot
from procurement.services.explanations import ask_explanations
from procurement.services.objections import hear_until, note_remedy, refuse_while_objected
from procurement.states import BID, LOT, TENDER, BidStatus, LotStatus, NegotiationStatus, Procedure, TenderStatus

# What the rule alone finds; an officer who sets a bid aside, or an obstacle, adds a reason.
BY_RULE = (Verdict.ABOVE_ENTRY, Verdict.OVER_CEILING, Verdict.NOT_UNIFORM, Verdict.NOT_COMPARABLE)


def publish_candidates(
    *, tender_number: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Tender:
    """Publish who is proposed for every lot; objections to it are heard from now on.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        ExplanationsOpen: an abnormally low price is not explained, or its explanation not accepted.
        NegotiationsOpen: a price is still negotiated.
        ObjectionsUnanswered, UpheldObjections: objections to the documents or the opening stop the procedure.
    """
    with perform(
        "publish_candidates",
        Tender.objects.of_agency(actor).select_related("procedure_rules"),
        number=tender_number,
        machine=TENDER,
        policy=may_publish_candidates,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as tender:
        refuse_unexplained(tender)
        _refuse_while_negotiated(tender)
        refuse_while_objected(tender)
        tender.candidates_published_at = at
        tender.objections_until = objections_heard_until(tender, at)
    return tender


def refuse_unexplained(tender: Tender, lot: Lot | None = None) -> None:
    """Let pass a tender, or a lot of it, whose proposed prices that are abnormally low were all explained acceptably.

    Raises:
        ExplanationsOpen
    """
    open_ones = Explanation.objects.filter(
        bid__lot__tender=tender, bid__status=BidStatus.RANKED, bid__evaluation_line__is_proposed=True
    ).exclude(is_accepted=True)
    if lot is not None:
        open_ones = open_ones.filter(bid__lot=lot)
    lots = sorted(set(open_ones.values_list("bid__lot__number", flat=True)))
    if lots:
        raise ExplanationsOpen(lots=", ".join(map(str, lots)))


def _refuse_while_negotiated(tender: Tender) -> None:
    talks = Negotiation.objects.filter(lot__tender=tender, status=NegotiationStatus.OPEN)
    lots = sorted(set(talks.values_list("lot__number", flat=True)))
    if lots:
        raise NegotiationsOpen(lots=", ".join(map(str, lots)))


def lock_tender_of(actor: Actor, lot_id: int) -> Tender:
    """The tender of one of the agency's lots, locked: what decides lots and what objects to them wait for each other.

    Raises:
        NotVisible
    """
    lot = find(Lot.objects.of_agency(actor), pk=lot_id)
    return lock(Tender.objects.select_related("procedure_rules"), pk=lot.tender_id)


def set_aside_bid(*, bid_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None) -> Bid:
    """Set a ranked bid aside with the reason; the lot is judged anew without it.

    Where the candidates are published, those proposed anew are published from now on for as long as the others were.

    Raises:
        NotVisible, NotAllowed (four eyes), Stale, WrongState, AlreadyDone
        BidNotInLot: its lot is not before its award. ReasonMissing
    """
    with unit_of_work():
        bids = Bid.objects.visible_to(actor).select_related("lot__tender", "supplier").defer("envelope")
        tender = lock_tender_of(actor, find(bids, pk=bid_id).lot_id)
        lot = lock(Lot.objects.select_related("tender", "presentation"), bids=bid_id)
        with perform(
            "set_aside",
            bids,
            pk=bid_id,
            machine=BID,
            policy=may_set_aside_bid,
            actor=actor,
            at=at,
            expected_version=expected_version,
        ) as bid:
            if lot.status != LotStatus.PROPOSED:
                raise BidNotInLot(bid=bid.pk, lot=lot.number, pointer="/bid")
            if not reason.strip():
                raise ReasonMissing(difference=_("a ranked bid is set aside"), pointer="/reason")
            bid.finding = {**bid.finding, "reason": reason.strip()}
        note_remedy(lot, _("The bid of %(supplier)s was set aside.") % {"supplier": bid.supplier}, at=at)
        is_new = repropose(lot, reason=reason.strip(), actor=actor, at=at)
        if is_new and tender.status == TenderStatus.CANDIDATES_PUBLISHED:
            tender.candidates_published_at = at
            hear_until(tender, objections_heard_until(tender, at), actor=actor, at=at)
    return bid


def repropose(lot: Lot, *, reason: str, actor: Actor, at: datetime) -> bool:
    """Judge and rank a lot anew from the bids that still stand; say whether one is proposed that was not before.

    The rule and the frozen numbers are those of the evaluation; who was set aside by the rule alone may come in again.
    An abnormally low price that is proposed is asked to be explained, areas that were picked are open again where the
    proposed change, and the lot fails with the reason where too few bidders or no valid offer is left. A price that is
    agreed at the table stands. Part of the caller's transaction, which holds the lot.
    """
    rules = rules_of(lot.tender)
    bids = {bid.pk: bid for bid in _standing(lot)}
    found = evaluate_lot(
        [offer_of(bid) for bid in bids.values()],
        ceiling=lot.ceiling_price,
        rules=rules,
        cap=lot.max_winners,
        is_negotiable=lot.tender.procedure == Procedure.NEGOTIATION,
        turned_away=_turned_away(lot),
    )
    lines = EvaluationLine.objects.filter(bid__lot=lot).order_by("rank")
    before = dict(lines.values_list("bid", "is_proposed"))
    was_proposed = {bid_id for bid_id, is_proposed in before.items() if is_proposed}
    proposed = _proposed(found, bids, lot)
    _judge(found.assessments, bids, actor, at)
    _place(lot, found.assessments, proposed)
    if proposed != was_proposed:
        AreaPick.objects.filter(lot=lot).delete()
    ranked = [item.bid for item in found.assessments if item.rank is not None]
    told = {"ranked": [[*before], ranked], "proposed": [sorted(was_proposed), sorted(proposed)]}
    record(actor=actor, action="lot.propose", subject=lot, at=at, changes=told)
    if found.verdict != LotVerdict.PROPOSED:
        _fail(lot, found, rules, reason=reason, actor=actor, at=at)
        return False
    lot.proposal, lot.version = _told(found), lot.version + 1
    lot.save(update_fields=["proposal", "version", "updated_at"])
    ask_explanations(Lot.objects.filter(pk=lot.pk), rules=rules, actor=actor, at=at)
    return bool(proposed - was_proposed)


def _standing(lot: Lot) -> QuerySet[Bid]:
    """The ranked bids, and those that the rule alone has set aside: neither an officer nor an obstacle did."""
    by_rule = Q(status=BidStatus.SET_ASIDE, finding__verdict__in=BY_RULE) & ~Q(finding__has_key="reason")
    bids = Bid.objects.filter(Q(status=BidStatus.RANKED) | by_rule, lot=lot)
    return bids.select_related("supplier").defer("envelope", "technical_envelope").order_by("pk")


def _turned_away(lot: Lot) -> int:
    """Who bid as well: those who were not shortlisted, and those with whom no price was agreed."""
    broken_off = Q(status=BidStatus.SET_ASIDE, negotiation__status=NegotiationStatus.BROKEN_OFF)
    return Bid.objects.filter(Q(status=BidStatus.NOT_SHORTLISTED) | broken_off, lot=lot).count()


def _proposed(found: LotEvaluation, bids: Mapping[int, Bid], lot: Lot) -> set[int]:
    """Who is proposed by the rule; in a negotiation with whom a price is agreed, or otherwise whose turn it is."""
    proposed = {item.bid for item in found.assessments if item.is_proposed}
    if lot.tender.procedure == Procedure.NEGOTIATION and found.verdict == LotVerdict.PROPOSED:
        agreed = {bid.pk for bid in bids.values() if bid.agreed_price is not None}
        return agreed or proposed or {found.assessments[0].bid}
    return proposed


def _judge(assessments: Sequence[Assessment], bids: Mapping[int, Bid], actor: Actor, at: datetime) -> None:
    """Move the bids that come in or fall out, and write down why."""
    ranked = {item.bid for item in assessments if item.rank is not None}
    let_in = [pk for pk in ranked if bids[pk].status == BidStatus.SET_ASIDE]
    out = [pk for pk, bid in bids.items() if pk not in ranked and bid.status == BidStatus.RANKED]
    for action, moved in (("admit", let_in), ("set_aside", out)):
        named = Bid.objects.filter(pk__in=moved).select_related("supplier").defer("envelope", "technical_envelope")
        perform_all(action, named, machine=BID, actor=actor, at=at)
    for item in assessments:
        kept = {key: value for key, value in bids[item.bid].finding.items() if key not in ("verdict", "let_in_by")}
        condition = {} if item.let_in_by is None else {"let_in_by": item.let_in_by}
        bids[item.bid].finding = {**kept, "verdict": item.verdict, **condition}
    Bid.objects.bulk_update(bids.values(), ["finding"])


def _place(lot: Lot, assessments: Sequence[Assessment], proposed: Collection[int]) -> None:
    ranked = {item.bid: item.rank for item in assessments if item.rank is not None}
    EvaluationLine.objects.filter(bid__lot=lot).exclude(bid__in=ranked).delete()
    evaluation = Evaluation.objects.get(tender=lot.tender_id)
    EvaluationLine.objects.bulk_create(
        [
            EvaluationLine(
                evaluation=evaluation,
                bid_id=item.bid,
                rank=ranked[item.bid],
                is_proposed=item.bid in proposed,
                is_zero_volume=item.verdict == Verdict.ZERO_VOLUME,
                is_abnormally_low=item.is_abnormally_low,
                is_tied=item.is_tied,
            )
            for item in assessments
            if item.bid in ranked
        ],
        update_conflicts=True,
        unique_fields=["bid"],
        update_fields=["rank", "is_proposed", "is_zero_volume", "is_abnormally_low", "is_tied"],
    )


def _told(found: LotEvaluation) -> dict[str, Any]:
    """What the lot keeps, as the evaluation of the whole tender writes it: prices as texts, so that they stay exact."""
    figures = found.figures
    prices = {"mean": figures.mean, "deviation": figures.deviation, "anchor": figures.anchor}
    return {
        "verdict": found.verdict,
        "bidders": figures.bidders,
        "counted": figures.counted,
        "valid": figures.valid,
        "most_winners": figures.places,
    } | {name: str(price) for name, price in prices.items() if price is not None}


def _fail(lot: Lot, found: LotEvaluation, rules: ProcedureRules, *, reason: str, actor: Actor, at: datetime) -> None:
    bidders = found.figures.bidders
    if found.verdict == LotVerdict.TOO_FEW_BIDDERS and bidders:
        reason = _("%(reason)s (bidders left: %(bidders)s; the rules ask for at least %(least)s)") % {
            "reason": reason,
            "bidders": bidders,
            "least": rules.least_bidders,
        }
    with perform(
        "fail",
        Lot.objects.of_agency(actor).select_related("tender", "presentation"),
        pk=lot.pk,
        machine=LOT,
        policy=may_decide_lot,
        actor=actor,
        at=at,
    ) as failed:
        failed.decision_reason, failed.proposal = reason, _told(found)
    losers = Bid.objects.filter(lot=lot, status=BidStatus.RANKED).select_related("supplier")
    perform_all("lose", losers.defer("envelope", "technical_envelope"), machine=BID, actor=actor, at=at)
