from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.machine import Machine


class ReportKind(models.TextChoices):
    """How long a time a report of supervision is about."""

    MONTH = "month", _("month")
    YEAR = "year", _("year")


class ReportStatus(models.TextChoices):
    REQUESTED = "requested", _("requested")
    MADE = "made", _("made")
    FAILED = "failed", _("failed")


class ReportForm(models.TextChoices):
    """The forms in which a report is handed out."""

    PDF = "pdf", "PDF"
    WORKBOOK = "xlsx", "Excel"


SUPERVISION_REPORT = Machine(
    "supervision_report",
    ReportStatus,
    {
        "make": (_("make"), [ReportStatus.REQUESTED], ReportStatus.MADE),
        "fail": (_("note the failure"), [ReportStatus.REQUESTED], ReportStatus.FAILED),
        "ask_again": (_("ask for again"), [ReportStatus.MADE, ReportStatus.FAILED], ReportStatus.REQUESTED),
    },
)
