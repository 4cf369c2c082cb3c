"""Heavy and timed work of distribution: ids in, one service call."""

from __future__ import annotations

from collections.abc import Iterable

from celery import shared_task
from django.utils import timezone
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict
from catalog.foundation.journal.hearing import hears
from catalog.models import Region
from catalog.rules.months import months_after
from distribution.models import (
    DeemedProducer,
    DistributionRun,
    GoodsReturn,
    Invoice,
    Receipt,
    Requisition,
    RetailReport,
    SettlementLine,
)
from distribution.queries.order_accounts import pending_orders_of_lots, pending_orders_of_maker
from distribution.services.escalation import escalate_silence, refuse_silent
from distribution.services.matching import judge_order
from distribution.services.reminders import remind_of_overdue
from distribution.services.retail import check_retail_report
from distribution.services.runs import execute_run, request_run
from distribution.services.scorecards import draw_scorecards
from distribution.services.stock_watch import watch_reserves, watch_stock
from distribution.services.urgent import place_urgent
from distribution.states import InvoiceStatus, RequisitionStatus, RetailReportStatus, RunStatus, Urgency


@shared_task(name="distribution.request_runs")
def request_runs() -> int:
    """Ask for a run of every province with approved requisitions; beat calls this at the cut-off times."""
    waiting = Requisition.objects.filter(status=RequisitionStatus.APPROVED, urgency=Urgency.ORDINARY)
    requested = 0
    for province_id in waiting.order_by("province").values_list("province", flat=True).distinct():
        try:
            request_run(province_id=province_id, actor=Actor.platform(), at=timezone.now())
            requested += 1
        except Conflict:
            # a run is under way; what was approved after its cut-off goes out with the next
            continue
    return requested


@shared_task(name="distribution.escalate_orders")
def escalate_orders() -> int:
    """Tell of orders whose answer is overdue, and take long silence for a refusal; beat calls this every minute."""
    at = timezone.now()
    told = escalate_silence(at=at)
    refuse_silent(at=at)
    return told


@shared_task(name="distribution.remind_of_overdue")
def remind_of_overdue_task() -> int:
    """Tell of payments that became overdue; beat calls this every day."""
    return remind_of_overdue(at=timezone.now())


def _run_is_open(run_id: int) -> bool:
    return DistributionRun.objects.filter(pk=run_id).exclude(status=RunStatus.FINISHED).exists()


def _is_urgent_and_approved(requisition_id: int) -> bool:
    urgent = Requisition.objects.filter(status=RequisitionStatus.APPROVED).exclude(urgency=Urgency.ORDINARY)
    return urgent.filter(pk=requisition_id).exists()


def _report_is_unchecked(report_id: int) -> bool:
    return RetailReport.objects.filter(pk=report_id, status=RetailReportStatus.RECEIVED).exists()


@hears("distribution.execute_run", waits=_run_is_open)
def execute_run_task(run_id: int) -> None:
    """Execute a run that was requested; called again it goes on."""
    execute_run(run_id=run_id, actor=Actor.platform(), at=timezone.now())


@hears("distribution.place_urgent", waits=_is_urgent_and_approved)
def place_urgent_task(requisition_id: int) -> None:
    """Place an urgent requisition ahead of the run."""
    place_urgent(requisition_id=requisition_id, actor=Actor.platform(), at=timezone.now())


@hears("distribution.check_retail_report", waits=_report_is_unchecked)
def check_retail_report_task(report_id: int) -> None:
    """Check the retail prices of a report."""
    check_retail_report(report_id=report_id, actor=Actor.platform(), at=timezone.now())


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


@shared_task(name="distribution.draw_scorecards")
def draw_scorecards_task() -> int:
    """Draw up how every firm delivered in the month before, province by province; beat calls this on its first day."""
    last_month = months_after(localdate().replace(day=1), -1)
    drawn = 0
    for province_id in Region.objects.filter(parent=None).values_list("pk", flat=True):
        cards = draw_scorecards(province_id=province_id, month=last_month, actor=Actor.platform(), at=timezone.now())
        drawn += len(cards)
    return drawn


@shared_task(name="distribution.watch_stock")
def watch_stock_and_reserve() -> int:
    """Write down what institutions are warned of, and the alarms of the reserve; beat calls this every morning."""
    at, platform = timezone.now(), Actor.platform()
    provinces = Region.objects.filter(parent=None).order_by("code").values_list("code", flat=True)
    warned = sum(watch_stock(province_id=province_id, actor=platform, at=at) for province_id in provinces)
    return warned + watch_reserves(actor=platform, at=at)
