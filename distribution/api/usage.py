"""The use of essential medicines: figures of months, shares, ranking, what must be stocked, and what would help."""

from __future__ import annotations

from datetime import date
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
from catalog.api.views import asked as asked_of
from catalog.rules.months import months_after
from distribution.api.performance import RateField
from distribution.models import UseFigure
from distribution.policies import require_network_reader, use_scope
from distribution.queries.must_stock import lacking, must_stock
from distribution.queries.rules import use_share_rules
from distribution.queries.usage import By, checks_of, figures_of_period, ranking, shares
from distribution.queries.use_moves import moves
from distribution.queries.use_of_month import used_products

SUMS = ("essential_varieties", "varieties", "essential_units", "units", "essential_amount", "amount")


class UseCheckSerializer(serializers.Serializer[Any]):
    rule = serializers.CharField()
    source = serializers.CharField()
    passed = serializers.BooleanField()
    sentence = serializers.CharField()
    values = serializers.DictField(child=serializers.CharField())


class UseFigureSerializer(serializers.ModelSerializer[UseFigure]):
    """What was kept and issued in a month; ``is_met`` is null where the rules of the month judge nothing."""

    institution = serializers.CharField(source="institution.code")
    institution_name = serializers.CharField(source="institution.name")
    checks = serializers.SerializerMethodField()

    class Meta:
        model = UseFigure
        fields = (
            *("id", "institution", "institution_name", "province", "month", *SUMS, "unvalued_units", "is_met"),
            *("checks", "reckoned_at"),
        )

    def get_checks(self, figure: UseFigure) -> list[dict[str, Any]]:
        """The verdict measure by measure, with its rule, source and values."""
        return [dict(UseCheckSerializer(check).data) for check in checks_of(figure)]


class UsedProductSerializer(serializers.Serializer[Any]):
    """A product that was kept in the month; ``amount`` is null where no price is known."""

    product = serializers.CharField(source="product.code")
    name = serializers.CharField(source="product")
    units = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    is_essential = serializers.BooleanField()


class UseMoveSerializer(serializers.Serializer[Any]):
    """A product that is not essential, the essential one that could take its place, and by how much shares rise."""

    product = serializers.CharField(source="used.product.code")
    name = serializers.CharField(source="used.product")
    units = serializers.IntegerField(source="used.units")
    substitute = serializers.CharField(source="substitute.code")
    substitute_name = serializers.CharField(source="substitute")
    gain = serializers.DecimalField(max_digits=9, decimal_places=6)


class UseRowsSerializer(serializers.Serializer[Any]):
    products = UsedProductSerializer(many=True)


class UseMovesSerializer(serializers.Serializer[Any]):
    moves = UseMoveSerializer(many=True)


class UseFigureFilter(django_filters.FilterSet):
    institution = django_filters.CharFilter("institution__code", help_text="Code of the institution.")

    class Meta:
        model = UseFigure
        fields = ("institution", "province", "month", "is_met")


class UseFigureViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """The figures of every institution and month: their own, officers their province's, supervisors all."""

    scopes = ("institution", "orders")
    serializer_class = UseFigureSerializer
    queryset = UseFigure.objects.all()
    filterset_class = UseFigureFilter

    def get_queryset(self) -> QuerySet[UseFigure]:
        return UseFigure.objects.visible_to(self.actor).select_related("institution", "rules")

    @extend_schema(responses=UseRowsSerializer)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def products(self, request: Request, pk: str) -> Response:
        """The rows behind the figure: every product that was kept in the month, what is worth most first."""
        figure = self.get_object()
        rules, _rule_set = use_share_rules(months_after(figure.month, 1) - date.resolution)
        rows = used_products(
            figure.institution_id, figure.province_id, figure.month, excluded_forms=rules.excluded_forms
        )
        return Response(UseRowsSerializer({"products": rows}).data)

    @extend_schema(responses=UseMovesSerializer)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def moves(self, request: Request, pk: str) -> Response:
        """What would raise the share most: an agreed essential medicine in the place of another of its group."""
        return Response(UseMovesSerializer({"moves": moves(self.get_object(), timezone.now())}).data)


class ProvinceQuestionSerializer(serializers.Serializer[Any]):
    province = serializers.RegexField(
        r"^\d{6}$", required=False, default=None, help_text=f"{PROVINCE} The caller's own where left out."
    )


class UseSharesQuestionSerializer(ProvinceQuestionSerializer):
    by = serializers.ChoiceField([(by.value, by.value) for by in By])
    since = serializers.DateField(help_text="A day of the first month.")
    until = serializers.DateField(required=False, help_text="Until before the month of this day; now where left out.")


class UseRankingQuestionSerializer(ProvinceQuestionSerializer):
    month = serializers.DateField(help_text="A day of the month.")


