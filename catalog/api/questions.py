"""What may be asked of the catalogue, by query parameters."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from catalog.accounts.kinds import Tier
from catalog.states import ListPart

TIERS = [choice for choice in Tier.choices if choice[0]]
PROVINCE = "Code of the province, GB/T 2260."

SEARCH_PRODUCTS = OpenApiParameter(
    "search",
    str,
    description="Words that must all match: Chinese name with form and strength, INN, pinyin initials, trade name, "
    "maker, ATC code, or any code of the product, in full or its beginning. The likeliest come first.",
)
SEARCH_ENTRIES = OpenApiParameter(
    "search", str, description="Words that must all match: Chinese name, INN, pinyin initials or ATC code."
)


class DayQuestionSerializer(serializers.Serializer[Any]):
    on = serializers.DateField(required=False, help_text="Today where left out.")


class EntriesQuestionSerializer(DayQuestionSerializer):
    edition = serializers.CharField(
        required=False, allow_blank=True, help_text="Code of an edition, instead of the one in force on the day."
    )
    part = serializers.ChoiceField(ListPart.choices, required=False, allow_blank=True)


class AdditionsQuestionSerializer(DayQuestionSerializer):
    province = serializers.RegexField(r"^\d{6}$", required=False, help_text=PROVINCE)


class ChangesQuestionSerializer(serializers.Serializer[Any]):
    def get_fields(self):
        """``from`` is a word of the language."""
        return {"from": serializers.CharField(help_text="Code of the edition to compare with.")}


class PriceQuestionSerializer(DayQuestionSerializer):
    province = serializers.RegexField(r"^\d{6}$", help_text=PROVINCE)
    tier = serializers.ChoiceField(
        TIERS, required=False, default=Tier.PRIMARY.value, help_text="Level of the institution; primary where left out."
    )
