"""What bidders are told, and what the screens flagged."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin

from catalog.accounts.viewsets import ActorViewSet
from procurement.models import Bid, Notice, ScreenFlag


class OfOneTender(django_filters.FilterSet):
    tender = django_filters.CharFilter(field_name="tender__number")


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    tender = serializers.CharField(source="tender.number")
    organization = serializers.CharField(source="organization.code")
    facts = serializers.JSONField()

    class Meta:
        model = Notice
        fields = ("id", "tender", "organization", "kind", "reference", "facts", "sent_at")


class NoticeFilter(OfOneTender):
    class Meta:
        model = Notice
        fields = ("kind",)


class NoticeViewSet(ListModelMixin, ActorViewSet):
    """What a bidder was told: shortlisted or not, candidate, asked to explain, awarded or not, amended, cancelled."""

    scopes = ("bids",)
    serializer_class = NoticeSerializer
    queryset = Notice.objects.all()
    filterset_class = NoticeFilter
    ordering = ("-sent_at", "-pk")

    def get_queryset(self) -> QuerySet[Notice]:
        return Notice.objects.visible_to(self.actor).select_related("tender", "organization")


class ScreenFlagSerializer(serializers.ModelSerializer[ScreenFlag]):
    """Figures that a supervisor should look at; no verdict."""

    tender = serializers.CharField(source="tender.number")
    lot = serializers.IntegerField(source="lot.number", allow_null=True, default=None)
    bids: Any = serializers.SlugRelatedField(slug_field="reference", many=True, read_only=True)
    figures = serializers.JSONField()

    class Meta:
        model = ScreenFlag
        fields = ("id", "tender", "lot", "kind", "bids", "figures", "raised_at", "reviewed_at", "note")


class ScreenFlagFilter(OfOneTender):
    class Meta:
        model = ScreenFlag
        fields = ("kind",)


class ScreenFlagViewSet(ListModelMixin, ActorViewSet):
    """The flags of the collusion screens, for supervisors and the agency."""

    scopes = ("bids",)
    serializer_class = ScreenFlagSerializer
    queryset = ScreenFlag.objects.all()
    filterset_class = ScreenFlagFilter
    ordering = ("-raised_at", "-pk")

    def get_queryset(self) -> QuerySet[Any]:
        bids = Prefetch("bids", Bid.objects.only("reference").order_by("pk"))
        return ScreenFlag.objects.visible_to(self.actor).select_related("tender", "lot").prefetch_related(bids)
