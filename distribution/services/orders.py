"""The supplier's answer to an order; what it does not supply is ordered from the backup supplier by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.transitions import perform
from distribution.errors import (
    LineMissing,
    LineTwice,
    MoreThanOrdered,
    NothingConfirmed,
    PacksNotPositive,
    PromiseOutOfRange,
    ReasonMissing,
    UnknownAnswerReason,
    UnknownOrderLine,
)
from distribution.models import Order, OrderLine
from distribution.policies import may_handle_order
from distribution.services.backup import supply_otherwise
from distribution.services.notices import notify
from distribution.states import ORDER, SUPPLIER_REASONS, AnswerReason, NoticeKind


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """How many packs of an order line will come and by which day, and why not all where it is fewer.

    ``code`` is one of ``SUPPLIER_REASONS``, ``other`` where only ``reason`` is given. Without ``promised_on`` it is
    the last day of the order's time.
    """

    line_id: int
    packs: int
    reason: str = ""
    code: str = ""
    promised_on: date | None = None


def confirm_order(
    *,
    order_id: int,
    answers: Sequence[LineAnswer],
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Order:
    """Confirm an order, line by line, wholly or in part; by rule the backup supplier gets what is not confirmed.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        NothingConfirmed, RuleSetMissing
        RulesBroken: a line unanswered, foreign or twice, more than ordered, less without a reason, a day too late.
    """
    with perform(
        "confirm",
        Order.objects.visible_to(actor),
        pk=order_id,
        machine=ORDER,
        policy=may_handle_order,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as order:
        lines = lines_of(order)
        _check(order, lines, answers, localdate(at))
        for answer in answers:
            line = lines[answer.line_id]
            line.confirmed_packs = answer.packs
            line.promised_on = answer.promised_on or _last_day(order, localdate(at)) if answer.packs else None
            if answer.packs < line.open_packs:
                note_reason(line, answer.code, answer.reason)
        OrderLine.objects.bulk_update(
            lines.values(), ["confirmed_packs", "promised_on", "answer_code", "answer_reason"]
        )
        order.answered_at = at
        left_out = {line: line.open_packs - line.confirmed_packs for line in lines.values()}
        if any(left_out.values()):
            _tell_the_other(order, actor, _told(answers), at)
            supply_otherwise(order, left_out, act="confirm", reason=_told(answers), at=at)
    return order


def refuse_order(
    *,
    order_id: int,
    reason: str,
    code: str = "",
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Order:
    """Refuse a whole order with a reason; by rule the backup supplier gets it.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing, UnknownAnswerReason, RuleSetMissing
    """
    with perform(
        "refuse",
        Order.objects.visible_to(actor),
        pk=order_id,
        machine=ORDER,
        policy=may_handle_order,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as order:
        refuse_unfounded(order.number, code, reason, is_supplier=not actor.is_platform)
        lines = list(lines_of(order).values())
        for line in lines:
            note_reason(line, code, reason)
        OrderLine.objects.bulk_update(lines, ["answer_code", "answer_reason"])
        order.status_reason = words_of(code, reason)
        if not actor.is_platform:
            order.answered_at = at
        _tell_the_other(order, actor, order.status_reason, at)
        supply_otherwise(
            order, {line: line.open_packs for line in lines}, act="refuse", reason=order.status_reason, at=at
        )
    return order


def _tell_the_other(order: Order, actor: Actor, reason: str, at: datetime) -> None:
    """The supplier and its distributor answer for each other; both did by their silence."""
    sides = [side for side in (order.supplier_id, order.distributor_id) if side != actor.organization_id]
    notify(sides, NoticeKind.ORDER_REFUSED, order=order, at=at, reason=reason)


def lines_of(order: Order) -> dict[int, OrderLine]:
    """The lines by their keys, with what closing them and naming them needs."""
    rows = OrderLine.objects.filter(order=order).select_related(
        "product__presentation__medicine", "product__manufacturer", "agreement_line"
    )
    return {line.pk: line for line in rows.order_by("pk")}


def note_reason(line: OrderLine, code: str, reason: str) -> None:
    """Write down why packs of the line do not come; the first default of a supplier stays."""
    if line.answer_code not in ("", AnswerReason.FORCE_MAJEURE):
        return
    line.answer_code, line.answer_reason = code or AnswerReason.OTHER, reason.strip()


def words_of(code: str, reason: str) -> str:
    """The kind of reason and what was said, in the 300 characters that a record holds."""
    kind = AnswerReason(code).label if code and code != AnswerReason.OTHER else ""
    return " · ".join(str(part) for part in (kind, reason.strip()) if part)[:300]


def refuse_unfounded(what: object, code: str, reason: str, *, is_supplier: bool = True, pointer: str = "") -> None:
    """Let a reason pass: a kind that the supplier may name, or words; “other” needs words.

    Raises:
        ReasonMissing, UnknownAnswerReason
    """
    known = SUPPLIER_REASONS if is_supplier else tuple(AnswerReason)
    if code and code not in known:
        raise UnknownAnswerReason(reason=code, known=", ".join(known), pointer=f"{pointer}/code")
    if code in ("", AnswerReason.OTHER) and not reason.strip():
        raise ReasonMissing(product=what, pointer=f"{pointer}/reason")


def _last_day(order: Order, today: date) -> date | None:
    """The day by which the goods are to arrive; today where it has passed, none where the order has no time."""
    return order.deliver_by and max(localdate(order.deliver_by), today)


def _told(answers: Sequence[LineAnswer]) -> str:
    """The different reasons, each once."""
    return "; ".join(dict.fromkeys(words for item in answers if (words := words_of(item.code, item.reason))))[:300]


def _check(order: Order, lines: Mapping[int, OrderLine], answers: Sequence[LineAnswer], today: date) -> None:
    broken: list[DomainError] = []
    seen: set[int] = set()
    for index, answer in enumerate(answers):
        pointer = f"/lines/{index}"
        line = lines.get(answer.line_id)
        if line is None:
            broken.append(UnknownOrderLine(line=answer.line_id, document=order.number, pointer=pointer))
        elif answer.line_id in seen:
            broken.append(LineTwice(line=answer.line_id, pointer=pointer))
        else:
            broken += _faults(order, line, answer, today, pointer)
        seen.add(answer.line_id)
    broken += [LineMissing(product=line.product) for pk, line in lines.items() if pk not in seen]
    refuse(broken)
    if not any(answer.packs for answer in answers):
        raise NothingConfirmed(order=order.number, pointer="/lines")


def _faults(order: Order, line: OrderLine, answer: LineAnswer, today: date, pointer: str) -> list[DomainError]:
    limit, last = line.open_packs, _last_day(order, today)
    if answer.packs < 0:
        return [PacksNotPositive(product=line.product, packs=answer.packs, pointer=f"{pointer}/packs")]
    if answer.packs > limit:
        return [MoreThanOrdered(product=line.product, packs=answer.packs, limit=limit, pointer=f"{pointer}/packs")]
    if answer.packs < limit:
        try:
            refuse_unfounded(line.product, answer.code, answer.reason, pointer=pointer)
        except DomainError as error:
            return [error]
    day = answer.promised_on
    if answer.packs and day is not None and (day < today or (last is not None and day > last)):
        return [
            PromiseOutOfRange(
                product=line.product, day=day, first=today, last=last or "…", pointer=f"{pointer}/promised_on"
            )
        ]
    return []
