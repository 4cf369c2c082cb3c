from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from procurement.models.bids import Bid
from procurement.models.tenders import Lot
from procurement.states import SupplyRole


class Award(models.Model):
    """A bid that won, decided by an officer."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="awards", verbose_name=_("lot"))
    bid = models.OneToOneField(Bid, models.PROTECT, related_name="won_award", verbose_name=_("bid"))
    price = models.DecimalField(_("price (yuan per pack)"), max_digits=18, decimal_places=4)
    awarded_at = models.DateTimeField(_("awarded at"))
    awarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("awarded by")
    )

    supply_until = models.DateField(
        _("supplies until (exclusive)"),
        null=True,
        blank=True,
        help_text=_("Empty: until the end of the tender's term."),
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoke_reason = models.TextField(_("reason of the revocation"), blank=True)
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="successors", verbose_name=_("replaces the award")
    )

    class Meta:
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        ordering = ["lot", "price"]
        constraints = [
            models.CheckConstraint(condition=Q(price__gt=0), name="awarded_price_is_positive"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoke_reason="") | Q(revoked_at__isnull=False) & ~Q(revoke_reason=""),
                name="a_revocation_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bid}"


class AwardArea(models.Model):
    """A province that a winner supplies, and how much of the lot that is: nothing for a backup or listed supplier."""

    award = models.ForeignKey(Award, models.CASCADE, related_name="areas", verbose_name=_("award"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="awarded_areas", verbose_name=_("lot"))
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    role = models.CharField(_("part"), max_length=20, choices=SupplyRole.choices, default=SupplyRole.MAIN)
    quantity = models.PositiveBigIntegerField(_("quantity (smallest units)"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("supply area")
        verbose_name_plural = _("supply areas")
        ordering = ["province"]
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "province", "role"],
                condition=Q(ended_at=None, role__in=[SupplyRole.MAIN, SupplyRole.BACKUP]),
                name="one_supplier_per_lot_and_area",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.province} ← {self.award}"


class AreaPick(models.Model):
    """A candidate's choice in its turn; without a province it passed and picks no more in that part."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="picks", verbose_name=_("lot"))
    bid = models.ForeignKey(Bid, models.PROTECT, related_name="picks", verbose_name=_("bid"))
    role = models.CharField(_("part"), max_length=20, choices=SupplyRole.choices)
    turn = models.PositiveIntegerField(_("turn"))
    province = models.ForeignKey(
        "catalog.Region", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("province")
    )
    picked_at = models.DateTimeField(_("picked at"))
    reason = models.TextField(_("why the agency picked"), blank=True)

    class Meta:
        verbose_name = _("pick of an area")
        verbose_name_plural = _("picks of areas")
        ordering = ["lot", "role", "turn"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "role", "turn"], name="one_pick_per_turn"),
            models.UniqueConstraint(fields=["lot", "role", "province"], name="an_area_is_picked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.turn}. {self.province or '–'}"
