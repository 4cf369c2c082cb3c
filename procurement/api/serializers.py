from __future__ import annotations

import base64
from typing import Any

from rest_framework import serializers

from catalog.api.serializers import PresentationSerializer
from procurement.models import AwardArea, Bid, DemandReport, Lot, Tender


class LotSerializer(serializers.ModelSerializer[Lot]):
    presentation = PresentationSerializer()

    class Meta:
        model = Lot
        fields = (
            "number",
            "presentation",
            "quantity",
            "ceiling_price",
            "ceiling_evidence",
            "max_winners",
            "status",
        )


class TenderSerializer(serializers.ModelSerializer[Tender]):
    agency = serializers.CharField(source="agency.name")

    class Meta:
        model = Tender
        fields = (
            "number",
            "title",
            "agency",
            "status",
            "deadline_at",
            "supply_from",
            "supply_until",
            "published_at",
        )


class TenderDetailSerializer(TenderSerializer):
    """A tender with its lots and the public key (base64) that envelopes are sealed with."""

    lots = LotSerializer(many=True)
    public_key = serializers.SerializerMethodField()

    class Meta(TenderSerializer.Meta):
        fields = (*TenderSerializer.Meta.fields, "public_key", "lots")

    def get_public_key(self, tender: Tender) -> str | None:
        """None until the tender is published."""
        key = getattr(tender, "key", None)
        return base64.b64encode(bytes(key.public_key)).decode() if key else None


class NewBidSerializer(serializers.Serializer[Any]):
    tender = serializers.CharField(max_length=32)
    lot = serializers.IntegerField(min_value=1)
    envelope = serializers.CharField(max_length=4096, help_text="The sealed envelope in base64.")


class BidSerializer(serializers.ModelSerializer[Bid]):
    """A supplier's own bid; the receipt of a sealed one is its hash and the time on the platform's clock."""

    id = serializers.UUIDField(source="reference")
    tender = serializers.CharField(source="lot.tender.number")
    lot = serializers.IntegerField(source="lot.number")
    product = serializers.CharField(source="product.code", allow_null=True, default=None)

    class Meta:
        model = Bid
        fields = (
            "id",
            "tender",
            "lot",
            "status",
            "version",
            "received_at",
            "envelope_sha256",
            "product",
            "offer_price",
            "comparable_price",
            "finding",
        )


class AwardSerializer(serializers.ModelSerializer[AwardArea]):
    """Who supplies a province with a lot, at what price per pack."""

    lot = serializers.IntegerField(source="lot.number")
    supplier = serializers.CharField(source="award.bid.supplier.name")
    product = serializers.CharField(source="award.bid.product.code")
    price = serializers.DecimalField(source="award.price", max_digits=18, decimal_places=4)

    class Meta:
        model = AwardArea
        fields = ("lot", "province", "supplier", "product", "price", "quantity")


class NeedSerializer(serializers.Serializer[Any]):
    presentation = serializers.IntegerField(min_value=1)
    quantity = serializers.IntegerField(max_value=10**15, help_text="Smallest units (tablets, vials) for the year.")


class NewDemandReportSerializer(serializers.Serializer[Any]):
    round = serializers.CharField(max_length=32)
    lines = NeedSerializer(many=True, allow_empty=False, max_length=5000)


class DemandReportSerializer(serializers.ModelSerializer[DemandReport]):
    round = serializers.CharField(source="round.code")
    organization = serializers.CharField(source="organization.code")
    lines = serializers.SerializerMethodField()

    class Meta:
        model = DemandReport
        fields = ("id", "round", "organization", "province", "reported_at", "lines")

    def get_lines(self, report: DemandReport) -> list[dict[str, int]]:
        """Presentation and quantity of each."""
        return [{"presentation": line.presentation_id, "quantity": line.quantity} for line in report.lines.all()]
