from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.foundation.records import Versioned
from distribution.querysets import InstitutionOwnedQuerySet, StockLotQuerySet, StockTransferQuerySet
from distribution.states import StockMove, TransferStatus


class StockLot(models.Model):
    """What is left of a lot at whoever keeps it, in smallest units; ``plan`` where it lies for the reserve.

    The sum of its entries is its balance.
    """

    holder = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="stock", verbose_name=_("kept by"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="stock", verbose_name=_("product"))
    lot_number = models.CharField(_("lot number"), max_length=20)
    expires_on = models.DateField(_("expires on"))
    plan = models.ForeignKey(
        "distribution.ReservePlan",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lots",
        verbose_name=_("reserve plan"),
    )
    units = models.BigIntegerField(_("units"), default=0)

    objects: ClassVar[StockLotQuerySet] = StockLotQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("stock of a lot")
        verbose_name_plural = _("stock")
        ordering = ["holder", "product", "expires_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "product", "lot_number", "expires_on", "plan"],
                nulls_distinct=False,
                name="a_lot_is_kept_once",
            ),
            models.CheckConstraint(condition=Q(units__gte=0), name="stock_is_not_negative"),
        ]
        indexes = [
            # who keeps a lot
            models.Index(fields=["product", "lot_number"], name="stock_of_lot"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.lot_number}"


class StockEntry(models.Model):
    """Why the stock of a lot changed, in signed units."""

    lot = models.ForeignKey(
        StockLot, models.PROTECT, related_name="entries", verbose_name=pgettext_lazy("stock", "lot")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=StockMove.choices)
    units = models.BigIntegerField(_("units"))
    reference = models.CharField(_("reference"), max_length=64)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("entered by")
    )

    class Meta:
        verbose_name = _("stock entry")
        verbose_name_plural = _("stock ledger")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "kind", "reference"], name="a_stock_move_is_entered_once"),
            models.CheckConstraint(condition=~Q(units=0), name="a_stock_move_moves_something"),
        ]
        indexes = [
            # what was used in a period
            models.Index(fields=["kind", "entered_at"], name="stock_entry_of_kind"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.reference}: {self.units:+}"


class StockCount(models.Model):
    """What was found on the shelf on a day; the differences are entered as corrections."""

    institution = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="stock_counts", verbose_name=_("institution")
    )
    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    counted_at = models.DateTimeField(_("counted at"))
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("counted by")
    )

    objects: ClassVar[InstitutionOwnedQuerySet] = InstitutionOwnedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.institution} #{self.pk}"


class StockCountLine(models.Model):
    """Units of a lot by the ledger and as found; a difference has a reason."""

    count = models.ForeignKey(StockCount, models.CASCADE, related_name="lines", verbose_name=_("stock count"))
    lot = models.ForeignKey(StockLot, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("stock", "lot"))
    expected_units = models.BigIntegerField(_("by the ledger"))
    found_units = models.PositiveBigIntegerField(_("found"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("line of a stock count")
        verbose_name_plural = _("lines of a stock count")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["count", "lot"], name="a_lot_is_counted_once"),
            models.CheckConstraint(
                condition=Q(expected_units=F("found_units")) | ~Q(reason=""), name="a_difference_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lot}: {self.found_units}"


class StockTransfer(Versioned):
    """Redistribution: units of a lot that one institution gives to another of its province."""

    province = models.ForeignKey("catalog.Region", models.PROTECT, related_name="+", verbose_name=_("province"))
    giver = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="transfers_given", verbose_name=_("given by")
    )
    taker = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="transfers_taken", verbose_name=_("taken by")
    )
    lot = models.ForeignKey(
        StockLot, models.PROTECT, related_name="transfers", verbose_name=pgettext_lazy("stock", "lot")
    )
    units = models.PositiveBigIntegerField(_("units"))
    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(
        _("status"), max_length=20, choices=TransferStatus.choices, default=TransferStatus.PROPOSED
    )
    status_reason = models.CharField(_("reason of the last change"), max_length=300, blank=True)
    proposed_at = models.DateTimeField(_("proposed at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"), null=True, blank=True)

    objects: ClassVar[StockTransferQuerySet] = StockTransferQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("stock transfer")
        verbose_name_plural = _("stock transfers")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="transferred_units_are_positive"),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="nobody_gives_to_themselves"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it."""
        return f"TR{self.pk:08d}"
