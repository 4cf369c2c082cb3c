"""Retail prices on the worker."""

from __future__ import annotations

from django.utils import timezone

from catalog.foundation.actor import Actor
from catalog.foundation.journal.hearing import hears
from distribution.models import (
    RetailReport,
)
from distribution.services.retail import check_retail_report
from distribution.states import RetailReportStatus


def _report_is_unchecked(report_id: int) -> bool:
    return RetailReport.objects.filter(pk=report_id, status=RetailReportStatus.RECEIVED).exists()


@hears("distribution.check_retail_report", waits=_report_is_unchecked)
def check_retail_report_task(report_id: int) -> None:
    """Check the retail prices of a report."""
    check_retail_report(report_id=report_id, actor=Actor.platform(), at=timezone.now())
