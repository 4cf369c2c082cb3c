"""What institutions' systems tell of their stock: issues, counts, write-offs; and what they are warned of."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.web.idempotency import idempotent
from distribution.api.stock_serializers import (
    CountSerializer,
    IssueSerializer,
    LotsSerializer,
    NewCountSerializer,
    NewIssueSerializer,
    NewOpeningSerializer,
    NewWriteOffSerializer,
    PositionsSerializer,
    StockLotSerializer,
)
from distribution.models import StockCount, StockLot
from distribution.policies import require_staff
from distribution.queries import supply_rules
from distribution.queries.stock import positions, with_warnings
from distribution.services.counts import Found, OpeningLot, count_stock, enter_opening_stock
from distribution.services.issues import Wish, WrittenOff, issue_stock, write_off


class StockLotFilter(django_filters.FilterSet):
    product = django_filters.CharFilter(field_name="product__code")
    lot_number = django_filters.CharFilter()


class StockViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Lots of which something is left: of one's own organization, and for officers of their province."""

    scopes = ("institution", "orders")
    serializer_class = StockLotSerializer
    queryset = StockLot.objects.all()
    filterset_class = StockLotFilter

    def get_queryset(self) -> QuerySet[StockLot]:
        today = timezone.localdate()
        lots = with_warnings(StockLot.objects.visible_to(self.actor).on_hand(), today=today, rules=supply_rules(today))
        return lots.select_related("holder", "product")

    @extend_schema(responses=PositionsSerializer, parameters=[OpenApiParameter("warning", OpenApiTypes.STR)])
    @action(detail=False, methods=["get"], filterset_class=None, pagination_class=None)
    def positions(self, request: Request) -> Response:
        """The institution's stock by product, with its usual use and warnings; ``?warning=low`` for one of them."""
        rows = positions(require_staff(self.actor), at=timezone.now(), rules=supply_rules(timezone.localdate()))
        if warning := request.query_params.get("warning"):
            rows = [row for row in rows if warning in row.warnings]
        return Response(PositionsSerializer({"positions": rows}).data)

    @extend_schema(request=NewIssueSerializer, responses={201: IssueSerializer})
    @action(detail=False, methods=["post"])
    @idempotent
    def issues(self, request: Request) -> Response:
        """Issue to patients: first expired first, or the lot that was scanned."""
        body = self.read_body(NewIssueSerializer)
        issued = issue_stock(
            wishes=[Wish(line["product"], line["units"], line["lot_number"]) for line in body["lines"]],
            actor=self.actor,
            at=timezone.now(),
        )
        return Response(IssueSerializer({"lines": issued}).data, status=201)

    @extend_schema(request=NewOpeningSerializer, responses={201: LotsSerializer})
    @action(detail=False, methods=["post"])
    @idempotent
    def opening(self, request: Request) -> Response:
        """Enter what was there before the ledger."""
        body = self.read_body(NewOpeningSerializer)
        entries = enter_opening_stock(
            lots=[
                OpeningLot(line["product"], line["lot_number"], line["expires_on"], line["units"])
                for line in body["lines"]
            ],
            actor=self.actor,
            at=timezone.now(),
        )
        lots = self.get_queryset().filter(pk__in=[entry.lot_id for entry in entries])
        return Response(LotsSerializer({"lots": lots}).data, status=201)

    @extend_schema(request=NewWriteOffSerializer, responses={201: IssueSerializer})
    @action(detail=False, methods=["post"], url_path="write-offs")
    @idempotent
    def write_offs(self, request: Request) -> Response:
        """Take off what nobody can use any more."""
        body = self.read_body(NewWriteOffSerializer)
        written_off = write_off(
            lots=[WrittenOff(line["lot"], line["units"]) for line in body["lines"]],
            reason=body["reason"],
            actor=self.actor,
            at=timezone.now(),
        )
        return Response(IssueSerializer({"lines": written_off}).data, status=201)


class StockCountViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """What was counted, and how it differed from the ledger."""

    scopes = ("institution",)
    serializer_class = CountSerializer
    queryset = StockCount.objects.all()

    def get_queryset(self) -> QuerySet[StockCount]:
        return (
            StockCount.objects.visible_to(self.actor)
            .select_related("institution")
            .prefetch_related("lines__lot__product")
        )

    @extend_schema(request=NewCountSerializer, responses={201: CountSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Record a count; differences are corrected and need a reason."""
        body = self.read_body(NewCountSerializer)
        count = count_stock(
            found=[Found(line["lot"], line["units"], line["reason"], line["seen"]) for line in body["lines"]],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(count.pk, status=201)
