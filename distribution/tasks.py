"""Heavy and timed work of distribution: ids in, one service call."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Busy, Conflict, WrongState
from catalog.foundation.journal.models import Event
from distribution.models import Requisition
from distribution.services.retail import check_retail_report
from distribution.services.runs import execute_run, request_run
from distribution.states import RequisitionStatus


@shared_task(name="distribution.request_runs")
def request_runs() -> int:
    """Ask for a run of every province with approved requisitions; beat calls this at the cut-off time."""
    waiting = Requisition.objects.filter(status=RequisitionStatus.APPROVED)
    provinces = waiting.order_by("province").values_list("province", flat=True).distinct()
    requested = 0
    for province_id in provinces:
        try:
            request_run(province_id=province_id, actor=Actor.platform(), at=timezone.now())
            requested += 1
        except Conflict:
            continue
    return requested


@shared_task(name="distribution.execute_run", autoretry_for=(Busy,), retry_backoff=True, max_retries=10, queue="bulk")
def execute_run_task(event_id: int) -> None:
    """Execute the run that was requested; called again for the same event it goes on or does nothing."""
    try:
        execute_run(run_id=Event.objects.get(pk=event_id).subject_id, actor=Actor.platform(), at=timezone.now())
    except WrongState:
        return


@shared_task(
    name="distribution.check_retail_report",
    autoretry_for=(Busy,),
    retry_backoff=True,
    max_retries=10,
    queue="bulk",
)
def check_retail_report_task(event_id: int) -> None:
    """Check the retail prices of a report; called again for the same event it does nothing."""
    try:
        check_retail_report(
            report_id=Event.objects.get(pk=event_id).subject_id, actor=Actor.platform(), at=timezone.now()
        )
    except WrongState:
        return
