"""Heavy and timed work of distribution: ids in, one service call."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict
from catalog.foundation.journal.hearing import hears
from distribution.models import DistributionRun, Requisition, RetailReport
from distribution.services.retail import check_retail_report
from distribution.services.runs import execute_run, request_run
from distribution.states import RequisitionStatus, RetailReportStatus, RunStatus


@shared_task(name="distribution.request_runs")
def request_runs() -> int:
    """Ask for a run of every province with approved requisitions; beat calls this at the cut-off time."""
    waiting = Requisition.objects.filter(status=RequisitionStatus.APPROVED)
    requested = 0
    for province_id in waiting.order_by("province").values_list("province", flat=True).distinct():
        try:
            request_run(province_id=province_id, actor=Actor.platform(), at=timezone.now())
            requested += 1
        except Conflict:
            # a run is under way and takes them along
            continue
    return requested


def _run_is_open(run_id: int) -> bool:
    return DistributionRun.objects.filter(pk=run_id).exclude(status=RunStatus.FINISHED).exists()


def _report_is_unchecked(report_id: int) -> bool:
    return RetailReport.objects.filter(pk=report_id, status=RetailReportStatus.RECEIVED).exists()


@hears("distribution.execute_run", waits=_run_is_open)
def execute_run_task(run_id: int) -> None:
    """Execute a run that was requested; called again it goes on."""
    execute_run(run_id=run_id, actor=Actor.platform(), at=timezone.now())


@hears("distribution.check_retail_report", waits=_report_is_unchecked)
def check_retail_report_task(report_id: int) -> None:
    """Check the retail prices of a report."""
    check_retail_report(report_id=report_id, actor=Actor.platform(), at=timezone.now())
