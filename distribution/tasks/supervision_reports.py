"""Reports of supervision, on the worker."""

from __future__ import annotations

from celery import shared_task
from celery.utils.log import get_task_logger
from django.utils import timezone
from django.utils.timezone import localdate

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError
from catalog.foundation.journal.hearing import hears
from catalog.rules.months import months_after
from distribution.models import SupervisionReport
from distribution.services.supervision_reports import make_report, note_failure, request_report
from distribution.states import ReportKind, ReportStatus

logger = get_task_logger(__name__)


@shared_task(name="distribution.request_reports")
def request_reports() -> int:
    """Ask for every province's report of the month before, in January also of the year; beat calls this monthly.

    A province is one that has an agency.
    """
    at = timezone.now()
    last_month = months_after(localdate(at).replace(day=1), -1)
    kinds = [ReportKind.MONTH, ReportKind.YEAR] if last_month.month == 12 else [ReportKind.MONTH]
    agencies = Organization.objects.filter(kind=OrganizationKind.AGENCY, is_active=True).select_related("region")
    provinces = sorted({agency.province_id for agency in agencies})
    for province_id in provinces:
        for kind in kinds:
            request_report(province_id=province_id, kind=kind, day=last_month, actor=Actor.platform(), at=at)
    return len(provinces) * len(kinds)


def _waits(report_id: int) -> bool:
    return SupervisionReport.objects.filter(pk=report_id, status=ReportStatus.REQUESTED).exists()


@hears("distribution.make_report", waits=_waits)
def make_report_task(report_id: int) -> None:
    """Make a report that was asked for; what hinders that is noted on it, for somebody to see."""
    platform = Actor.platform()
    try:
        make_report(report_id=report_id, actor=platform, at=timezone.now())
    except DomainError:
        raise
    except Exception as error:
        logger.exception("report %s could not be made", report_id)
        note_failure(report_id=report_id, problem=str(error), actor=platform, at=timezone.now())
