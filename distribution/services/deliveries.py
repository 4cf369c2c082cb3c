"""Despatch by the supplier, receipt by the institution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from distribution.errors import (
    DespatchExists,
    Expired,
    LineMissing,
    LineTwice,
    MoreThanConfirmed,
    MoreThanSent,
    PacksNotPositive,
    ReasonMissing,
    UnknownOrderLine,
    UnknownReason,
)
from distribution.models import Despatch, DespatchLine, Order, OrderLine, Receipt, ReceiptLine
from distribution.policies import may_handle_order, may_receive
from distribution.states import DESPATCH, ORDER, DespatchStatus, RejectionReason
from procurement.services.volumes import deliver_volume


@dataclass(frozen=True, slots=True)
class Sent:
    """Packs of one lot for an order line."""

    line_id: int
    lot_number: str
    expires_on: date
    packs: int


@dataclass(frozen=True, slots=True)
class Received:
    """What was found of one despatch line: accepted and rejected packs; the rest did not arrive."""

    line_id: int
    accepted: int
    rejected: int = 0
    reason: str = ""
    remark: str = ""


def advise_despatch(
    *,
    order_id: int,
    reference: str,
    sent: Sequence[Sent],
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Despatch:
    """Advise that goods have left, by lot and expiry; an order may take several despatches.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState
        DespatchExists: the delivery note was advised before.
        RulesBroken: a foreign line, a lot twice on one note, more than confirmed, expired goods.
    """
    with perform(
        "despatch",
        Order.objects.visible_to(actor),
        pk=order_id,
        machine=ORDER,
        policy=may_handle_order,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as order:
        lines = {
            line.pk: line
            for line in OrderLine.objects.filter(order=order).select_related("product__presentation__medicine")
        }
        _check_sent(order, lines, sent, localdate(at))
        try:
            with transaction.atomic():
                despatch = Despatch.objects.create(order=order, reference=reference, despatched_at=at)
        except IntegrityError as error:
            raise DespatchExists(reference=reference) from error
        DespatchLine.objects.bulk_create(
            DespatchLine(
                despatch=despatch,
                order_line_id=item.line_id,
                lot_number=item.lot_number,
                expires_on=item.expires_on,
                packs=item.packs,
            )
            for item in sent
        )
        for line_id, packs in _packs_by_line(sent).items():
            lines[line_id].despatched_packs += packs
        OrderLine.objects.bulk_update(lines.values(), ["despatched_packs"])
        record(actor=actor, action="despatch.advise", subject=despatch, at=at)
    return despatch


def _packs_by_line(sent: Sequence[Sent]) -> Counter[int]:
    totals: Counter[int] = Counter()
    for item in sent:
        totals[item.line_id] += item.packs
    return totals


def _check_sent(order: Order, lines: dict[int, OrderLine], sent: Sequence[Sent], today: date) -> None:
    broken: list[DomainError] = []
    seen: set[tuple[int, str]] = set()
    for index, item in enumerate(sent):
        pointer = f"/lines/{index}"
        line = lines.get(item.line_id)
        if line is None:
            broken.append(UnknownOrderLine(line=item.line_id, document=order.number, pointer=pointer))
            continue
        if item.packs < 1:
            broken.append(PacksNotPositive(product=line.product, packs=item.packs, pointer=f"{pointer}/packs"))
        if (item.line_id, item.lot_number) in seen:
            broken.append(LineTwice(line=f"{item.line_id} · {item.lot_number}", pointer=pointer))
        if item.expires_on <= today:
            broken.append(
                Expired(
                    product=line.product,
                    lot=item.lot_number,
                    expires_on=item.expires_on,
                    today=today,
                    pointer=f"{pointer}/expires_on",
                )
            )
        seen.add((item.line_id, item.lot_number))
    for line_id, packs in _packs_by_line([item for item in sent if item.line_id in lines]).items():
        line = lines[line_id]
        limit = line.confirmed_packs - line.despatched_packs
        if packs > limit:
            broken.append(MoreThanConfirmed(product=line.product, packs=packs, limit=limit, pointer="/lines"))
    if not sent:
        broken += [LineMissing(product=line.product, pointer="/lines") for line in lines.values()]
    refuse(broken)


def receive_despatch(
    *,
    despatch_id: int,
    received: Sequence[Received],
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Receipt:
    """Record what arrived of a despatch, line by line; rejected packs need a reason.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        RulesBroken: a line unanswered, foreign or twice, more than was sent, a rejection without a known reason.
    """
    despatches = Despatch.objects.visible_to(actor).select_related("order")
    with unit_of_work():
        # the order first, as everywhere: the last receipt completes it
        lock(Order.objects.all(), pk=find(despatches, pk=despatch_id).order_id)
        with perform(
            "receive",
            despatches,
            pk=despatch_id,
            machine=DESPATCH,
            policy=may_receive,
            actor=actor,
            at=at,
            expected_version=expected_version,
        ) as despatch:
            lines = {
                line.pk: line
                for line in DespatchLine.objects.filter(despatch=despatch).select_related(
                    "order_line__product__presentation__medicine"
                )
            }
            _check_received(despatch, lines, received)
            receipt = Receipt.objects.create(despatch=despatch, received_at=at, received_by_id=actor.user_id)
            ReceiptLine.objects.bulk_create(
                ReceiptLine(
                    receipt=receipt,
                    despatch_line_id=item.line_id,
                    accepted_packs=item.accepted,
                    rejected_packs=item.rejected,
                    reason=item.reason,
                    remark=item.remark,
                )
                for item in received
            )
            for item in received:
                lines[item.line_id].accepted_packs = item.accepted
                lines[item.line_id].rejected_packs = item.rejected
            DespatchLine.objects.bulk_update(lines.values(), ["accepted_packs", "rejected_packs"])
            _enter_delivered(receipt, lines.values(), at)
            record(actor=actor, action="receipt.record", subject=receipt, at=at)
        _complete_order(despatch.order_id, at)
    return receipt


def _enter_delivered(receipt: Receipt, lines: Iterable[DespatchLine], at: datetime) -> None:
    """What was accepted is delivered of the agreed volumes."""
    units: Counter[int] = Counter()
    for line in lines:
        units[line.order_line.agreement_line_id] += line.accepted_packs * line.order_line.product.pack_quantity
    deliver_volume(units, reference=f"receipt-{receipt.pk}", at=at)


def _check_received(despatch: Despatch, lines: dict[int, DespatchLine], received: Sequence[Received]) -> None:
    broken: list[DomainError] = []
    seen: set[int] = set()
    for index, item in enumerate(received):
        pointer = f"/lines/{index}"
        line = lines.get(item.line_id)
        if line is None:
            broken.append(UnknownOrderLine(line=item.line_id, document=despatch, pointer=pointer))
            continue
        product = line.order_line.product
        if item.line_id in seen:
            broken.append(LineTwice(line=item.line_id, pointer=pointer))
        if item.accepted + item.rejected > line.packs:
            broken.append(
                MoreThanSent(
                    product=product,
                    lot=line.lot_number,
                    packs=item.accepted + item.rejected,
                    limit=line.packs,
                    pointer=pointer,
                )
            )
        if min(item.accepted, item.rejected) < 0:
            broken.append(PacksNotPositive(product=product, packs=min(item.accepted, item.rejected), pointer=pointer))
        if item.reason and item.reason not in RejectionReason.values:
            broken.append(UnknownReason(reason=item.reason, pointer=f"{pointer}/reason"))
        if item.rejected > 0 and not item.reason:
            broken.append(ReasonMissing(product=product, pointer=f"{pointer}/reason"))
        seen.add(item.line_id)
    broken += [LineMissing(product=line.order_line.product) for pk, line in lines.items() if pk not in seen]
    refuse(broken)


def _complete_order(order_id: int, at: datetime) -> None:
    """Mark the order as received once all that was confirmed has been sent and every despatch was received."""
    open_lines = OrderLine.objects.filter(order_id=order_id, despatched_packs__lt=F("confirmed_packs"))
    under_way = Despatch.objects.filter(order_id=order_id, status=DespatchStatus.SENT)
    if open_lines.exists() or under_way.exists():
        return
    with perform(
        "complete",
        Order.objects.all(),
        pk=order_id,
        machine=ORDER,
        policy=may_handle_order,
        actor=Actor.platform(),
        at=at,
    ):
        pass
