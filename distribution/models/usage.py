from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from distribution.querysets import UseFigureQuerySet


class UseFigure(models.Model):
    """What an institution kept and issued in a calendar month, and how much of it was essential.

    Varieties are generic names on the shelf at some time of the month; units are smallest units issued to patients,
    amounts their worth in yuan. ``unvalued_units`` had no price and are in no amount. Herbal pieces are in none.
    ``is_met`` is the verdict by ``rules``, the rule set of the month's last day; none where it judges nothing.
    """

    institution = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="use_figures", verbose_name=_("institution")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    month = models.DateField(_("month"), help_text=_("Its first day."))
    essential_varieties = models.PositiveIntegerField(_("essential varieties"))
    varieties = models.PositiveIntegerField(_("varieties"))
    essential_units = models.PositiveBigIntegerField(_("essential units"))
    units = models.PositiveBigIntegerField(_("units"))
    essential_amount = models.DecimalField(_("essential (yuan)"), max_digits=18, decimal_places=2)
    amount = models.DecimalField(_("worth (yuan)"), max_digits=18, decimal_places=2)
    unvalued_units = models.PositiveBigIntegerField(_("units without a price"))
    rules = models.ForeignKey(
        "catalog.RuleSet", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("judged by")
    )
    is_met = models.BooleanField(_("share reached"), null=True, blank=True)
    reckoned_at = models.DateTimeField(_("reckoned at"))

    objects: ClassVar[UseFigureQuerySet] = UseFigureQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("use of essential medicines")
        verbose_name_plural = _("use of essential medicines")
        ordering = ["-month", "institution"]
        constraints = [
            models.UniqueConstraint(fields=["institution", "month"], name="use_is_reckoned_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="use_is_of_a_month"),
            models.CheckConstraint(
                condition=Q(
                    essential_varieties__lte=F("varieties"),
                    essential_units__lte=F("units"),
                    essential_amount__lte=F("amount"),
                ),
                name="essential_use_is_part_of_all_use",
            ),
        ]
        indexes = [
            # the shares of a province in a period
            models.Index(fields=["province", "month"], name="use_of_province"),
        ]

    def __str__(self) -> str:
        return f"{self.institution} · {self.month:%Y-%m}"
