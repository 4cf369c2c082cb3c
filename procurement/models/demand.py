from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from procurement.querysets import DemandReportQuerySet, PriorUseQuerySet
from procurement.states import DemandReportStatus, DemandStatus


class DemandRound(Versioned):
    """The yearly question to institutions: how much of each presentation will you use?"""

    code = models.CharField(_("code"), max_length=32, unique=True)
    title = models.CharField(_("title"), max_length=200)
    year = models.PositiveSmallIntegerField(_("year of use"))
    agency = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("agency that asks")
    )
    rules = models.ForeignKey(
        "catalog.RuleSet",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("rules of the procedure"),
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
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reporter")
    )
    status = models.CharField(
        _("status"), max_length=20, choices=DemandReportStatus.choices, default=DemandReportStatus.SUBMITTED
    )
    return_reason = models.TextField(_("reason of the return"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True, null=True)

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
    """How many smallest units of a presentation, or of one brand of it; ``last_use`` is that of all its brands."""

    report = models.ForeignKey(DemandReport, models.CASCADE, related_name="lines", verbose_name=_("demand report"))
    presentation = models.ForeignKey(
        "catalog.Presentation", models.PROTECT, related_name="+", verbose_name=_("presentation")
    )
    brand = models.ForeignKey(
        "catalog.Product", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand")
    )
    quantity = models.PositiveBigIntegerField(_("quantity (smallest units)"))
    last_use = models.PositiveBigIntegerField(_("use of the year before (smallest units)"), null=True, blank=True)
    reason = models.TextField(_("why it is less"), blank=True)

    class Meta:
        verbose_name = _("demand line")
        verbose_name_plural = _("demand lines")
        ordering = ["presentation"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "presentation", "brand"],
                nulls_distinct=False,
                name="a_presentation_is_reported_once",
            ),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="demanded_quantity_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.presentation}: {self.quantity}"


class PriorUse(models.Model):
    """What an institution used in a year, in smallest units: the measure of the next year's demand."""

    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("institution")
    )
    presentation = models.ForeignKey(
        "catalog.Presentation", models.PROTECT, related_name="+", verbose_name=_("presentation")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    quantity = models.PositiveBigIntegerField(_("quantity (smallest units)"))
    told_by = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("told by"))

    objects: ClassVar[PriorUseQuerySet] = PriorUseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("use of a year")
        verbose_name_plural = _("use of past years")
        ordering = ["-year", "organization", "presentation"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "presentation", "year"], name="a_year_of_use_is_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.year} {self.presentation}: {self.quantity}"
