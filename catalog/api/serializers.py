"""Medicines and products as the API shows them."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Medicine, Presentation, Product
from catalog.queries.essential import Essentiality, essentiality


class PresentationSerializer(serializers.ModelSerializer[Presentation]):
    medicine = serializers.CharField(source="medicine.name")

    class Meta:
        model = Presentation
        fields = ("id", "medicine", "form", "strength")


class MedicineSerializer(serializers.ModelSerializer[Medicine]):
    class Meta:
        model = Medicine
        fields = ("id", "name", "inn", "initials", "atc")


class ProductSerializer(serializers.ModelSerializer[Product]):
    presentation = PresentationSerializer()
    manufacturer = serializers.CharField(source="manufacturer.name")

    class Meta:
        model = Product
        fields = ("code", "presentation", "pack_quantity", "pack_unit", "manufacturer", "trade_name", "status")


class EssentialSerializer(serializers.Serializer[Essentiality]):
    is_essential = serializers.BooleanField()
    ground = serializers.CharField(help_text="Why, as a word that does not change with the language.")
    reason = serializers.CharField(help_text="Why, with the place on the list or the province's decision.")


class IdentifiersSerializer(serializers.ModelSerializer[Product]):
    """Empty where not known."""

    class Meta:
        model = Product
        fields = ("approval_number", "standard_code", "insurance_code", "gtin", "trace_prefix")


class ProductDetailSerializer(ProductSerializer):
    """A product with all that is registered of it; ``essential`` is by the national list of today."""

    identifiers = IdentifiersSerializer(source="*")
    quality = serializers.CharField()
    essential = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = (
            *ProductSerializer.Meta.fields,
            "status_reason",
            "quality",
            "is_sugar_free",
            "packing",
            "licence_valid_until",
            "identifiers",
            "essential",
        )

    @extend_schema_field(EssentialSerializer)
    def get_essential(self, product: Product) -> dict[str, Any]:
        """Whether it is an essential medicine, and why."""
        judged: Any = essentiality([product], localdate())[product.pk]
        return EssentialSerializer(judged).data
