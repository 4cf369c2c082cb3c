"""What patients pay before and after a tender, and what tenders have saved a province."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.api.questions import PROVINCE
from catalog.api.views import PROVINCES, asked
from catalog.foundation.transitions import find
from catalog.models import Product
from distribution.queries.patient_cost import patient_cost
from distribution.queries.savings import savings


def yuan(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=2, **options)


class PatientCostQuestionSerializer(serializers.Serializer[Any]):
    product = serializers.CharField(max_length=32, help_text="Code of the product.")
    province = serializers.RegexField(r"^\d{6}$", help_text=PROVINCE)
    on = serializers.DateField(required=False, help_text="Today where left out.")


class SavingsQuestionSerializer(serializers.Serializer[Any]):
    province = serializers.RegexField(r"^\d{6}$", help_text=PROVINCE)
    since = serializers.DateField()
    until = serializers.DateField(help_text="Until before this day.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The period has days."""
        if attrs["until"] <= attrs["since"]:
            raise serializers.ValidationError({"until": "must lie after since"})
        return attrs


class PatientPartSerializer(serializers.Serializer[Any]):
    """Yuan for so many packs: retail price of a pack, and what patient and fund pay of all, before and after."""

    scheme = serializers.CharField(source="terms.scheme")
    tier = serializers.CharField(source="terms.tier")
    retail_before = serializers.DecimalField(source="retail.before", max_digits=18, decimal_places=4)
    retail_after = serializers.DecimalField(source="retail.after", max_digits=18, decimal_places=4)
    packs = serializers.IntegerField()
    patient_before = yuan(source="change.before.paid_by_patient")
    patient_after = yuan(source="change.after.paid_by_patient")
    patient_saves = yuan(source="change.patient_saves")
    fund_saves = yuan(source="change.fund_saves")
    source = serializers.CharField(source="terms.source")


class CourseCostSerializer(serializers.Serializer[Any]):
    document = serializers.CharField(source="dosage.document")
    indication = serializers.CharField(source="dosage.indication")
    dose = serializers.CharField(source="dosage.dose")
    frequency = serializers.CharField(source="dosage.frequency")
    course = serializers.CharField(source="dosage.course")
    units = serializers.IntegerField()
    parts = PatientPartSerializer(many=True)


class FoundPatientCostSerializer(serializers.Serializer[Any]):
    """``former_price`` is null where the province agreed none before: then the ceiling is what it is compared with."""

    price = serializers.DecimalField(source="tender.price.price", max_digits=18, decimal_places=4)
    price_source = serializers.CharField(source="tender.award.source_reference")
    former_price = serializers.DecimalField(
        source="tender.former.price", max_digits=18, decimal_places=4, default=None, allow_null=True
    )
    ceiling = serializers.DecimalField(source="tender.award.guide_amount", max_digits=18, decimal_places=4)
    list_class = serializers.CharField(source="standing.list_class", allow_blank=True)
    is_essential = serializers.BooleanField(source="standing.is_essential")
    parts = PatientPartSerializer(many=True)
    courses = CourseCostSerializer(many=True)


class PatientCostSerializer(serializers.Serializer[Any]):
    """``found`` is null where the province pays no price that a tender or negotiation brought."""

    product = serializers.CharField()
    province = serializers.CharField()
    on = serializers.DateField()
    found = FoundPatientCostSerializer(allow_null=True)


class ProductSavingSerializer(serializers.Serializer[Any]):
    product = serializers.CharField(source="product.code")
    name = serializers.CharField(source="product")
    packs = serializers.IntegerField()
    before = yuan()
    after = yuan()
    saving = yuan()
    by_ceiling = serializers.BooleanField(help_text="Compared with the guide price: nothing was agreed before.")


class SchemeSavingSerializer(serializers.Serializer[Any]):
    """As if everything had been billed under the one scheme: who is insured where is not known."""

    scheme = serializers.CharField()
    patients_before = yuan()
    patients_after = yuan()
    patients_save = yuan()
    fund_saves = yuan()
    unsettled = yuan(help_text="Bought at levels of institution for which the scheme has no terms.")


class SavingsSerializer(serializers.Serializer[Any]):
    province = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField()
    before = yuan()
    after = yuan()
    saving = yuan()
    paid = yuan()
    products = ProductSavingSerializer(many=True)
    schemes = SchemeSavingSerializer(many=True)


class PatientCostViewSet(ActorViewSet):
    """Price × reimbursement, for a medicine and a course of treatment; for everybody."""

    public = True
    serializer_class = PatientCostSerializer

    @extend_schema(parameters=[PatientCostQuestionSerializer], responses=PatientCostSerializer)
    def cost(self, request: Request) -> Response:
        """What a patient pays of a product and of a course of treatment with it, before and after the tender."""
        question = asked(PatientCostQuestionSerializer, request)
        product = find(Product.objects.select_related("presentation__medicine"), code=question["product"])
        province = find(PROVINCES, code=question["province"])
        on = question.get("on") or localdate()
        found = patient_cost(product, province_id=province.code, on=on)
        answer = {"product": product.code, "province": province.code, "on": on, "found": found}
        return Response(PatientCostSerializer(answer).data)


class SavingsViewSet(ActorViewSet):
    """What tenders have saved a province."""

    scopes = ("orders", "institution")
    serializer_class = SavingsSerializer

    @extend_schema(parameters=[SavingsQuestionSerializer], responses=SavingsSerializer)
    def total(self, request: Request) -> Response:
        """In a period, from the goods that the province's institutions ordered and accepted."""
        question = asked(SavingsQuestionSerializer, request)
        province, since, until = find(PROVINCES, code=question["province"]), question["since"], question["until"]
        found = savings(province.code, since=since, until=until)
        named = {name: getattr(found, name) for name in ("before", "after", "saving", "paid", "products", "schemes")}
        answer = {"province": province.code, "since": since, "until": until, **named}
        return Response(SavingsSerializer(answer).data)
