from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from distribution.models.orders import Order
from distribution.querysets import ComplaintQuerySet, ScorecardQuerySet
from distribution.states import ComplaintStatus, ComplaintSubject, ScorecardVerdict


class Scorecard(models.Model):
    """How a firm delivered in a province in a calendar month; ``figures`` hold the rates and what they count.

    ``conduct_record`` is what was proposed for failing month after month.
    """

    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="scorecards", verbose_name=_("firm")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    month = models.DateField(_("month"), help_text=_("Its first day."))
    figures = models.JSONField(_("figures"))
    checks = models.JSONField(_("checks"), default=list)
    verdict = models.CharField(_("verdict"), max_length=20, choices=ScorecardVerdict.choices)
    drawn_at = models.DateTimeField(_("drawn up at"))
    conduct_record = models.ForeignKey(
        "procurement.ConductRecord",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="scorecards",
        verbose_name=_("conduct record"),
    )

    objects: ClassVar[ScorecardQuerySet] = ScorecardQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
        ordering = ["-month", "organization"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "province", "month"], name="one_scorecard_per_firm_and_month"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="a_scorecard_is_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.month:%Y-%m}"


class Complaint(Versioned):
    """A case about a delivery, an invoice or conduct, with the dates by which it is accepted and decided."""

    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    complainant = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="complaints_made", verbose_name=_("complainant")
    )
    about = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="complaints_about", verbose_name=_("about")
    )
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="complaints", verbose_name=_("order")
    )
    subject = models.CharField(_("subject"), max_length=20, choices=ComplaintSubject.choices)
    text = models.TextField(_("complaint"))
    status = models.CharField(
        _("status"), max_length=20, choices=ComplaintStatus.choices, default=ComplaintStatus.FILED
    )
    filed_at = models.DateTimeField(_("filed at"))
    accept_by = models.DateField(_("to be accepted by"))
    decide_by = models.DateField(_("to be decided by"))
    answer = models.TextField(pgettext_lazy("complaint", "answer"), blank=True)
    decision = models.TextField(pgettext_lazy("complaint", "decision"), blank=True)
    is_upheld = models.BooleanField(_("upheld"), null=True, blank=True)

    objects: ClassVar[ComplaintQuerySet] = ComplaintQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="a_complaint_says_something"),
            models.CheckConstraint(
                condition=~Q(status=ComplaintStatus.DECIDED) | Q(is_upheld__isnull=False) & ~Q(decision=""),
                name="a_decided_complaint_has_a_decision",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it."""
        return f"CP{self.pk:08d}"
