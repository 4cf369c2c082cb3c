"""What institutions report: their yearly quantities and what they used; and how the county and the province confirm."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.transitions import find
from catalog.foundation.web.idempotency import idempotent
from procurement.models import DemandLine, DemandReport, PriorUse
from procurement.queries import used_and_not_reported
from procurement.services.demand import Need, report_demand
from procurement.services.demand_confirmation import confirm_demand, return_demand
from procurement.services.prior_use import Use, tell_prior_use

MOST_UNITS = 10**15
MOST_LINES = 5000


class NeedSerializer(serializers.Serializer[Any]):
    presentation = serializers.IntegerField(min_value=1)
    brand = serializers.CharField(
        max_length=64, default="", allow_blank=True, help_text="Code of the product, where the round asks for brands."
    )
    quantity = serializers.IntegerField(max_value=MOST_UNITS, help_text="Smallest units (tablets, vials) for the year.")
    reason = serializers.CharField(
        max_length=1000,
        default="",
        allow_blank=True,
        help_text="Why it is less than the share of last year's use that the round asks for.",
    )


class NewDemandReportSerializer(serializers.Serializer[Any]):
    round = serializers.CharField(max_length=32)
    lines = NeedSerializer(many=True, allow_empty=False, max_length=MOST_LINES)


class DemandLineSerializer(serializers.ModelSerializer[DemandLine]):
    presentation = serializers.IntegerField(source="presentation_id")
    brand = serializers.CharField(source="brand.code", allow_null=True, default=None)

    class Meta:
        model = DemandLine
        fields = ("presentation", "brand", "quantity", "last_use", "reason")


class DemandReportSerializer(serializers.ModelSerializer[DemandReport]):
    """A report and how far it is confirmed; ``last_use`` is what was used in the year before."""

    round = serializers.CharField(source="round.code")
    organization = serializers.CharField(source="organization.code")
    lines = DemandLineSerializer(many=True)

    class Meta:
        model = DemandReport
        fields = (
            "id",
            "round",
            "organization",
            "province",
            "status",
            "version",
            "return_reason",
            "reported_at",
            "lines",
        )


class NotReportedSerializer(serializers.ModelSerializer[PriorUse]):
    presentation = serializers.IntegerField(source="presentation_id")

    class Meta:
        model = PriorUse
        fields = ("presentation", "quantity")


class TakenReportSerializer(DemandReportSerializer):
    """A report as it was taken, with what was used in the year before and is not in it."""

    not_reported = serializers.SerializerMethodField(help_text="Used in the year before, not reported: a warning.")

    class Meta(DemandReportSerializer.Meta):
        fields = (*DemandReportSerializer.Meta.fields, "not_reported")

    @extend_schema_field(NotReportedSerializer(many=True))
    def get_not_reported(self, report: DemandReport) -> Any:
        """Smallest units by presentation."""
        return NotReportedSerializer(used_and_not_reported(report), many=True).data


class ReturnSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000, help_text="What has to be corrected.")


class DemandReportFilter(django_filters.FilterSet):
    round = django_filters.CharFilter(field_name="round__code")

    class Meta:
        model = DemandReport
        fields = ("status", "province")


class DemandReportViewSet(ListModelMixin, ActorViewSet):
    """Yearly quantities: an institution reports, the county's health authority and the province's agency confirm."""

    scopes = ("institution",)
    serializer_class = DemandReportSerializer
    queryset = DemandReport.objects.all()
    filterset_class = DemandReportFilter

    def get_queryset(self) -> QuerySet[DemandReport]:
        lines = Prefetch("lines", DemandLine.objects.select_related("brand"))
        reports = DemandReport.objects.visible_to(self.actor).select_related("round", "organization")
        return reports.prefetch_related(lines)

    @extend_schema(request=NewDemandReportSerializer, responses={201: TakenReportSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Report the quantities of a demand round; reporting again replaces what is not confirmed."""
        body = self.read_body(NewDemandReportSerializer)
        report = report_demand(
            round_code=body["round"],
            needs=[
                Need(line["presentation"], line["quantity"], line["brand"], line["reason"]) for line in body["lines"]
            ],
            actor=self.actor,
            at=timezone.now(),
        )
        taken = find(self.get_queryset(), pk=report.pk)
        return Response(TakenReportSerializer(taken).data, status=201)

    @extend_schema(request=None, responses=DemandReportSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def confirm(self, request: Request, pk: Any) -> Response:
        """Confirm for the county (health authority), then for the province (agency)."""
        confirm_demand(report_id=pk, actor=self.actor, at=timezone.now(), expected_version=self.expected_version)
        return self.answer(pk)

    @extend_schema(request=ReturnSerializer, responses=DemandReportSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    @idempotent
    def return_to_reporter(self, request: Request, pk: Any) -> Response:
        """Return to be corrected, with the reason."""
        body = self.read_body(ReturnSerializer)
        return_demand(
            report_id=pk,
            reason=body["reason"],
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        return self.answer(pk)


class UseSerializer(serializers.Serializer[Any]):
    organization = serializers.CharField(
        max_length=64, default="", allow_blank=True, help_text="Code of the institution; empty for one's own."
    )
    presentation = serializers.IntegerField(min_value=1)
    quantity = serializers.IntegerField(max_value=MOST_UNITS, help_text="Smallest units (tablets, vials) used.")


class NewPriorUseSerializer(serializers.Serializer[Any]):
    year = serializers.IntegerField(min_value=2009, max_value=2100)
    lines = UseSerializer(many=True, allow_empty=False, max_length=MOST_LINES)


class ToldSerializer(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    lines = serializers.IntegerField(help_text="How many lines were taken.")


class PriorUseSerializer(serializers.ModelSerializer[PriorUse]):
    organization = serializers.CharField(source="organization.code")
    presentation = serializers.IntegerField(source="presentation_id")

    class Meta:
        model = PriorUse
        fields = ("organization", "year", "presentation", "quantity")


class PriorUseFilter(django_filters.FilterSet):
    organization = django_filters.CharFilter(field_name="organization__code")

    class Meta:
        model = PriorUse
        fields = ("year",)


class PriorUseViewSet(ListModelMixin, ActorViewSet):
    """What institutions used in a year, by which the next year's demand is measured."""

    scopes = ("institution",)
    serializer_class = PriorUseSerializer
    queryset = PriorUse.objects.all()
    filterset_class = PriorUseFilter

    def get_queryset(self) -> QuerySet[PriorUse]:
        return PriorUse.objects.visible_to(self.actor).select_related("organization")

    @extend_schema(request=NewPriorUseSerializer, responses={201: ToldSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Tell what was used in a year; telling again replaces the quantities."""
        body = self.read_body(NewPriorUseSerializer)
        told = tell_prior_use(
            year=body["year"],
            uses=[Use(line["presentation"], line["quantity"], line["organization"]) for line in body["lines"]],
            actor=self.actor,
            at=timezone.now(),
        )
        return Response(ToldSerializer({"year": body["year"], "lines": told}).data, status=201)
