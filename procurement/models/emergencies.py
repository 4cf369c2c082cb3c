from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from procurement.models.tenders import Tender
from procurement.querysets import EmergencyPurchaseQuerySet
from procurement.states import EmergencyPurchaseStatus


class Filing(Tender):
    """A purchase that is filed with the supervision after it was made: small quantities and emergencies."""

    class Meta:
        proxy = True
        verbose_name = _("filing of a purchase")
        verbose_name_plural = _("filings of purchases")

    @property
    def is_late(self) -> bool:
        """Was it filed after its day?"""
        return bool(self.filed_at and self.filing_due_on and timezone.localdate(self.filed_at) > self.filing_due_on)


class EmergencyPurchase(Versioned):
    """What an institution bought off the platform in an emergency, and told afterwards.

    ``units`` are smallest units, ``price`` is yuan per pack. ``due_on`` is the last day on which it could be told in
    time, by the rules of the day of the purchase; without one nothing is late.
    """

    institution = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="emergency_purchases", verbose_name=_("institution")
    )
    supplier = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", verbose_name=_("bought from")
    )
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    units = models.PositiveBigIntegerField(_("units"))
    price = models.DecimalField(_("price (yuan per pack)"), max_digits=18, decimal_places=4)
    bought_on = models.DateField(_("bought on"))
    reason = models.TextField(_("why it was an emergency"))
    due_on = models.DateField(_("to be filed until"), null=True, blank=True)
    filed_at = models.DateTimeField(_("filed at"))
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("filed by")
    )
    is_late = models.BooleanField(_("filed late"), default=False)
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=EmergencyPurchaseStatus.choices,
        default=EmergencyPurchaseStatus.FILED,
    )
    judgement = models.TextField(_("judgement"), blank=True)
    judged_at = models.DateTimeField(_("judged at"), null=True, blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("judged by")
    )

    objects: ClassVar[EmergencyPurchaseQuerySet] = EmergencyPurchaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("emergency purchase")
        verbose_name_plural = _("emergency purchases")
        ordering = ["-filed_at"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0, price__gt=0), name="an_emergency_purchase_buys_something"),
            models.CheckConstraint(
                condition=~Q(status=EmergencyPurchaseStatus.OBJECTED) | ~Q(judgement=""),
                name="an_objected_purchase_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution} · {self.product} · {self.bought_on}"
