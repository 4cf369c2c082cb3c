"""Heavy and timed work of distribution: ids in, one service call."""

from __future__ import annotations

from django.utils import timezone

from catalog.foundation.actor import Actor
from catalog.foundation.journal.hearing import hears
from distribution.services.retail import check_retail_report
from distribution.services.runs import execute_run


@hears("distribution.execute_run")
def execute_run_task(run_id: int) -> None:
    """Execute a run that was requested; called again it goes on."""
    execute_run(run_id=run_id, actor=Actor.platform(), at=timezone.now())


@hears("distribution.check_retail_report")
def check_retail_report_task(report_id: int) -> None:
    """Check the retail prices of a report."""
    check_retail_report(report_id=report_id, actor=Actor.platform(), at=timezone.now())
