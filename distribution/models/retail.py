from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from distribution.querysets import InstitutionOwnedQuerySet, RetailFindingQuerySet
from distribution.states import VIOLATIONS, RetailReportStatus, RetailSeverity, RetailVerdict


class RetailReport(Versioned):
    """The retail prices that an institution reported together."""

    institution = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="retail_reports", verbose_name=_("institution")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    reported_at = models.DateTimeField(_("reported at"))
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("reported by")
    )
    status = models.CharField(
        _("status"), max_length=20, choices=RetailReportStatus.choices, default=RetailReportStatus.RECEIVED
    )
    checked_at = models.DateTimeField(_("checked at"), null=True)
    file = models.ForeignKey(
        "distribution.RetailFile",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=_("file"),
        help_text=_("None where the prices did not come in a file."),
    )

    objects: ClassVar[InstitutionOwnedQuerySet] = InstitutionOwnedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("retail price report")
        verbose_name_plural = _("retail price reports")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.institution} #{self.pk}"


class RetailPrice(models.Model):
    """What a patient pays for a pack of a product at an institution on a day, in yuan."""

    # What these point to is looked up for all rows at once when they are taken in: to ask for it again row by row, and
    # an index for each, would cost several times what the rows themselves cost in a file of a million.
    report = models.ForeignKey(
        RetailReport, models.CASCADE, related_name="prices", db_constraint=False, verbose_name=_("report")
    )
    institution = models.ForeignKey(
        "accounts.Organization",
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("institution"),
    )
    product = models.ForeignKey(
        "catalog.Product",
        models.PROTECT,
        related_name="retail_prices",
        db_index=False,
        db_constraint=False,
        verbose_name=_("product"),
    )
    price = models.DecimalField(_("retail price (yuan per pack)"), max_digits=18, decimal_places=4)
    observed_on = models.DateField(_("on the day"))

    class Meta:
        verbose_name = _("retail price")
        verbose_name_plural = _("retail prices")
        ordering = ["-observed_on", "product"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "institution", "observed_on"], name="a_retail_price_is_reported_once_a_day"
            ),
            models.CheckConstraint(condition=Q(price__gt=0), name="retail_price_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.institution}: {self.price:.2f}"


class RetailFinding(models.Model):
    """A retail price that breaks a rule or stands out among its peers, with what it was compared with.

    ``limit`` is the highest allowed, for an abnormally low price the least that is usual. ``ended_at`` is when a later
    check found it gone; found again it is a new one.
    """

    retail_price = models.ForeignKey(
        RetailPrice, models.CASCADE, related_name="findings", verbose_name=_("retail price")
    )
    institution = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("institution")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    verdict = models.CharField(_("verdict"), max_length=30, choices=RetailVerdict.choices)
    severity = models.GeneratedField(
        expression=Case(
            When(verdict__in=VIOLATIONS, then=Value(RetailSeverity.VIOLATION)), default=Value(RetailSeverity.ALARM)
        ),
        output_field=models.CharField(max_length=20),
        choices=RetailSeverity.choices,
        db_persist=True,
        verbose_name=_("severity"),
    )
    limit = models.DecimalField(_("highest allowed (yuan per pack)"), max_digits=18, decimal_places=4, null=True)
    evidence = models.JSONField(_("evidence"))
    found_at = models.DateTimeField(_("found at"))
    ended_at = models.DateTimeField(_("gone since"), null=True, blank=True)

    objects: ClassVar[RetailFindingQuerySet] = RetailFindingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("retail price violation")
        verbose_name_plural = _("retail price violations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["retail_price", "verdict"], condition=Q(ended_at=None), name="a_violation_is_found_once"
            ),
        ]
        indexes = [
            # the officer's list of a province, newest first
            models.Index(fields=["province", "-id"], name="finding_of_province"),
        ]

    def __str__(self) -> str:
        return f"{self.retail_price} · {self.get_verdict_display()}"
