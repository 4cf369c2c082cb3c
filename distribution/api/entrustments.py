"""Who delivers where: entrustments that suppliers file, duties to serve, and the gaps between them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.api.questions import PROVINCE
from catalog.foundation.web.idempotency import idempotent
from distribution.models import Entrustment, ServiceDuty
from distribution.policies import require_network_reader
from distribution.queries.network_gaps import GapKind, network_gaps
from distribution.services.entrustments import end_entrustment, file_entrustment

# Refusals of remote townships are counted over a year.
REFUSED_WITHIN = timedelta(days=365)


class NewEntrustmentSerializer(serializers.Serializer[Any]):
    distributor = serializers.CharField(max_length=32)
    region = serializers.RegexField(r"^\d{6}$")
    product = serializers.CharField(
        max_length=32, required=False, allow_blank=True, default="", help_text="Left out for all products."
    )
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(help_text="The first day on which it no longer holds.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The term has an end after its beginning."""
        if attrs["valid_until"] <= attrs["valid_from"]:
            raise serializers.ValidationError({"valid_until": "must lie after valid_from"})
        return attrs


class EndSerializer(serializers.Serializer[Any]):
    on = serializers.DateField(help_text="The first day on which it no longer holds; today or later.")


class EntrustmentSerializer(serializers.ModelSerializer[Entrustment]):
    supplier = serializers.CharField(source="supplier.code")
    distributor = serializers.CharField(source="distributor.code")
    product = serializers.CharField(source="product.code", default="", help_text="Empty for all products.")
    valid_from = serializers.DateField(source="validity.lower")
    valid_until = serializers.DateField(source="validity.upper", allow_null=True)

    class Meta:
        model = Entrustment
        fields = ("id", "supplier", "distributor", "product", "region", "valid_from", "valid_until")


class EntrustmentFilter(django_filters.FilterSet):
    supplier = django_filters.CharFilter("supplier__code", help_text="Code of the supplier.")
    distributor = django_filters.CharFilter("distributor__code", help_text="Code of the distributor.")
    product = django_filters.CharFilter("product__code", help_text="Code of the product.")
    region = django_filters.CharFilter("region_id", help_text="Code of the region, as filed.")
    on = django_filters.DateFilter("validity", lookup_expr="contains", help_text="In force on the day.")

    class Meta:
        model = Entrustment
        fields = ("supplier", "distributor", "product", "region", "on")


class EntrustmentViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Who delivers for which supplier where; filed by suppliers, open to everybody."""

    public = True
    scopes = ("orders",)
    serializer_class = EntrustmentSerializer
    queryset = Entrustment.objects.all()
    filterset_class = EntrustmentFilter

    def get_queryset(self) -> QuerySet[Entrustment]:
        return Entrustment.objects.visible_to(self.actor).select_related("supplier", "distributor", "product")

    @extend_schema(request=NewEntrustmentSerializer, responses={201: EntrustmentSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Entrust a distributor with deliveries in a region, of one product or of all."""
        body = self.read_body(NewEntrustmentSerializer)
        entrustment = file_entrustment(
            distributor_code=body["distributor"],
            region_code=body["region"],
            product_code=body["product"],
            valid_from=body["valid_from"],
            valid_until=body["valid_until"],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(entrustment.pk, status=201)

    @extend_schema(request=EndSerializer, responses=EntrustmentSerializer)
    @action(detail=True, methods=["post"], public=False)
    @idempotent
    def end(self, request: Request, pk: Any) -> Response:
        """Let it end before its time; what is ordered already is delivered."""
        body = self.read_body(EndSerializer)
        end_entrustment(entrustment_id=pk, on=body["on"], actor=self.actor, at=timezone.now())
        return self.answer(pk)


class ServiceDutySerializer(serializers.ModelSerializer[ServiceDuty]):
    township_name = serializers.CharField(source="township.name")
    county = serializers.CharField(source="township.county_id")
    distributor = serializers.CharField(source="distributor.code")
    distributor_name = serializers.CharField(source="distributor.name")
    valid_from = serializers.DateField(source="validity.lower")
    valid_until = serializers.DateField(source="validity.upper", allow_null=True)

    class Meta:
        model = ServiceDuty
        fields = (
            *("id", "township", "township_name", "county", "distributor", "distributor_name"),
            *("valid_from", "valid_until"),
        )


class ServiceDutyFilter(django_filters.FilterSet):
    township = django_filters.CharFilter("township_id", help_text="Code of the township.")
    county = django_filters.CharFilter("township__county_id", help_text="Code of the county.")
    distributor = django_filters.CharFilter("distributor__code", help_text="Code of the distributor.")
    on = django_filters.DateFilter("validity", lookup_expr="contains", help_text="In force on the day.")

    class Meta:
        model = ServiceDuty
        fields = ("township", "county", "distributor", "on")


class ServiceDutyViewSet(ListModelMixin, ActorViewSet):
    """Who must serve which township; open to everybody."""

    public = True
    scopes = ("orders", "institution")
    serializer_class = ServiceDutySerializer
    queryset = ServiceDuty.objects.select_related("township", "distributor")
    filterset_class = ServiceDutyFilter


class GapsQuestionSerializer(serializers.Serializer[Any]):
    province = serializers.RegexField(
        r"^\d{6}$", required=False, default=None, help_text=f"{PROVINCE} An officer's own where left out."
    )
    on = serializers.DateField(required=False, help_text="Today where left out.")
    kind = serializers.ChoiceField(GapKind.choices, required=False)


class GapSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(GapKind.choices)
    place = serializers.CharField(help_text="Code of a township, a county or the province.")
    place_name = serializers.CharField()
    firm = serializers.CharField(help_text="Code; empty where it is about nobody.")
    firm_name = serializers.CharField()
    facts = serializers.JSONField()


class GapsSerializer(serializers.Serializer[Any]):
    province = serializers.CharField()
    on = serializers.DateField()
    gaps = GapSerializer(many=True)


class NetworkGapViewSet(ActorViewSet):
    """Where the supply network has gaps; for officers of the province and supervisors."""

    scopes = ("orders",)
    serializer_class = GapsSerializer

    @extend_schema(parameters=[GapsQuestionSerializer], responses=GapsSerializer)
    def gaps(self, request: Request) -> Response:
        """Townships without a duty, duties that cannot be fulfilled, no cold chain, no distributor, refusals."""
        asked = GapsQuestionSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        province_id, on = require_network_reader(self.actor, values["province"]), values.get("on") or localdate()
        found = network_gaps(
            province_id,
            on=on,
            refused_since=timezone.now() - REFUSED_WITHIN,
            kinds=(GapKind(values["kind"]),) if "kind" in values else tuple(GapKind),
        )
        return Response(GapsSerializer({"province": province_id, "on": on, "gaps": found}).data)
