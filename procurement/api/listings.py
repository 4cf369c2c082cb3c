"""Standing offers of direct listings: handed in in clear, lowered and withdrawn by their firm."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.journal.clocks import trusted_now
from catalog.foundation.transitions import find
from catalog.foundation.web.idempotency import idempotent
from procurement.models import Bid
from procurement.services.listing_offers import submit_listing_offer
from procurement.services.listings import lower_listed_price, withdraw_listing_offer
from procurement.states import Procedure

MOST_UNITS = 10**15
MOST_PROVINCES = 40


class PriceSerializer(serializers.Serializer[Any]):
    offer_price = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, help_text="Yuan per pack, delivered to the institution."
    )


class NewListingOfferSerializer(PriceSerializer):
    tender = serializers.CharField(max_length=32)
    lot = serializers.IntegerField(min_value=1)
    product = serializers.CharField(max_length=64)
    output = serializers.IntegerField(
        max_value=MOST_UNITS, help_text="Smallest units that can be supplied to each of the provinces in a year."
    )
    provinces = serializers.ListField(
        child=serializers.CharField(max_length=6), allow_empty=False, max_length=MOST_PROVINCES
    )


class WithdrawalSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000)


class ListingOfferSerializer(serializers.ModelSerializer[Bid]):
    """A standing offer; ``awarded`` once an officer has listed it, ``revoked`` once it ended."""

    id = serializers.UUIDField(source="reference")
    tender = serializers.CharField(source="lot.tender.number")
    lot = serializers.IntegerField(source="lot.number")
    supplier = serializers.CharField(source="supplier.code")
    product = serializers.CharField(source="product.code")
    provinces = serializers.SerializerMethodField()

    class Meta:
        model = Bid
        fields = (
            "id",
            "tender",
            "lot",
            "supplier",
            "status",
            "version",
            "received_at",
            "product",
            "offer_price",
            "comparable_price",
            "output",
            "provinces",
            "finding",
        )

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_provinces(self, offer: Bid) -> list[str]:
        """The codes of the provinces that it is for."""
        return [area.province_id for area in offer.listing_areas.all()]


class ListingOfferViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """A supplier's standing offers; officers of the agency and supervisors read them too."""

    scopes = ("bids",)
    serializer_class = ListingOfferSerializer
    queryset = Bid.objects.all()
    lookup_field = "reference"
    ordering = ("-received_at", "-reference")

    def get_queryset(self) -> QuerySet[Bid]:
        offers = Bid.objects.visible_to(self.actor).filter(lot__tender__procedure=Procedure.DIRECT_LISTING)
        related = offers.select_related("lot__tender", "product", "supplier").prefetch_related("listing_areas")
        return related.defer("envelope", "technical_envelope", "answers", "technical_finding")

    @extend_schema(request=NewListingOfferSerializer, responses={201: ListingOfferSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Offer a product at a price for provinces; what is above a ceiling is refused at once, with the figures."""
        body = self.read_body(NewListingOfferSerializer)
        offer = submit_listing_offer(
            tender_number=body["tender"],
            lot_number=body["lot"],
            product_code=body["product"],
            offer_price=body["offer_price"],
            output=body["output"],
            province_ids=body["provinces"],
            actor=self.actor,
            at=trusted_now(),
        )
        return self.answer(offer.pk, status=201)

    @extend_schema(request=PriceSerializer, responses=ListingOfferSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def lower(self, request: Request, reference: str) -> Response:
        """Lower the price of a listed offer."""
        body = self.read_body(PriceSerializer)
        offer = find(self.get_queryset(), reference=reference)
        lower_listed_price(offer_id=offer.pk, offer_price=body["offer_price"], actor=self.actor, at=trusted_now())
        return self.answer(offer.pk)

    @extend_schema(request=WithdrawalSerializer, responses=ListingOfferSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, reference: str) -> Response:
        """Take a standing offer back; a listed one ends."""
        body = self.read_body(WithdrawalSerializer)
        offer = find(self.get_queryset(), reference=reference)
        withdraw_listing_offer(offer_id=offer.pk, reason=body["reason"], actor=self.actor, at=trusted_now())
        return self.answer(offer.pk)
