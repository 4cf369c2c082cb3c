"""Accepted goods that go back, for others or for none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from django.db.models import Sum
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.errors import refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from distribution.errors import (
    CodeNotKept,
    MoreCodesThanPacks,
    MoreThanReturnable,
    PacksNotPositive,
    ReasonMissing,
    RecallBindsSupplier,
    ReplacementTooLate,
    UnknownReason,
)
from distribution.models import DespatchLine, GoodsReturn, Order, OrderLine, TraceCode
from distribution.policies import may_handle_return
from distribution.queries.holds import holds_on
from distribution.services.closing import close_packs
from distribution.services.notices import notify
from distribution.services.order_progress import complete_if_done, reopen_order
from distribution.services.pack_codes import read_codes
from distribution.services.stock import Move, enter_stock
from distribution.states import (
    GOODS_RETURN,
    HoldKind,
    NoticeKind,
    OrderStatus,
    RejectionReason,
    Remedy,
    ReturnStatus,
    StockMove,
)
from procurement.services.volumes import deliver_volume

PENDING = (ReturnStatus.REQUESTED, ReturnStatus.AGREED)
WITH_ORDER = "despatch_line__despatch__order"


def request_return(
    *,
    despatch_line_id: int,
    packs: int,
    reason: str,
    remedy: Remedy,
    remark: str = "",
    actor: Actor,
    at: datetime,
) -> GoodsReturn:
    """Ask the supplier and its distributor to take accepted packs of a lot back.

    Raises:
        NotVisible, NotAllowed, UnknownReason, PacksNotPositive
        MoreThanReturnable: more than was kept of the line and is not asked back already.
        ReplacementTooLate: other goods are wanted for an order that is settled.
    """
    lines = DespatchLine.objects.filter(despatch__order__in=Order.objects.visible_to(actor))
    with unit_of_work():
        order = lock(
            Order.objects.all(), pk=find(lines.select_related("despatch"), pk=despatch_line_id).despatch.order_id
        )
        line = lock(
            lines.select_related("despatch__order", "order_line__product__presentation__medicine"), pk=despatch_line_id
        )
        product = line.order_line.product
        goods_return = GoodsReturn(
            despatch_line=line, packs=packs, reason=reason, remark=remark, remedy=remedy, requested_at=at
        )
        may_handle_return(actor, "request", goods_return)
        if reason not in RejectionReason.values:
            raise UnknownReason(reason=reason, pointer="/reason")
        if packs < 1:
            raise PacksNotPositive(product=product, packs=packs, pointer="/packs")
        pending = line.returns.filter(status__in=PENDING).aggregate(packs=Sum("packs"))["packs"] or 0
        limit = line.accepted_packs - line.returned_packs - pending
        if packs > limit:
            raise MoreThanReturnable(product=product, lot=line.lot_number, packs=packs, limit=limit, pointer="/packs")
        if remedy == Remedy.REPLACE and order.status == OrderStatus.SETTLED:
            raise ReplacementTooLate(order=order.number, pointer="/remedy")
        goods_return.save()
        notify(
            [order.supplier_id, order.distributor_id],
            NoticeKind.RETURN_REQUESTED,
            order=order,
            at=at,
            product=str(product),
            lot=line.lot_number,
            packs=packs,
            reason=reason,
            remedy=remedy,
        )
        record(actor=actor, action="goods_return.request", subject=goods_return, at=at)
    return goods_return


def answer_return(
    *,
    return_id: int,
    action: str,
    reason: str = "",
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> GoodsReturn:
    """Agree to take goods back (``agree``), or refuse with a reason (``refuse``); what is recalled is taken back.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing, RecallBindsSupplier
    """
    with _changing(return_id, action, actor, at, expected_version) as goods_return:
        line = goods_return.despatch_line
        product = line.order_line.product
        if action == "refuse":
            if not reason.strip():
                raise ReasonMissing(product=product, pointer="/reason")
            hold = holds_on([product.pk]).of(product.pk, line.lot_number)
            if hold is not None and hold.kind == HoldKind.RECALL:
                raise RecallBindsSupplier(product=product, lot=line.lot_number, source=hold.source)
        goods_return.status_reason = reason.strip()
    return goods_return


def cancel_return(
    *, return_id: int, reason: str = "", actor: Actor, at: datetime, expected_version: int | None = None
) -> GoodsReturn:
    """Keep the goods after all.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
    """
    with _changing(return_id, "cancel", actor, at, expected_version) as goods_return:
        goods_return.status_reason = reason.strip()
    return goods_return


def hand_over_return(
    *,
    return_id: int,
    codes: Sequence[str] = (),
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> GoodsReturn:
    """Give the goods to whoever fetches them: they leave stock and the delivered volume.

    For other goods the order waits again; for none the packs are closed and their volume goes back. ``codes`` are
    those of the packs that leave.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        ReplacementTooLate: the order was settled since other goods were asked for.
        RulesBroken: a code that cannot be read or is on no pack of the lot here, more codes than packs, or less in
            stock than is to leave.
    """
    with unit_of_work():
        found = find(GoodsReturn.objects.visible_to(actor).select_related(WITH_ORDER), pk=return_id)
        order = lock(Order.objects.all(), pk=found.despatch_line.despatch.order_id)
        with _changing(return_id, "hand_over", actor, at, expected_version) as goods_return:
            if goods_return.remedy == Remedy.REPLACE and order.status == OrderStatus.SETTLED:
                raise ReplacementTooLate(order=order.number)
            goods_return.returned_at = at
            line, reference = goods_return.despatch_line, f"return-{goods_return.pk}"
            _take_off(goods_return, line.order_line)
            _free_codes(goods_return, codes, at)
            units = goods_return.packs * line.order_line.product.pack_quantity
            deliver_volume({line.order_line.agreement_line_id: -units}, reference=reference, at=at)
            if goods_return.remedy == Remedy.CREDIT:
                close_packs({line.order_line: goods_return.packs}, reference=reference, at=at)
            out = Move(
                holder_id=order.recipient_id or order.institution_id,
                product_id=line.order_line.product_id,
                lot_number=line.lot_number,
                expires_on=line.expires_on,
                units=-units,
            )
            enter_stock([out], kind=StockMove.RETURN, reference=reference, actor=actor, at=at)
        if goods_return.remedy == Remedy.REPLACE:
            reopen_order(order.pk, at)
        else:
            complete_if_done(order.pk, at)
    return goods_return


def _take_off(goods_return: GoodsReturn, ordered: OrderLine) -> None:
    """Packs that go back are neither accepted nor despatched any more."""
    line, packs = goods_return.despatch_line, goods_return.packs
    line.returned_packs += packs
    line.save(update_fields=["returned_packs"])
    ordered.accepted_packs -= packs
    ordered.despatched_packs -= packs
    ordered.returned_packs += packs
    if goods_return.remedy == Remedy.REPLACE:
        ordered.received_at = None
    ordered.save(update_fields=["accepted_packs", "despatched_packs", "returned_packs", "received_at"])


def _free_codes(goods_return: GoodsReturn, codes: Sequence[str], at: datetime) -> None:
    """The packs that leave may come again; which they are is known where they were scanned, or where all leave."""
    line, packs = goods_return.despatch_line, goods_return.packs
    read, broken = read_codes(codes, today=localdate(at), pointer="")
    leaving = TraceCode.objects.filter(despatch_line=line, is_active=True)
    here, scanned = set(leaving.values_list("code", flat=True)), {code.code for code in read}
    broken += [CodeNotKept(code=code, lot=line.lot_number, pointer="/codes") for code in sorted(scanned - here)]
    if len(codes) > packs:
        product = line.order_line.product
        broken.append(MoreCodesThanPacks(product=product, codes=len(codes), packs=packs, pointer="/codes"))
    refuse(broken)
    if line.returned_packs < line.accepted_packs:
        leaving = leaving.filter(code__in=scanned)
    leaving.update(is_active=False)


def _changing(
    return_id: int, action: str, actor: Actor, at: datetime, expected_version: int | None
) -> AbstractContextManager[GoodsReturn]:
    return perform(
        action,
        GoodsReturn.objects.visible_to(actor).select_related(
            WITH_ORDER, "despatch_line__order_line__product__presentation__medicine"
        ),
        pk=return_id,
        machine=GOODS_RETURN,
        policy=may_handle_return,
        actor=actor,
        at=at,
        expected_version=expected_version,
    )
