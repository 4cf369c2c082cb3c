from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from procurement.models.tenders import Lot
from procurement.querysets import BidQuerySet
from procurement.states import BidStatus


class Bid(Versioned):
    """A supplier's offer for a lot: ciphertext until the opening, a product and a price after it.

    ``offer_price`` is yuan per pack, ``unit_price`` per smallest unit, ``comparable_price`` per smallest unit at the
    strength of the lot.
    """

    # What suppliers know the bid by: a number in a row would tell them how many others have bid.
    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="bids", verbose_name=_("lot"))
    supplier = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="bids", verbose_name=_("supplier")
    )
    envelope = models.BinaryField(_("sealed envelope"), max_length=2048)
    envelope_sha256 = models.CharField(_("SHA-256 of the envelope"), max_length=64)
    received_at = models.DateTimeField(_("received at"))
    status = models.CharField(_("status"), max_length=20, choices=BidStatus.choices, default=BidStatus.SEALED)
    product = models.ForeignKey(
        "catalog.Product",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bids",
        verbose_name=_("product"),
    )
    offer_price = models.DecimalField(
        _("offer (yuan per pack)"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    unit_price = models.DecimalField(_("price per unit (yuan)"), max_digits=18, decimal_places=6, null=True, blank=True)
    comparable_price = models.DecimalField(
        _("comparable price (yuan per unit)"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    finding = models.JSONField(_("finding"), default=dict, blank=True)

    objects: ClassVar[BidQuerySet] = BidQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("bid")
        verbose_name_plural = _("bids")
        ordering = ["lot", "comparable_price", "received_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "supplier"],
                condition=~Q(status=BidStatus.WITHDRAWN),
                name="one_bid_per_supplier_and_lot",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[BidStatus.SEALED, BidStatus.WITHDRAWN])
                | Q(product=None, offer_price=None, unit_price=None, comparable_price=None),
                name="a_sealed_bid_has_no_price",
            ),
            models.CheckConstraint(
                condition=Q(offer_price__isnull=True) | Q(offer_price__gt=0), name="offer_is_positive"
            ),
        ]
        indexes = [
            # a supplier's own bids, newest first
            models.Index(fields=["supplier", "-id"], name="bid_of_supplier"),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id}/{self.pk} {self.supplier}"
