"""An order goes on when its goods arrive, and opens again when others are to replace them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from catalog.foundation.actor import Actor
from catalog.foundation.transitions import perform
from distribution.models import Despatch, Order, OrderLine
from distribution.policies import may_handle_order
from distribution.states import ORDER, DespatchStatus, OrderStatus

UNDER_DELIVERY = (OrderStatus.CONFIRMED, OrderStatus.DESPATCHED)


def complete_if_done(order_id: int, at: datetime) -> None:
    """Mark the order as received, or closed where nothing was accepted, once nothing is outstanding or under way.

    Part of the caller's transaction, which has locked the order.
    """
    lines = OrderLine.objects.filter(order_id=order_id)
    under_way = Despatch.objects.filter(order_id=order_id, status=DespatchStatus.SENT)
    if lines.filter(despatched_packs__lt=F("confirmed_packs")).exists() or under_way.exists():
        return
    if Order.objects.filter(pk=order_id, status__in=UNDER_DELIVERY).exists():
        was_accepted = lines.filter(accepted_packs__gt=0).exists()
        _move("complete" if was_accepted else "close", order_id, at)


def reopen_order(order_id: int, at: datetime) -> None:
    """Wait for goods again; an order that waits anyhow stays as it is. Part of the caller's transaction.

    Raises:
        WrongState: the order was settled, or ended without goods.
    """
    if not Order.objects.filter(pk=order_id, status__in=UNDER_DELIVERY).exists():
        _move("reopen", order_id, at)


def _move(action: str, order_id: int, at: datetime) -> None:
    with perform(
        action,
        Order.objects.all(),
        pk=order_id,
        machine=ORDER,
        policy=may_handle_order,
        actor=Actor.platform(),
        at=at,
    ) as order:
        order.received_at = at if action == "complete" else None
