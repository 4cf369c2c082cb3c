"""How well was delivered: the indicators of a period, and the scorecards of firms."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timezone import localdate, make_aware
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.api.questions import PROVINCE
from distribution.models import Scorecard
from distribution.policies import performance_scope
from distribution.queries.performance import By, performance, together
from distribution.queries.rules import delivery_rules
from distribution.rules.indicators import Indicators


class PerformanceQuestionSerializer(serializers.Serializer[Any]):
    by = serializers.ChoiceField([(by.value, by.value) for by in By])
    since = serializers.DateField()
    until = serializers.DateField(required=False, help_text="Until before this day; now where left out.")
    province = serializers.RegexField(
        r"^\d{6}$", required=False, default=None, help_text=f"{PROVINCE} An officer's own where left out."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The period has days."""
        if "until" in attrs and attrs["until"] <= attrs["since"]:
            raise serializers.ValidationError({"until": "must lie after since"})
        return attrs


class CountsSerializer(serializers.Serializer[Any]):
    orders = serializers.IntegerField()
    lines = serializers.IntegerField()
    packs = serializers.IntegerField()
    delivered = serializers.IntegerField()
    accepted = serializers.IntegerField()
    lines_in_three_days = serializers.IntegerField()
    orders_in_full_on_time = serializers.IntegerField()
    orders_answered_in_time = serializers.IntegerField()
    refused_lines = serializers.IntegerField()


class RateField(serializers.DecimalField):
    """A part of one to four places; null where there is nothing to divide by."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=5, decimal_places=4, allow_null=True, **options)


class IndicatorsSerializer(serializers.Serializer[Indicators]):
    delivery_rate = RateField()
    received_rate = RateField()
    three_day_rate = RateField()
    in_full_on_time_rate = RateField()
    response_rate = RateField()
    refusal_rate = RateField()
    counts = CountsSerializer()


class PerformanceRowSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    indicators = IndicatorsSerializer()


class PerformanceSerializer(serializers.Serializer[Any]):
    """What was asked, the rows with the lowest delivery rate first, and all of them together."""

    by = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    province = serializers.CharField(allow_null=True)
    rows = PerformanceRowSerializer(many=True)
    total = IndicatorsSerializer()


class PerformanceViewSet(ActorViewSet):
    """The indicators of deliveries: everybody's own, officers their province's, supervisors all."""

    scopes = ("orders", "institution")
    serializer_class = PerformanceSerializer

    @extend_schema(parameters=[PerformanceQuestionSerializer], responses=PerformanceSerializer)
    def measure(self, request: Request) -> Response:
        """The orders whose times ran out in the period."""
        asked = PerformanceQuestionSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        scope = performance_scope(self.actor, values["province"])
        now, by = timezone.now(), By(values["by"])
        since, until = start_of(values["since"]), now
        if "until" in values:
            until = min(now, start_of(values["until"]))
        rows = performance(
            by,
            since=since,
            until=until,
            three_days=delivery_rules(localdate(now)).three_days,
            province_id=scope.province_id,
            firm_id=scope.firm_id,
            institution_id=scope.institution_id,
        )
        answer = {
            "by": by,
            "since": since,
            "until": until,
            "province": scope.province_id,
            "rows": rows,
            "total": together(rows),
        }
        return Response(PerformanceSerializer(answer).data)


def start_of(day: date) -> datetime:
    """Its first moment."""
    return make_aware(datetime.combine(day, time.min))


class ScorecardSerializer(serializers.ModelSerializer[Scorecard]):
    organization = serializers.CharField(source="organization.code")
    organization_name = serializers.CharField(source="organization.name")

    class Meta:
        model = Scorecard
        fields = (
            *("id", "organization", "organization_name", "province", "month", "verdict", "figures", "checks"),
            *("drawn_at", "conduct_record"),
        )


class ScorecardFilter(django_filters.FilterSet):
    organization = django_filters.CharFilter("organization__code", help_text="Code of the firm.")

    class Meta:
        model = Scorecard
        fields = ("organization", "province", "month", "verdict")


class ScorecardViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """How firms delivered month by month: their own, officers their province's, supervisors all."""

    scopes = ("orders",)
    serializer_class = ScorecardSerializer
    queryset = Scorecard.objects.all()
    filterset_class = ScorecardFilter

    def get_queryset(self) -> QuerySet[Scorecard]:
        return Scorecard.objects.visible_to(self.actor).select_related("organization")
