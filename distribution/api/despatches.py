"""Despatches: those who send file the temperatures of the way, those who receive say what came."""

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
from catalog.foundation.transitions import find
from catalog.foundation.web.idempotency import idempotent
from distribution.api.despatch_serializers import (
    DespatchCodeSerializer,
    DespatchSerializer,
    NewReadingsSerializer,
    NewReceiptSerializer,
    ReceiptSerializer,
    read_readings,
    read_received,
    with_despatch_lines,
)
from distribution.models import Despatch, Receipt, TraceCode
from distribution.services.despatches import file_cold_chain_log
from distribution.services.receipts import receive_despatch


class DespatchFilter(django_filters.FilterSet):
    class Meta:
        model = Despatch
        fields = ("status", "order")


class DespatchViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Despatches: for the institution those that come, for suppliers and distributors those they sent."""

    scopes = ("institution", "orders")
    serializer_class = DespatchSerializer
    queryset = Despatch.objects.all()
    filterset_class = DespatchFilter

    def get_queryset(self) -> QuerySet[Despatch]:
        return with_despatch_lines(Despatch.objects.visible_to(self.actor))

    @extend_schema(responses=DespatchCodeSerializer(many=True), filters=False)
    @action(detail=True)
    def codes(self, request: Request, pk: Any) -> Response:
        """The codes of the packs, as announced and as found."""
        codes = TraceCode.objects.filter(despatch_line__despatch=self.get_object()).order_by("pk")
        page = self.paginate_queryset(codes)
        return self.get_paginated_response(DespatchCodeSerializer(page, many=True).data)

    @extend_schema(request=NewReadingsSerializer, responses={201: DespatchSerializer})
    @action(detail=True, methods=["post"], url_path="cold-chain-log")
    @idempotent
    def cold_chain_log(self, request: Request, pk: Any) -> Response:
        """Add readings to the log of the way, until the goods are received."""
        body = self.read_body(NewReadingsSerializer)
        file_cold_chain_log(
            despatch_id=pk,
            readings=read_readings(body),
            device=body["device"],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(pk, status=201)

    @extend_schema(methods=["GET"], responses=ReceiptSerializer)
    @extend_schema(methods=["POST"], request=NewReceiptSerializer, responses={201: ReceiptSerializer})
    @action(detail=True, methods=["get", "post"], url_path="receipt")
    def receipt(self, request: Request, pk: Any) -> Response:
        """What was found, and the checklist; POST records it, line by line."""
        return self._record(request, pk) if request.method == "POST" else self._shown(pk)

    @idempotent
    def _record(self, request: Request, pk: Any) -> Response:
        body = self.read_body(NewReceiptSerializer)
        receive_despatch(
            despatch_id=pk,
            received=read_received(body),
            arrived_at=body["arrived_at"],
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        return self._shown(pk, status=201)

    def _shown(self, pk: Any, status: int = 200) -> Response:
        despatch = self.get_object()
        receipt = find(Receipt.objects.filter(despatch=despatch), despatch=pk)
        receipt.despatch = despatch
        return Response(ReceiptSerializer(receipt).data, status=status)
