"""Answering a shortage by what the province has at hand, looking after it, and ending it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, perform
from distribution.errors import FollowUpOutOfRange, MeasureUnfit, ReasonMissing
from distribution.models import ReservePlan, ShortageAnswer, ShortageItem, StockLot
from distribution.policies import may_handle_shortage
from distribution.queries.rules import shortage_rules
from distribution.rules.shortage import answer_days, last_follow_up
from distribution.services.releases import order_release
from distribution.services.shortage_watch import tell_reporters
from distribution.services.transfers import propose_transfer
from distribution.states import SHORTAGE, AnswerKind, AnswerOutcome, NoticeKind
from procurement.models import AgreementLine, Tender
from procurement.rules.working_days import working_days_after
from procurement.services.agreements import call_backup
from procurement.states import Procedure


@dataclass(frozen=True, slots=True)
class Backup:
    """Let who stands by take over ``units`` of a main supplier's agreed volume, or all of its rest."""

    line_id: int
    units: int | None = None


@dataclass(frozen=True, slots=True)
class Redistribution:
    """Let an institution that has some give ``units`` of a lot to another."""

    lot_id: int
    taker_code: str
    units: int


@dataclass(frozen=True, slots=True)
class Reserve:
    """Release ``units`` of a reserve plan to an institution, by whose authority."""

    plan_id: int
    recipient_code: str
    units: int
    authority: str


@dataclass(frozen=True, slots=True)
class DesignatedProduction:
    """Have it made to order: a tender of that procedure, drafted already."""

    tender_number: str


Measure = Backup | Redistribution | Reserve | DesignatedProduction


