"""Price alarms: what is listed how far above the lowest of the same medicine."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from catalog.accounts.viewsets import ActorViewSet
from distribution.models import PriceAlarm


class PriceAlarmSerializer(serializers.ModelSerializer[PriceAlarm]):
    """Comparable prices are yuan per unit at the strength of ``lowest``; trading is suspended until ``resumed_at``."""

    product = serializers.CharField(source="product.code")
    lowest = serializers.CharField(source="lowest.code")
    source = serializers.CharField(source="rules.source")
    suspended_at = serializers.DateTimeField(source="hold.held_at", default=None)
    resumed_at = serializers.DateTimeField(source="hold.lifted_at", default=None)

    class Meta:
        model = PriceAlarm
        fields = (
            *("id", "province", "quarter", "product", "price", "comparable_price", "lowest", "lowest_price"),
            *("multiple", "tier", "source", "drawn_at", "suspended_at", "resumed_at"),
        )


class PriceAlarmFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="product__code")

    class Meta:
        model = PriceAlarm
        fields = ("province", "quarter", "tier", "product")


class PriceAlarmViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """The alarms of the own province; of the own products for their maker."""

    scopes = ("institution", "orders")
    serializer_class = PriceAlarmSerializer
    queryset = PriceAlarm.objects.all()
    filterset_class = PriceAlarmFilter

    def get_queryset(self) -> QuerySet[PriceAlarm]:
        return PriceAlarm.objects.visible_to(self.actor).select_related("product", "lowest", "rules", "hold")
