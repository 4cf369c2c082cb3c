from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.foundation.records import Versioned
from procurement.models.tenders import Lot
from procurement.querysets import BidDocumentQuerySet, BidQuerySet
from procurement.states import BidStatus, TenderStatus


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
    envelope = models.BinaryField(
        _("commercial envelope"), max_length=2048, null=True, help_text=_("Empty once it was returned unopened.")
    )
    envelope_sha256 = models.CharField(_("SHA-256 of the envelope"), max_length=64)
    technical_envelope = models.BinaryField(_("technical envelope"), null=True)
    technical_sha256 = models.CharField(_("SHA-256 of the technical envelope"), max_length=64, blank=True)
    receipt = models.JSONField(_("signed receipt"), default=dict, blank=True)
    network_address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    machine = models.CharField(_("machine code"), max_length=64, blank=True)
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
    # frozen at the opening, so that a ranking can be computed again from the bid alone
    pack_quantity = models.PositiveIntegerField(_("units per pack"), null=True, blank=True)
    price_ratio = models.DecimalField(
        _("price ratio to the lot's strength"), max_digits=38, decimal_places=30, null=True, blank=True
    )
    output = models.PositiveBigIntegerField(_("offered output (units per year)"), null=True, blank=True)
    own_api = models.BooleanField(_("makes its own active ingredient"), default=False)
    sales = models.DecimalField(_("sales of the base year"), max_digits=20, decimal_places=2, null=True, blank=True)
    draw = models.CharField(_("drawn"), max_length=64, blank=True)
    approved_on = models.DateField(_("passed the consistency evaluation on"), null=True, blank=True)
    answers = models.JSONField(_("answers to the criteria"), default=dict, blank=True)
    technical_finding = models.JSONField(_("technical finding"), default=dict, blank=True)
    technical_score = models.DecimalField(_("technical score"), max_digits=7, decimal_places=4, null=True, blank=True)
    agreed_price = models.DecimalField(
        _("negotiated price (yuan per pack)"), max_digits=18, decimal_places=4, null=True, blank=True
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
                condition=~Q(status__in=[BidStatus.TECHNICAL_OPENED, BidStatus.SHORTLISTED, BidStatus.NOT_SHORTLISTED])
                | Q(offer_price=None, unit_price=None, comparable_price=None, agreed_price=None),
                name="no_price_before_the_commercial_opening",
            ),
            models.CheckConstraint(
                condition=Q(offer_price__isnull=True) | Q(offer_price__gt=0), name="offer_is_positive"
            ),
            models.CheckConstraint(
                condition=~Q(status=BidStatus.WITHDRAWN) | Q(envelope=None, technical_envelope=None),
                name="a_withdrawn_bid_has_no_envelope",
            ),
        ]
        indexes = [
            # a supplier's own bids, newest first
            models.Index(fields=["supplier", "-id"], name="bid_of_supplier"),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id}/{self.pk} {self.supplier}"

    @property
    def is_judgement_told(self) -> bool:
        """Does the bidder know what the evaluation made of the bid? Not before the candidates are published."""
        return self.lot.tender.status != TenderStatus.EVALUATED

    @property
    def told_status(self) -> BidStatus:
        """The status as its bidder is told: what shortlist and evaluation say comes with their publication."""
        status = BidStatus(self.status)
        if status in (BidStatus.SHORTLISTED, BidStatus.NOT_SHORTLISTED):
            return status if self.lot.tender.shortlist_published_at is not None else BidStatus.TECHNICAL_OPENED
        if status in (BidStatus.RANKED, BidStatus.SET_ASIDE) and not self.is_judgement_told:
            return BidStatus.OPENED
        return status


class BidDocument(models.Model):
    """A file that came in a technical envelope."""

    bid = models.ForeignKey(Bid, models.CASCADE, related_name="documents", verbose_name=_("bid"))
    name = models.CharField(_("name"), max_length=200)
    media_type = models.CharField(_("media type"), max_length=100)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    content = models.BinaryField(_("content"))

    objects: ClassVar[BidDocumentQuerySet] = BidDocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("document of a bid")
        verbose_name_plural = _("documents of bids")
        ordering = ["bid", "name"]
        indexes = [
            # the same file from several bidders
            models.Index(fields=["sha256"], name="bid_document_by_content"),
        ]

    def __str__(self) -> str:
        return self.name
