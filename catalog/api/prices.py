"""What a product costs, as the API shows it: each price in yuan per pack with what it rests on."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.api.serializers import EssentialSerializer, ProductSerializer
from catalog.models import InsuranceListing, ProcurementPrice, RuleSet
from catalog.queries.answers import PriceAnswer, Reimbursed
from catalog.queries.ceilings import Ceiling
from catalog.rules.derivation_words import step_in_words


class RuleSetSerializer(serializers.ModelSerializer[RuleSet]):
    class Meta:
        model = RuleSet
        fields = ("title", "source")


class StepSerializer(serializers.Serializer[Any]):
    """One step of a derivation in words, and the numbers in it, as text of up to six decimals."""

    words = serializers.SerializerMethodField()
    numbers = serializers.SerializerMethodField()

    def get_words(self, step: dict[str, str]) -> str:
        """As an officer reads it."""
        return step_in_words(step)

    def get_numbers(self, step: dict[str, str]) -> dict[str, str]:
        """The name of the step, and what applies of quantity_ratio, base, ratio, surcharge and price_after."""
        return step


class BasePriceSerializer(serializers.Serializer[Any]):
    """The price that a derived one comes from: the representative product's."""

    presentation = serializers.CharField()
    pack_quantity = serializers.IntegerField()
    price = serializers.DecimalField(max_digits=18, decimal_places=4)


class GuidePriceSerializer(serializers.Serializer[Ceiling]):
    price = serializers.DecimalField(max_digits=18, decimal_places=4)
    decision = serializers.CharField(source="decision.number")
    decision_title = serializers.CharField(source="decision.title")
    issuer = serializers.CharField(source="decision.issuer")
    valid_from = serializers.DateField(source="validity.lower")
    valid_until = serializers.DateField(source="validity.upper", allow_null=True)
    is_derived = serializers.BooleanField()
    is_temporary = serializers.BooleanField(source="guide_price.is_temporary")
    derivation = serializers.CharField()
    base = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()
    rules = RuleSetSerializer(allow_null=True)

    @extend_schema_field(BasePriceSerializer(allow_null=True))
    def get_base(self, ceiling: Ceiling) -> dict[str, Any] | None:
        """Null where the ceiling is stated."""
        return None if ceiling.derived is None else BasePriceSerializer(ceiling.guide_price).data

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, ceiling: Ceiling) -> list[dict[str, Any]]:
        """In their order; empty where the ceiling is stated."""
        return list(StepSerializer(ceiling.steps or [], many=True).data)


class ProcurementPriceSerializer(serializers.ModelSerializer[ProcurementPrice]):
    source = serializers.CharField()
    valid_from = serializers.DateField(source="validity.lower")
    valid_until = serializers.DateField(source="validity.upper", allow_null=True)

    class Meta:
        model = ProcurementPrice
        fields = ("price", "guide_amount", "source", "source_reference", "valid_from", "valid_until")


class HighestRetailSerializer(serializers.Serializer[PriceAnswer]):
    price = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True, source="highest_retail")
    evidence = serializers.DictField(child=serializers.CharField(), source="retail_evidence")
    rules = RuleSetSerializer(allow_null=True, source="markup_rules")


class InsuranceListingSerializer(serializers.ModelSerializer[InsuranceListing]):
    list_class = serializers.CharField()

    class Meta:
        model = InsuranceListing
        fields = ("list_class", "self_pay_share", "province", "source")


class ReimbursedSerializer(serializers.Serializer[Reimbursed]):
    """Of one pack at its highest retail price, the deductible being used up: what the scheme pays, and the patient."""

    scheme = serializers.CharField(source="terms.scheme")
    scheme_name = serializers.CharField(source="terms.get_scheme_display")
    rate = serializers.DecimalField(max_digits=5, decimal_places=4, source="terms.rate")
    essential_bonus = serializers.DecimalField(max_digits=5, decimal_places=4, source="terms.essential_bonus")
    deductible = serializers.DecimalField(max_digits=18, decimal_places=2, source="terms.deductible")
    annual_cap = serializers.DecimalField(max_digits=18, decimal_places=2, source="terms.annual_cap", allow_null=True)
    scheme_pays = serializers.DecimalField(max_digits=18, decimal_places=2, source="settlement.paid_by_fund")
    patient_pays = serializers.DecimalField(max_digits=18, decimal_places=2)
    source = serializers.CharField(source="terms.source")


class ProductPriceSerializer(serializers.Serializer[PriceAnswer]):
    """What a product may cost and does cost in a province on a day, in yuan per pack."""

    product = ProductSerializer()
    province = serializers.CharField(source="province_id")
    on = serializers.DateField()
    tier = serializers.CharField()
    is_essential = serializers.BooleanField(source="essentiality.is_essential")
    essential = EssentialSerializer(source="essentiality")
    guide_price = GuidePriceSerializer(allow_null=True, source="ceiling")
    procurement_price = ProcurementPriceSerializer(allow_null=True, source="procurement")
    highest_retail_price = HighestRetailSerializer(source="*")
    insurance = InsuranceListingSerializer(allow_null=True, source="listing")
    reimbursement = ReimbursedSerializer(many=True, source="reimbursed")
