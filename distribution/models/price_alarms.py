from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from distribution.models.deliveries import LotHold
from distribution.querysets import PriceAlarmQuerySet
from procurement.states import AlarmTier


class PriceAlarm(models.Model):
    """A listed price that lay so many times above the lowest of the same medicine when a quarter was looked through.

    Prices are yuan per smallest unit at the strength of the product of ``lowest``, the listed product that is
    cheapest. Where the tier stops trading, ``hold`` stops the ordering in the province until the price has fallen.
    """

    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    product = models.ForeignKey(
        "catalog.Product", models.PROTECT, related_name="price_alarms", verbose_name=_("product")
    )
    quarter = models.DateField(_("quarter"), help_text=pgettext_lazy("quarter", "Its first day."))
    price = models.DecimalField(_("procurement price (yuan per pack)"), max_digits=18, decimal_places=4)
    comparable_price = models.DecimalField(_("comparable price"), max_digits=18, decimal_places=4)
    lowest = models.ForeignKey(
        "catalog.Product", models.PROTECT, related_name="+", verbose_name=_("lowest of the same medicine")
    )
    lowest_price = models.DecimalField(_("its comparable price"), max_digits=18, decimal_places=4)
    multiple = models.DecimalField(_("multiple"), max_digits=18, decimal_places=6)
    tier = models.CharField(_("tier"), max_length=10, choices=AlarmTier.choices)
    rules = models.ForeignKey("catalog.RuleSet", models.PROTECT, related_name="+", verbose_name=_("rule set"))
    drawn_at = models.DateTimeField(_("drawn up at"))
    hold = models.ForeignKey(
        LotHold, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("suspension of trading")
    )

    objects: ClassVar[PriceAlarmQuerySet] = PriceAlarmQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("price alarm")
        verbose_name_plural = _("price alarms")
        ordering = ["-quarter", "-multiple", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["province", "product", "quarter"], name="one_price_alarm_per_quarter"),
            models.CheckConstraint(
                condition=Q(quarter__day=1, quarter__month__in=(1, 4, 7, 10)), name="a_quarter_begins_on_its_first_day"
            ),
            models.CheckConstraint(condition=Q(multiple__gte=1), name="a_price_alarm_is_about_more_than_the_lowest"),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.get_tier_display()}"
