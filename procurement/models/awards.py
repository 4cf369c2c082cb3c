from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from procurement.models.bids import Bid
from procurement.models.tenders import Lot


class Award(models.Model):
    """A bid that won, decided by an officer."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="awards", verbose_name=_("lot"))
    bid = models.OneToOneField(Bid, models.PROTECT, related_name="won_award", verbose_name=_("bid"))
    price = models.DecimalField(_("price (yuan per pack)"), max_digits=18, decimal_places=4)
    awarded_at = models.DateTimeField(_("awarded at"))
    awarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("awarded by")
    )

    class Meta:
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        ordering = ["lot", "price"]
        constraints = [models.CheckConstraint(condition=Q(price__gt=0), name="awarded_price_is_positive")]

    def __str__(self) -> str:
        return f"{self.bid}"


class AwardArea(models.Model):
    """A province that a winner supplies, and how much of the lot that is."""

    award = models.ForeignKey(Award, models.CASCADE, related_name="areas", verbose_name=_("award"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="awarded_areas", verbose_name=_("lot"))
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    quantity = models.PositiveBigIntegerField(_("quantity (smallest units)"))

    class Meta:
        verbose_name = _("supply area")
        verbose_name_plural = _("supply areas")
        ordering = ["province"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "province"], name="one_supplier_per_lot_and_area"),
        ]

    def __str__(self) -> str:
        return f"{self.province} ← {self.award}"
