from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from catalog.rules.months import months_after
from distribution.querysets import ProvinceOwnedQuerySet, SupervisionReportFileQuerySet
from distribution.states import ReportForm, ReportKind, ReportStatus


class SupervisionReport(Versioned):
    """The report about a province's month or year; it is over from ``starts_on`` until before ``until``.

    ``made_at`` is when it was made last; ``problem`` says why it could not be.
    """

    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    kind = models.CharField(_("kind"), max_length=10, choices=ReportKind.choices)
    starts_on = models.DateField(_("first day"))
    status = models.CharField(_("status"), max_length=20, choices=ReportStatus.choices, default=ReportStatus.REQUESTED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested at"))
    made_at = models.DateTimeField(_("made at"), null=True, blank=True)
    problem = models.TextField(_("what is wrong"), blank=True)

    objects: ClassVar[ProvinceOwnedQuerySet] = ProvinceOwnedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("report of supervision")
        verbose_name_plural = _("reports of supervision")
        ordering = ["-starts_on", "province", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["province", "kind", "starts_on"], name="one_report_about_a_period"),
            models.CheckConstraint(
                condition=Q(starts_on__day=1) & (Q(kind=ReportKind.MONTH) | Q(starts_on__month=1)),
                name="a_report_begins_with_its_month_or_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.province.name} {self.period}"

    @property
    def until(self) -> date:
        """The day after its last one."""
        return months_after(self.starts_on, 12 if self.kind == ReportKind.YEAR else 1)

    @property
    def period(self) -> str:
        """``2026`` or ``2026-03``."""
        return f"{self.starts_on:%Y}" if self.kind == ReportKind.YEAR else f"{self.starts_on:%Y-%m}"


class SupervisionReportFile(models.Model):
    """A report in a form and a language; made again, it has newer files beside those that somebody may have read."""

    report = models.ForeignKey(
        SupervisionReport, models.PROTECT, related_name="files", verbose_name=pgettext_lazy("supervision", "report")
    )
    form = models.CharField(pgettext_lazy("file", "form"), max_length=10, choices=ReportForm.choices)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    content = models.BinaryField(_("content"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    made_at = models.DateTimeField(_("made at"))

    objects: ClassVar[SupervisionReportFileQuerySet] = SupervisionReportFileQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("file of a report")
        verbose_name_plural = _("files of reports")
        ordering = ["-made_at", "language", "form"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "made_at", "language", "form"], name="a_report_is_handed_out_once_in_a_form"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """How the file is called where it is kept."""
        return f"supervision-{self.report.province_id}-{self.report.period}-{self.language}.{self.form}"
