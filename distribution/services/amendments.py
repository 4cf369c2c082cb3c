"""What the institution changes of an order before the supplier has confirmed it: packs, or all of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, perform, refuse_stale, unit_of_work
from distribution.errors import (
    LineTwice,
    MoreThanApproved,
    NothingOrdered,
    NotOrderable,
    PacksNotPositive,
    ReasonMissing,
    UnknownOrderLine,
)
from distribution.models import Order, OrderLine
from distribution.policies import may_change_order
from distribution.queries.orderers import orderer_of
from distribution.queries.ordering import Hindrance, judge_lines
from distribution.services.closing import close_packs
from distribution.services.notices import notify
from distribution.services.orders import lines_of, words_of
from distribution.states import ORDER, NoticeKind
from procurement.errors import AgreedVolumeExceeded
from procurement.models import AgreementLine
from procurement.services.volumes import give_back_volume, lock_volumes, take_volume


@dataclass(frozen=True, slots=True)
class AmendedLine:
    """So many packs of an order line instead of what it said; none drops the line."""

    line_id: int
    packs: int


def amend_order(
    *,
    order_id: int,
    lines: Sequence[AmendedLine],
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Order:
    """Change packs of an order that the supplier has not answered; lines that are not named stay.

    More packs are taken from the agreed volume, fewer go back; never more than the requisition's approver approved.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, NothingGiven, NothingOrdered
        RulesBroken: a foreign line or one twice, more than was approved or is left, a product not to be had any more.
    """
    with unit_of_work():
        order = lock(Order.objects.visible_to(actor), pk=order_id)
        may_change_order(actor, "amend", order)
        refuse_stale(order, expected_version)
        # only what can still be cancelled can be amended
        ORDER.resolve(order.status, "cancel")
        present = lines_of(order)
        _check(order, present, lines)
        changes = {
            item.line_id: (present[item.line_id].open_packs, item.packs)
            for item in lines
            if item.packs != present[item.line_id].open_packs
        }
        if not changes:
            raise NothingGiven(pointer="/lines")
        order.version += 1
        _move_volume(order, present, changes, at)
        for line_id, (_before, packs) in changes.items():
            line = present[line_id]
            if packs:
                line.packs, line.closed_packs = packs, 0
            else:
                line.closed_packs = line.packs
        if not any(line.open_packs for line in present.values()):
            raise NothingOrdered(order=order.number, pointer="/lines")
        OrderLine.objects.bulk_update([present[line_id] for line_id in changes], ["packs", "closed_packs"])
        order.save(update_fields=["version", "updated_at"])
        told = {str(present[line_id].product): [before, packs] for line_id, (before, packs) in changes.items()}
        record(actor=actor, action="order.amend", subject=order, at=at, changes=told)
        words = "; ".join(f"{product}: {before} → {packs}" for product, (before, packs) in told.items())
        notify([order.supplier_id, order.distributor_id], NoticeKind.ORDER_AMENDED, order=order, at=at, lines=words)
    return order


def cancel_order(
    *, order_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Order:
    """Take an order back before the supplier has confirmed it; its volume goes back.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing
    """
    with perform(
        "cancel",
        Order.objects.visible_to(actor),
        pk=order_id,
        machine=ORDER,
        policy=may_change_order,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as order:
        if not reason.strip():
            raise ReasonMissing(product=order.number, pointer="/reason")
        order.status_reason = words_of("", reason)
        close_packs(
            {line: line.open_packs for line in lines_of(order).values()}, reference=f"{order.number}/cancel", at=at
        )
        notify(
            [order.supplier_id, order.distributor_id],
            NoticeKind.ORDER_CANCELLED,
            order=order,
            at=at,
            reason=order.status_reason,
        )
    return order


def _check(order: Order, present: Mapping[int, OrderLine], lines: Sequence[AmendedLine]) -> None:
    approved = dict(
        OrderLine.objects.filter(pk__in=present, replaces=None).values_list("pk", "requisition_line__packs")
    )
    broken: list[DomainError] = []
    seen: set[int] = set()
    for index, item in enumerate(lines):
        pointer = f"/lines/{index}"
        line = present.get(item.line_id)
        if line is None:
            broken.append(UnknownOrderLine(line=item.line_id, document=order.number, pointer=pointer))
            continue
        # what a backup supplier stands in for was approved as packs of another product
        limit = approved.get(line.pk, line.packs)
        if item.line_id in seen:
            broken.append(LineTwice(line=item.line_id, pointer=pointer))
        elif item.packs < 0:
            broken.append(PacksNotPositive(product=line.product, packs=item.packs, pointer=f"{pointer}/packs"))
        elif item.packs > limit:
            broken.append(
                MoreThanApproved(product=line.product, packs=item.packs, limit=limit, pointer=f"{pointer}/packs")
            )
        seen.add(item.line_id)
    refuse(broken)


def _move_volume(
    order: Order, present: Mapping[int, OrderLine], changes: Mapping[int, tuple[int, int]], at: datetime
) -> None:
    """Take what becomes more and give back what becomes less, under the lock of all of them."""
    units = {
        present[line_id].agreement_line_id: (packs - before) * present[line_id].product.pack_quantity
        for line_id, (before, packs) in changes.items()
    }
    reference = f"{order.number}/amend-{order.version}"
    lock_volumes(units)
    more = {line_id: number for line_id, number in units.items() if number > 0}
    if more:
        rising = [line for line in present.values() if line.agreement_line_id in more]
        refuse(_not_to_be_had(order, rising, localdate(at)))
    taken = take_volume(more, reference=reference, at=at)
    short = AgreementLine.objects.filter(pk__in=more.keys() - taken).select_related(
        "product__presentation__medicine", "product__manufacturer"
    )
    refuse(
        [
            AgreedVolumeExceeded(
                product=line.product, wanted=more[line.pk], remaining=line.remaining_quantity, pointer="/lines"
            )
            for line in short
        ]
    )
    give_back_volume({line_id: -number for line_id, number in units.items() if number < 0}, reference=reference, at=at)


def _not_to_be_had(order: Order, lines: Collection[OrderLine], on: date) -> list[DomainError]:
    """The lines of which the institution may order no more on the day, and why."""
    orderer = orderer_of(order.institution_id, on)
    judged = judge_lines([line.agreement_line_id for line in lines], orderer, on)
    return [
        NotOrderable(line=line.product, reasons=reasons, pointer="/lines")
        for line in lines
        if (reasons := ", ".join(str(Hindrance(name).label) for name in judged[line.agreement_line_id].hindrances))
    ]
