"""What organizations are told about their orders."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.web.idempotency import idempotent
from distribution.api.order_serializers import OrderNoticeSerializer
from distribution.models import OrderNotice
from distribution.services.notice_reading import read_notice


class OrderNoticeFilter(django_filters.FilterSet):
    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")

    class Meta:
        model = OrderNotice
        fields = ("kind", "unread")


class OrderNoticeViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Notices of the caller's organization, the newest first; ``?unread=true`` those that nobody has read."""

    scopes = ("orders", "institution")
    serializer_class = OrderNoticeSerializer
    queryset = OrderNotice.objects.all()
    filterset_class = OrderNoticeFilter

    def get_queryset(self) -> QuerySet[OrderNotice]:
        return OrderNotice.objects.visible_to(self.actor)

    @extend_schema(request=None, responses=OrderNoticeSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def read(self, request: Request, pk: Any) -> Response:
        """Say that the notice was read; the first time counts."""
        notice = read_notice(notice_id=pk, actor=self.actor, at=timezone.now())
        return self.answer(notice.pk)
