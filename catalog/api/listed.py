"""The lists of essential medicines as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.api.serializers import MedicineSerializer
from catalog.models import Edition, EditionEntry, Presentation, ProvincialAddition
from catalog.queries.comparisons import Change, ChangedEntry
from catalog.queries.search import BELOW


class StrengthSerializer(serializers.ModelSerializer[Presentation]):
    """The content of one unit as a quantity; ``amount`` is null where the text could not be read as one."""

    unit = serializers.CharField(source="amount_unit")

    class Meta:
        model = Presentation
        fields = ("amount", "unit", "volume_ml", "basis", "salt")


class ListedPresentationSerializer(serializers.ModelSerializer[Presentation]):
    content = StrengthSerializer(source="*")

    class Meta:
        model = Presentation
        fields = ("id", "form", "strength", "family", "content")


class EditionEntrySerializer(serializers.ModelSerializer[EditionEntry]):
    medicine = MedicineSerializer()
    members = MedicineSerializer(many=True)
    section = serializers.CharField(source="section.path")
    sections = serializers.SerializerMethodField()
    presentations = ListedPresentationSerializer(many=True)
    forms_without_strength = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = EditionEntry
        fields = (
            "part",
            "number",
            "section",
            "sections",
            "is_repeat",
            "is_group",
            "members",
            "specialist_guidance",
            "note",
            "medicine",
            "presentations",
            "forms_without_strength",
            "forms_text",
        )

    def get_sections(self, entry: EditionEntry) -> list[str]:
        """The path of the section, from its top."""
        return entry.section.path.split(BELOW)


class EditionSerializer(serializers.ModelSerializer[Edition]):
    valid_from = serializers.DateField(source="validity.lower")
    valid_until = serializers.DateField(source="validity.upper", allow_null=True)
    status = serializers.CharField()

    class Meta:
        model = Edition
        fields = (
            "code",
            "title",
            "decision",
            "decided_on",
            "valid_from",
            "valid_until",
            "status",
            "announced_chemical",
            "announced_tcm",
            "source",
        )


class ProvincialAdditionSerializer(serializers.ModelSerializer[ProvincialAddition]):
    medicine = MedicineSerializer()
    presentations = ListedPresentationSerializer(many=True)
    province = serializers.CharField(source="province_id")
    province_name = serializers.CharField(source="province.name")
    valid_from = serializers.DateField(source="validity.lower")
    valid_until = serializers.DateField(source="validity.upper", allow_null=True)

    class Meta:
        model = ProvincialAddition
        fields = (
            "province",
            "province_name",
            "medicine",
            "presentations",
            "decision",
            "source",
            "valid_from",
            "valid_until",
        )


class ComparedEntrySerializer(serializers.ModelSerializer[EditionEntry]):
    medicine = MedicineSerializer()
    section = serializers.CharField(source="section.path")

    class Meta:
        model = EditionEntry
        fields = ("part", "number", "section", "medicine")


class ChangeSerializer(serializers.Serializer[Change]):
    aspect = serializers.CharField()
    before = serializers.ListField(child=serializers.CharField())
    after = serializers.ListField(child=serializers.CharField())


class ChangedEntrySerializer(serializers.Serializer[ChangedEntry]):
    medicine = MedicineSerializer(source="new.medicine")
    number_before = serializers.IntegerField(source="old.number")
    number = serializers.IntegerField(source="new.number")
    changes = ChangeSerializer(many=True)


class ComparisonSerializer(serializers.Serializer[Any]):
    """What the edition adds, removes and changes against the former one."""

    former = serializers.CharField(source="old.code")
    edition = serializers.CharField(source="new.code")
    added = ComparedEntrySerializer(many=True)
    removed = ComparedEntrySerializer(many=True)
    changed = ChangedEntrySerializer(many=True)
    unchanged = serializers.IntegerField()
