from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from procurement.querysets import DemandReportQuerySet
from procurement.states import DemandStatus


class DemandRound(Versioned):
    """The yearly question to institutions: how much of each presentation will you use?"""

    code = models.CharField(_("code"), max_length=32, unique=True)
    title = models.CharField(_("title"), max_length=200)
    year = models.PositiveSmallIntegerField(_("year of use"))
    agency = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("agency that asks")
    )
    status = models.CharField(_("status"), max_length=20, choices=DemandStatus.choices, default=DemandStatus.COLLECTING)

    class Meta:
        verbose_name = _("demand round")
        verbose_name_plural = _("demand rounds")
        ordering = ["-year", "code"]

    def __str__(self) -> str:
        return self.title


class DemandReport(models.Model):
    """What one institution will use in the year; a province that reports a sum does so through its agency."""

    round = models.ForeignKey(DemandRound, models.PROTECT, related_name="reports", verbose_name=_("demand round"))
    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="demand_reports", verbose_name=_("reported by")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    reported_at = models.DateTimeField(_("reported at"))

    objects: ClassVar[DemandReportQuerySet] = DemandReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("demand report")
        verbose_name_plural = _("demand reports")
        ordering = ["-reported_at"]
        constraints = [
            models.UniqueConstraint(fields=["round", "organization"], name="one_demand_report_per_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.round.code}"


class DemandLine(models.Model):
    """How many smallest units of a presentation."""

    report = models.ForeignKey(DemandReport, models.CASCADE, related_name="lines", verbose_name=_("demand report"))
    presentation = models.ForeignKey(
        "catalog.Presentation", models.PROTECT, related_name="+", verbose_name=_("presentation")
    )
    quantity = models.PositiveBigIntegerField(_("quantity (smallest units)"))

    class Meta:
        verbose_name = _("demand line")
        verbose_name_plural = _("demand lines")
        ordering = ["presentation"]
        constraints = [
            models.UniqueConstraint(fields=["report", "presentation"], name="a_presentation_is_reported_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="demanded_quantity_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.presentation}: {self.quantity}"
