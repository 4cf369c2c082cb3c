from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from procurement.models.bids import Bid
from procurement.models.tenders import Lot
from procurement.querysets import NegotiationQuerySet, NegotiationRoundQuerySet
from procurement.states import NegotiationStatus


class Negotiation(Versioned):
    """The talks with one bidder about the price of a lot."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="negotiations", verbose_name=_("lot"))
    bid = models.OneToOneField(Bid, models.PROTECT, related_name="negotiation", verbose_name=_("bid"))
    status = models.CharField(
        _("status"), max_length=20, choices=NegotiationStatus.choices, default=NegotiationStatus.OPEN
    )
    opened_at = models.DateTimeField(_("opened at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    objects: ClassVar[NegotiationQuerySet] = NegotiationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("negotiation")
        verbose_name_plural = _("negotiations")
        ordering = ["lot", "opened_at"]

    def __str__(self) -> str:
        return str(self.bid)


class NegotiationRound(models.Model):
    """One meeting: what was asked, what was offered, the minutes, and whether the bidder signed them."""

    negotiation = models.ForeignKey(Negotiation, models.CASCADE, related_name="rounds", verbose_name=_("negotiation"))
    number = models.PositiveSmallIntegerField(_("round"))
    held_at = models.DateTimeField(_("held at"))
    attendees = models.TextField(_("attendees"))
    asked_price = models.DecimalField(_("asked (yuan per pack)"), max_digits=18, decimal_places=4)
    offered_price = models.DecimalField(_("offered (yuan per pack)"), max_digits=18, decimal_places=4)
    minutes = models.TextField(_("minutes"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    confirmed_at = models.DateTimeField(_("confirmed by the bidder at"), null=True, blank=True)

    objects: ClassVar[NegotiationRoundQuerySet] = NegotiationRoundQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("negotiation round")
        verbose_name_plural = _("negotiation rounds")
        ordering = ["negotiation", "number"]
        constraints = [
            models.UniqueConstraint(fields=["negotiation", "number"], name="a_round_is_held_once"),
            models.CheckConstraint(
                condition=models.Q(asked_price__gt=0, offered_price__gt=0), name="negotiated_prices_are_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.negotiation} {self.number}"