def answer_shortage(
    *,
    item_id: int,
    measure: Measure,
    reason: str,
    follow_up_on: date,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> ShortageAnswer:
    """Choose what is done about a shortage and do it: what carries it out is made in the same act.

    The institutions whose report stands are told. ``follow_up_on`` is when somebody looks whether it helped.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing, RuleSetMissing
        MeasureUnfit: of another presentation or province.
        FollowUpOutOfRange
        whatever ``call_backup``, ``propose_transfer`` or ``order_release`` raise.
    """
    with _handled("answer", item_id, actor, at, expected_version) as item:
        stated = _stated(reason, item)
        today = localdate(at)
        first, last = today + timedelta(days=1), last_follow_up(today, shortage_rules(today))
        if not first <= follow_up_on <= last:
            raise FollowUpOutOfRange(day=follow_up_on, first=first, last=last, pointer="/follow_up_on")
        answer = ShortageAnswer.objects.create(
            item=item,
            reason=stated,
            chosen_at=at,
            chosen_by_id=actor.user_id,
            follow_up_on=follow_up_on,
            **_carry_out(measure, item, stated, actor, at),
        )
        tell_reporters(item, NoticeKind.SHORTAGE_ANSWERED, at=at, reason=stated)
        changes = {"kind": [None, answer.kind], "reason": [None, stated], "follow_up_on": [None, follow_up_on]}
        record(actor=actor, action="shortage_answer.choose", subject=answer, at=at, changes=changes)
    return answer


def _carry_out(measure: Measure, item: ShortageItem, reason: str, actor: Actor, at: datetime) -> dict[str, Any]:
    """The kind of the answer and the record that carries it out."""
    match measure:
        case Backup():
            return _call_backup(measure, item, reason, actor, at)
        case Redistribution():
            lots = StockLot.objects.visible_to(actor).select_related("product")
            lot = find(lots, pk=measure.lot_id)
            _refuse_unfit(lot.product.presentation_id == item.presentation_id, lot, item, "/lot")
            transfer = propose_transfer(
                lot_id=lot.pk, taker_code=measure.taker_code, units=measure.units, reason=reason, actor=actor, at=at
            )
            return {"kind": AnswerKind.REDISTRIBUTION, "transfer": transfer, "units": measure.units}
        case Reserve():
            plan = find(ReservePlan.objects.visible_to(actor).select_related("product"), pk=measure.plan_id)
            is_fit = plan.product.presentation_id == item.presentation_id and plan.province_id == item.province_id
            _refuse_unfit(is_fit, plan, item, "/plan")
            release = order_release(
                plan_id=plan.pk,
                recipient_code=measure.recipient_code,
                units=measure.units,
                authority=measure.authority,
                reason=reason,
                actor=actor,
                at=at,
            )
            return {"kind": AnswerKind.RESERVE, "release": release, "units": measure.units}
        case DesignatedProduction():
            tender = find(Tender.objects.of_agency(actor), number=measure.tender_number)
            is_fit = (
                tender.procedure == Procedure.DESIGNATED_PRODUCTION
                and tender.lots.filter(presentation__medicine=item.presentation.medicine_id).exists()
            )
            _refuse_unfit(is_fit, tender, item, "/tender")
            return {"kind": AnswerKind.DESIGNATED_PRODUCTION, "tender": tender}


def _call_backup(measure: Backup, item: ShortageItem, reason: str, actor: Actor, at: datetime) -> dict[str, Any]:
    main = find(AgreementLine.objects.visible_to(actor).select_related("product", "province"), pk=measure.line_id)
    is_fit = main.product.presentation_id == item.presentation_id and main.province_id == item.province_id
    _refuse_unfit(is_fit, main, item, "/line")
    units = main.remaining_quantity if measure.units is None else measure.units
    backup = call_backup(line_id=main.pk, units=units, reason=reason, actor=actor, at=at)
    return {"kind": AnswerKind.BACKUP_SUPPLIER, "backup_line": backup, "units": units}


def _refuse_unfit(is_fit: bool, what: object, item: ShortageItem, pointer: str) -> None:
    if not is_fit:
        raise MeasureUnfit(what=what, shortage=item, pointer=pointer)


def follow_up_shortage(
    *,
    item_id: int,
    outcome: AnswerOutcome,
    note: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> ShortageItem:
    """Say what became of the answer; where it did not help wholly the shortage is open again, with its days anew.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing, RuleSetMissing
    """
    action = "follow_up" if outcome == AnswerOutcome.RESOLVED else "reopen"
    with _handled(action, item_id, actor, at, expected_version) as item:
        stated = _stated(note, item, "/note")
        answer = item.answers.select_for_update(of=("self",), no_key=True).get(outcome="")
        answer.outcome, answer.outcome_note, answer.version = outcome, stated, answer.version + 1
        answer.followed_up_at, answer.followed_up_by_id = at, actor.user_id
        answer.save(
            update_fields=["outcome", "outcome_note", "version", "followed_up_at", "followed_up_by", "updated_at"]
        )
        item.status_reason = stated
        if action == "reopen":
            today = localdate(at)
            days = answer_days(item.grade, shortage_rules(today))
            item.answer_by = None if days is None else working_days_after(today, days)
        changes = {"outcome": [None, outcome], "outcome_note": [None, stated]}
        record(actor=actor, action="shortage_answer.follow_up", subject=answer, at=at, changes=changes)
    return item


def close_shortage(
    *, item_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> ShortageItem:
    """Take what was followed up off the list, although something still signals it.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing
    """
    return _end("close", item_id, reason, actor, at, expected_version)


def dismiss_shortage(
    *, item_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> ShortageItem:
    """Take off the list what is none, with the reason.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing
    """
    return _end("dismiss", item_id, reason, actor, at, expected_version)


def _end(
    action: str, item_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None
) -> ShortageItem:
    with _handled(action, item_id, actor, at, expected_version) as item:
        item.status_reason, item.closed_at = _stated(reason, item), at
        tell_reporters(item, NoticeKind.SHORTAGE_CLOSED, at=at, reason=item.status_reason)
    return item


def _handled(
    action: str, item_id: int, actor: Actor, at: datetime, expected_version: int | None
) -> AbstractContextManager[ShortageItem]:
    return perform(
        action,
        ShortageItem.objects.visible_to(actor).select_related("presentation__medicine"),
        pk=item_id,
        machine=SHORTAGE,
        policy=may_handle_shortage,
        actor=actor,
        at=at,
        expected_version=expected_version,
    )


def _stated(reason: str, item: ShortageItem, pointer: str = "/reason") -> str:
    if not reason.strip():
        raise ReasonMissing(product=item, pointer=pointer)
    return reason.strip()
