"""Ordering on the worker: runs, urgent requisitions, silence of suppliers."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict
from catalog.foundation.journal.hearing import hears
from catalog.models import RuleSet
from catalog.queries.rulesets import are_in_force
from distribution.models import (
    DistributionRun,
    Requisition,
)
from distribution.services.escalation import escalate_silence, refuse_silent
from distribution.services.runs import execute_run, request_run
from distribution.services.urgent import place_urgent
from distribution.states import RequisitionStatus, RunStatus, Urgency


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
    if not are_in_force(RuleSet.Kind.SUPPLY, on=localdate(at)):
        return 0
    told = escalate_silence(at=at)
    refuse_silent(at=at)
    return told


def _run_is_open(run_id: int) -> bool:
    return DistributionRun.objects.filter(pk=run_id).exclude(status=RunStatus.FINISHED).exists()


def _is_urgent_and_approved(requisition_id: int) -> bool:
    urgent = Requisition.objects.filter(status=RequisitionStatus.APPROVED).exclude(urgency=Urgency.ORDINARY)
    return urgent.filter(pk=requisition_id).exists()


@hears("distribution.execute_run", waits=_run_is_open)
def execute_run_task(run_id: int) -> None:
    """Execute a run that was requested; called again it goes on."""
    execute_run(run_id=run_id, actor=Actor.platform(), at=timezone.now())


@hears("distribution.place_urgent", waits=_is_urgent_and_approved)
def place_urgent_task(requisition_id: int) -> None:
    """Place an urgent requisition ahead of the run."""
    place_urgent(requisition_id=requisition_id, actor=Actor.platform(), at=timezone.now())