class ShareSerializer(serializers.Serializer[Any]):
    """Shares are parts of one to four places, null where there is no whole."""

    code = serializers.CharField()
    name = serializers.CharField()
    varieties_share = RateField(source="shares.varieties")
    quantity_share = RateField(source="shares.quantity")
    amount_share = RateField(source="shares.amount")
    essential_varieties = serializers.IntegerField(source="use.essential_varieties")
    varieties = serializers.IntegerField(source="use.varieties")
    essential_units = serializers.IntegerField(source="use.essential_units")
    units = serializers.IntegerField(source="use.units")
    essential_amount = serializers.DecimalField(max_digits=18, decimal_places=2, source="use.essential_amount")
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, source="use.amount")
    judged = serializers.IntegerField(help_text="Institutions' months that the rules judge.")
    lagging = serializers.IntegerField(help_text="Those of them whose share is too small.")


class UseSharesSerializer(serializers.Serializer[Any]):
    by = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField()
    province = serializers.CharField(allow_null=True)
    rows = ShareSerializer(many=True)


class RankedSerializer(serializers.Serializer[Any]):
    institution = serializers.CharField(source="figure.institution.code")
    name = serializers.CharField(source="figure.institution.name")
    tier = serializers.CharField(source="figure.institution.tier")
    county = serializers.CharField(source="figure.institution.region_id")
    margin = RateField(help_text="Of the worst share above, or negative below, what is asked for.")
    place = serializers.IntegerField()
    of = serializers.IntegerField()


class UseRankingSerializer(serializers.Serializer[Any]):
    province = serializers.CharField()
    month = serializers.DateField()
    rows = RankedSerializer(many=True)


class MustStockRowSerializer(serializers.Serializer[Any]):
    institution = serializers.CharField(source="code")
    name = serializers.CharField()
    tier = serializers.CharField()
    kept = serializers.IntegerField()
    required = serializers.IntegerField()


class MustStockSerializer(serializers.Serializer[Any]):
    """Institutions that must keep a list, who lacks most first; ``lacking`` are the generic names the caller lacks."""

    province = serializers.CharField()
    rows = MustStockRowSerializer(many=True)
    lacking = serializers.ListField(child=serializers.CharField())


class UseShareViewSet(ActorViewSet):
    """The shares of a period and the ranking of a month: institutions their own, officers their province's."""

    scopes = ("institution", "orders")
    serializer_class = UseSharesSerializer

    @extend_schema(parameters=[UseSharesQuestionSerializer], responses=UseSharesSerializer)
    def shares(self, request: Request) -> Response:
        """Told apart by institution, level, county or month."""
        asked = asked_of(UseSharesQuestionSerializer, request)
        province_id, institution_id = use_scope(self.actor, asked["province"])
        since = asked["since"].replace(day=1)
        until = asked.get("until", localdate()).replace(day=1)
        figures = figures_of_period(since=since, until=until, province_id=province_id, institution_id=institution_id)
        answer = {"by": asked["by"], "since": since, "until": until, "province": province_id}
        return Response(UseSharesSerializer(answer | {"rows": shares(By(asked["by"]), figures)}).data)

    @extend_schema(parameters=[UseRankingQuestionSerializer], responses=UseRankingSerializer)
    def ranking(self, request: Request) -> Response:
        """Level by level, who lags furthest behind first; an institution is told its own place."""
        asked = asked_of(UseRankingQuestionSerializer, request)
        province_id, institution_id = self._of_province(asked["province"])
        month = asked["month"].replace(day=1)
        rows = [row for row in ranking(province_id, month) if institution_id in (None, row.figure.institution_id)]
        return Response(UseRankingSerializer({"province": province_id, "month": month, "rows": rows}).data)

    @extend_schema(parameters=[ProvinceQuestionSerializer], responses=MustStockSerializer)
    def must_stock(self, request: Request) -> Response:
        """Whether those who must keep the essential medicines have them on their shelves now."""
        asked = asked_of(ProvinceQuestionSerializer, request)
        province_id, institution_id = self._of_province(asked["province"])
        at = timezone.now()
        rows = [row for row in must_stock(province_id, at) if institution_id in (None, row.institution_id)]
        names = (
            [medicine.name for medicine in lacking(institution_id, province_id, at)] if institution_id and rows else []
        )
        return Response(MustStockSerializer({"province": province_id, "rows": rows, "lacking": names}).data)

    def _of_province(self, asked: str | None) -> tuple[str, int | None]:
        """One province, for whoever sees all of them as well.

        Raises:
            NotAllowed
        """
        province_id, institution_id = use_scope(self.actor, asked)
        return province_id or require_network_reader(self.actor, asked), institution_id
