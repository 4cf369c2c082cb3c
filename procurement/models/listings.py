from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from procurement.models.bids import Bid


class ListingOffer(Bid):
    """A standing offer of a direct listing: a bid in clear."""

    class Meta:
        proxy = True
        verbose_name = _("standing offer")
        verbose_name_plural = _("standing offers")


class ListingArea(models.Model):
    """A province that a standing offer is for."""

    bid = models.ForeignKey(Bid, models.CASCADE, related_name="listing_areas", verbose_name=_("standing offer"))
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))

    class Meta:
        verbose_name = _("province of a standing offer")
        verbose_name_plural = _("provinces of standing offers")
        ordering = ["bid", "province"]
        constraints = [
            models.UniqueConstraint(fields=["bid", "province"], name="an_offer_names_a_province_once"),
        ]

    def __str__(self) -> str:
        return f"{self.bid_id} · {self.province.name}"
