from __future__ import annotations

import base64

from rest_framework import serializers

from catalog.api.serializers import PresentationSerializer
from procurement.models import AwardArea, Lot, Tender
from procurement.states import Stage


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
            "procedure",
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
    technical_public_key = serializers.SerializerMethodField()

    class Meta(TenderSerializer.Meta):
        fields = (*TenderSerializer.Meta.fields, "public_key", "technical_public_key", "lots")

    def get_public_key(self, tender: Tender) -> str | None:
        """None until the tender is published."""
        key = tender.public_key(Stage.COMMERCIAL)
        return base64.b64encode(key).decode() if key else None

    def get_technical_public_key(self, tender: Tender) -> str | None:
        """None where there is no technical envelope."""
        key = tender.public_key(Stage.TECHNICAL)
        return base64.b64encode(key).decode() if key else None


class AwardSerializer(serializers.ModelSerializer[AwardArea]):
    """Who supplies a province with a lot, in which part and at what price per pack."""

    lot = serializers.IntegerField(source="lot.number")
    supplier = serializers.CharField(source="award.bid.supplier.name")
    product = serializers.CharField(source="award.bid.product.code")
    price = serializers.DecimalField(source="award.price", max_digits=18, decimal_places=4)

    class Meta:
        model = AwardArea
        fields = ("lot", "province", "role", "supplier", "product", "price", "quantity")
