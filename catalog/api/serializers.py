from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.models import EditionEntry, GuidePrice, Medicine, Presentation, ProcurementPrice, Product


class PresentationSerializer(serializers.ModelSerializer[Presentation]):
    medicine = serializers.CharField(source="medicine.name")

    class Meta:
        model = Presentation
        fields = ("id", "medicine", "form", "strength")


class MedicineSerializer(serializers.ModelSerializer[Medicine]):
    class Meta:
        model = Medicine
        fields = ("id", "name", "inn", "initials")


class EditionEntrySerializer(serializers.ModelSerializer[EditionEntry]):
    medicine = MedicineSerializer()
    section = serializers.CharField(source="section.path")
    presentations = serializers.SerializerMethodField()

    class Meta:
        model = EditionEntry
        fields = (
            "part",
            "number",
            "section",
            "specialist_guidance",
            "medicine",
            "presentations",
        )

    def get_presentations(self, entry: EditionEntry) -> list[dict[str, Any]]:
        """Form and strength of each."""
        return [{"id": item.pk, "form": item.form, "strength": item.strength} for item in entry.presentations.all()]


class ProductSerializer(serializers.ModelSerializer[Product]):
    presentation = PresentationSerializer()
    manufacturer = serializers.CharField(source="manufacturer.name")

    class Meta:
        model = Product
        fields = ("code", "presentation", "pack_quantity", "pack_unit", "manufacturer", "status")


class GuidePriceSerializer(serializers.ModelSerializer[GuidePrice]):
    decision = serializers.CharField(source="decision.number")
    valid_from = serializers.DateField(source="validity.lower")
    valid_until = serializers.DateField(source="validity.upper", allow_null=True)

    class Meta:
        model = GuidePrice
        fields = ("price", "decision", "valid_from", "valid_until", "is_derived", "derivation")


class ProcurementPriceSerializer(serializers.ModelSerializer[ProcurementPrice]):
    valid_from = serializers.DateField(source="validity.lower")
    valid_until = serializers.DateField(source="validity.upper", allow_null=True)

    class Meta:
        model = ProcurementPrice
        fields = ("price", "guide_amount", "source", "source_reference", "valid_from", "valid_until")


class ProductPriceSerializer(serializers.Serializer[Any]):
    """What a product may cost and does cost in a province on a day, in yuan per pack."""

    product = ProductSerializer()
    province = serializers.CharField()
    on = serializers.DateField()
    is_essential = serializers.BooleanField()
    guide_price = GuidePriceSerializer(allow_null=True)
    procurement_price = ProcurementPriceSerializer(allow_null=True)


class PriceQuestionSerializer(serializers.Serializer[Any]):
    province = serializers.RegexField(r"^\d{6}$", help_text="Code of the province, GB/T 2260.")
    on = serializers.DateField(required=False, help_text="Today where left out.")
