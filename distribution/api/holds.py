"""Holds: which lots are recalled or in quarantine; officers and makers place and lift them."""

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
from distribution.api.despatch_serializers import HoldSerializer, NewHoldSerializer
from distribution.api.serializers import OptionalReasonSerializer
from distribution.models import LotHold
from distribution.services.holds import lift_hold, place_hold
from distribution.states import HoldKind


class HoldFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="product__code")
    in_force = django_filters.BooleanFilter(field_name="lifted_at", lookup_expr="isnull")

    class Meta:
        model = LotHold
        fields = ("product", "lot_number", "kind", "in_force")


class LotHoldViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Lots that may not be ordered, sent, accepted or dispensed; everybody who handles medicines may know."""

    scopes = ("institution", "orders")
    serializer_class = HoldSerializer
    queryset = LotHold.objects.all()
    filterset_class = HoldFilter

    def get_queryset(self) -> QuerySet[LotHold]:
        return LotHold.objects.visible_to(self.actor).select_related("product")

    @extend_schema(request=NewHoldSerializer, responses={201: HoldSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Hold a lot, or a whole product; everybody who has it is told."""
        body = self.read_body(NewHoldSerializer)
        hold = place_hold(
            product_code=body["product"],
            lot_number=body["lot_number"],
            kind=HoldKind(body["kind"]),
            reason=body["reason"],
            source=body["source"],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(hold.pk, status=201)

    @extend_schema(request=OptionalReasonSerializer, responses=HoldSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def lift(self, request: Request, pk: Any) -> Response:
        """Set the lot free again."""
        body = self.read_body(OptionalReasonSerializer)
        lift_hold(hold_id=pk, reason=body["reason"], actor=self.actor, at=timezone.now())
        return self.answer(pk)
