"""What the holders of the reserve tell: what they put in, rotate and issue."""

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
from distribution.api.stock_serializers import (
    NewFillSerializer,
    NewRotationSerializer,
    ReservePlanSerializer,
    ReserveReleaseSerializer,
)
from distribution.models import ReservePlan, ReserveRelease
from distribution.queries import supply_rules
from distribution.queries.reserve import stand
from distribution.services.releases import issue_release
from distribution.services.reserve import FreshLot, carry_over_reserve, fill_reserve, rotate_reserve


class ReservePlanViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """What a holder keeps for a province, and how it stands."""

    scopes = ("institution", "orders")
    serializer_class = ReservePlanSerializer
    queryset = ReservePlan.objects.all()

    def get_queryset(self) -> QuerySet[ReservePlan]:
        return ReservePlan.objects.visible_to(self.actor).select_related("product", "holder")

    def paginate_queryset(self, queryset: Any) -> Any:
        """A page of plans, each with its standing."""
        page = super().paginate_queryset(queryset)
        self._stand(page or [])
        return page

    def get_object(self) -> ReservePlan:
        plan: ReservePlan = super().get_object()
        self._stand([plan])
        return plan

    @staticmethod
    def _stand(plans: list[ReservePlan]) -> None:
        today = timezone.localdate()
        stand(plans, today=today, rules=supply_rules(today))

    @extend_schema(request=NewFillSerializer, responses=ReservePlanSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def fill(self, request: Request, pk: Any) -> Response:
        """Put lots into the reserve."""
        body = self.read_body(NewFillSerializer)
        fill_reserve(plan_id=pk, fresh=_fresh(body), actor=self.actor, at=timezone.now())
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=NewRotationSerializer, responses=ReservePlanSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def rotate(self, request: Request, pk: Any) -> Response:
        """Take lots that are due out, against fresh ones."""
        body = self.read_body(NewRotationSerializer)
        rotate_reserve(plan_id=pk, lot_ids=body["lots"], fresh=_fresh(body), actor=self.actor, at=timezone.now())
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses=ReservePlanSerializer)
    @action(detail=True, methods=["post"], url_path="carry-over")
    @idempotent
    def carry_over(self, request: Request, pk: Any) -> Response:
        """Bring what lies under one's ended plans for the product over to this one."""
        carry_over_reserve(plan_id=pk, actor=self.actor, at=timezone.now())
        return Response(self.get_serializer(self.get_object()).data)


def _fresh(body: dict[str, Any]) -> list[FreshLot]:
    return [FreshLot(lot["lot_number"], lot["expires_on"], lot["units"]) for lot in body["fresh"]]


class ReleaseFilter(django_filters.FilterSet):
    class Meta:
        model = ReserveRelease
        fields = ("status",)


class ReserveReleaseViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Orders to release from the reserve; two officers give them in the admin, the holder issues."""

    scopes = ("institution", "orders")
    serializer_class = ReserveReleaseSerializer
    queryset = ReserveRelease.objects.all()
    filterset_class = ReleaseFilter

    def get_queryset(self) -> QuerySet[ReserveRelease]:
        return ReserveRelease.objects.visible_to(self.actor).select_related("recipient")

    @extend_schema(request=None, responses=ReserveReleaseSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def issue(self, request: Request, pk: Any) -> Response:
        """Hand the approved units out, first expired first."""
        issue_release(release_id=pk, actor=self.actor, at=timezone.now(), expected_version=self.expected_version)
        return self.answer(pk)
