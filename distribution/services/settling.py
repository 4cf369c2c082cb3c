"""Invoices and orders that are paid in full are settled."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

from catalog.foundation.actor import Actor
from catalog.foundation.transitions import perform, perform_all
from distribution.models import Invoice, Order, Payable
from distribution.policies import may_handle_order
from distribution.states import INVOICE, ORDER, InvoiceStatus, OrderStatus


def settle_paid(*, order_id: int, at: datetime) -> None:
    """Settle the matched invoices of which nothing is owed any more, and the order with the last of them.

    An invoice for which nothing is to be paid at all, since all of it was credited, is settled with the others. Part
    of the caller's transaction, which has locked the order.
    """
    standing = Invoice.objects.filter(order=order_id).exclude(status=InvoiceStatus.WITHDRAWN)
    own = Payable.objects.filter(invoice=OuterRef("pk")).exclude(amount=0)
    done = standing.filter(~Exists(own.filter(paid_on=None)), status=InvoiceStatus.MATCHED)
    perform_all("settle", done.filter(Exists(own)), machine=INVOICE, actor=Actor.platform(), at=at)
    unsettled = standing.exclude(status=InvoiceStatus.SETTLED)
    if not unsettled.exclude(pk__in=done.values("pk")).exists():
        perform_all("settle", done, machine=INVOICE, actor=Actor.platform(), at=at)
    invoiced = Order.objects.filter(pk=order_id, status=OrderStatus.INVOICED)
    if invoiced.exists() and not unsettled.exists():
        with perform(
            "settle",
            invoiced,
            pk=order_id,
            machine=ORDER,
            policy=may_handle_order,
            actor=Actor.platform(),
            at=at,
        ):
            pass
