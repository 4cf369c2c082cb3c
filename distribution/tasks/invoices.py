"""Invoices and payments on the worker: judged against goods, and overdue ones told of."""

from __future__ import annotations

from collections.abc import Iterable

from celery import shared_task
from django.utils import timezone

from catalog.foundation.journal.hearing import hears
from distribution.models import (
    DeemedProducer,
    GoodsReturn,
    Invoice,
    Receipt,
    SettlementLine,
)
from distribution.queries.order_accounts import pending_orders_of_lots, pending_orders_of_maker
from distribution.services.matching import judge_order
from distribution.services.reminders import remind_of_overdue
from distribution.states import InvoiceStatus


@shared_task(name="distribution.remind_of_overdue")
def remind_of_overdue_task() -> int:
    """Tell of payments that became overdue; beat calls this every day."""
    return remind_of_overdue(at=timezone.now())


# What was judged against the invoice, or waits for it; an invoice that stands in no chain concerns nobody.
IN_QUESTION = (InvoiceStatus.FILED, InvoiceStatus.DISPUTED, InvoiceStatus.MATCHED)


def _nothing_waits(subject_id: int) -> bool:
    """Judging starts from what is stored: called late it says the same."""
    return False


def _judge(order_ids: Iterable[int]) -> None:
    for order_id in order_ids:
        judge_order(order_id=order_id, at=timezone.now())


@hears("distribution.match_invoice", waits=_nothing_waits)
def match_invoice(invoice_id: int) -> None:
    """Judge the order of an invoice; of a sale between firms, the orders that its lots went to."""
    order_id = Invoice.objects.values_list("order", flat=True).get(pk=invoice_id)
    _judge([order_id] if order_id else pending_orders_of_lots(invoice_id, IN_QUESTION))


@hears("distribution.match_receipt", waits=_nothing_waits)
def match_receipt(receipt_id: int) -> None:
    """Judge the invoices of the order of which something arrived."""
    _judge(Receipt.objects.filter(pk=receipt_id).values_list("despatch__order", flat=True))


@hears("distribution.match_return", waits=_nothing_waits)
def match_return(return_id: int) -> None:
    """Judge the invoices of the order of which something went back."""
    _judge(GoodsReturn.objects.filter(pk=return_id).values_list("despatch_line__despatch__order", flat=True))


@hears("distribution.match_order", waits=_nothing_waits)
def match_order(order_id: int) -> None:
    """Judge the invoices of an order that is complete."""
    _judge([order_id])


@hears("distribution.match_deemed", waits=_nothing_waits)
def match_deemed(entry_id: int) -> None:
    """Judge what is in dispute of the products of a maker for which a firm now counts."""
    maker_id = DeemedProducer.objects.values_list("maker", flat=True).get(pk=entry_id)
    _judge(pending_orders_of_maker(maker_id, [InvoiceStatus.DISPUTED]))


@hears("distribution.match_cancelled", waits=_nothing_waits)
def match_cancelled(settlement_id: int) -> None:
    """Judge what a cancelled settlement had fixed."""
    lines = SettlementLine.objects.filter(settlement=settlement_id)
    _judge(sorted(set(lines.values_list("payable__invoice__order", flat=True))))
