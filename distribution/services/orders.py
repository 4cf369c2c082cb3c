"""The supplier's answer to an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.transitions import perform
from distribution.errors import (
    LineMissing,
    LineTwice,
    MoreThanOrdered,
    NothingConfirmed,
    PacksNotPositive,
    ReasonMissing,
    UnknownOrderLine,
)
from distribution.models import Order, OrderLine
from distribution.policies import may_handle_order
from distribution.states import ORDER
from procurement.services.volumes import give_back_volume


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """How many packs of an order line will be supplied, and why not all where it is fewer."""

    line_id: int
    packs: int
    reason: str = ""


def confirm_order(
    *,
    order_id: int,
    answers: Sequence[LineAnswer],
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Order:
    """Confirm an order, line by line, wholly or in part; what is not confirmed goes back to the agreed volume.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        RulesBroken: a line unanswered, foreign or twice, more than ordered, or less without a reason.
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
        lines = _lines(order)
        _check(order, lines, answers)
        for answer in answers:
            line = lines[answer.line_id]
            line.confirmed_packs, line.answer_reason = answer.packs, answer.reason
        OrderLine.objects.bulk_update(lines.values(), ["confirmed_packs", "answer_reason"])
        _give_back(list(lines.values()), f"{order.number}/confirm", at)
    return order


def refuse_order(
    *, order_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Order:
    """Refuse a whole order with a reason; its volume goes back.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing
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
        if not reason.strip():
            raise ReasonMissing(product=order.number, pointer="/reason")
        lines = list(_lines(order).values())
        for line in lines:
            line.answer_reason = reason.strip()
        OrderLine.objects.bulk_update(lines, ["answer_reason"])
        _give_back(lines, f"{order.number}/refuse", at)
    return order


def _lines(order: Order) -> dict[int, OrderLine]:
    rows = OrderLine.objects.filter(order=order).select_related("product__presentation__medicine").order_by("pk")
    return {line.pk: line for line in rows}


def _check(order: Order, lines: dict[int, OrderLine], answers: Sequence[LineAnswer]) -> None:
    broken: list[DomainError] = []
    seen: set[int] = set()
    for index, answer in enumerate(answers):
        pointer = f"/lines/{index}"
        line = lines.get(answer.line_id)
        if line is None:
            broken.append(UnknownOrderLine(line=answer.line_id, document=order.number, pointer=pointer))
        elif answer.line_id in seen:
            broken.append(LineTwice(line=answer.line_id, pointer=pointer))
        elif answer.packs < 0:
            broken.append(PacksNotPositive(product=line.product, packs=answer.packs, pointer=f"{pointer}/packs"))
        elif answer.packs > line.packs:
            broken.append(
                MoreThanOrdered(product=line.product, packs=answer.packs, limit=line.packs, pointer=f"{pointer}/packs")
            )
        elif answer.packs < line.packs and not answer.reason.strip():
            broken.append(ReasonMissing(product=line.product, pointer=f"{pointer}/reason"))
        seen.add(answer.line_id)
    broken += [LineMissing(product=line.product) for pk, line in lines.items() if pk not in seen]
    refuse(broken)
    if not any(answer.packs for answer in answers):
        raise NothingConfirmed(order=order.number, pointer="/lines")


def _give_back(lines: Sequence[OrderLine], reference: str, at: datetime) -> None:
    give_back_volume(
        {
            line.agreement_line_id: (line.packs - line.confirmed_packs) * line.product.pack_quantity
            for line in lines
            if line.confirmed_packs < line.packs
        },
        reference=reference,
        at=at,
    )
