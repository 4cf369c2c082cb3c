"""Redistribution between institutions of a province."""

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
from distribution.api.serializers import ReasonSerializer
from distribution.api.stock_serializers import NewTransferSerializer, TransferSerializer
from distribution.models import StockTransfer
from distribution.services.transfers import answer_transfer, propose_transfer, receive_transfer, send_transfer


class TransferFilter(django_filters.FilterSet):
    class Meta:
        model = StockTransfer
        fields = ("status",)


class StockTransferViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """What one institution gives to another: proposed, agreed, sent, received."""

    scopes = ("institution",)
    serializer_class = TransferSerializer
    queryset = StockTransfer.objects.all()
    filterset_class = TransferFilter

    def get_queryset(self) -> QuerySet[StockTransfer]:
        return StockTransfer.objects.visible_to(self.actor).select_related("giver", "taker", "lot__product")

    @extend_schema(request=NewTransferSerializer, responses={201: TransferSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Propose that units of a lot go to another institution of the province."""
        body = self.read_body(NewTransferSerializer)
        transfer = propose_transfer(
            lot_id=body["lot"],
            taker_code=body["taker"],
            units=body["units"],
            reason=body["reason"],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(transfer.pk, status=201)

    @extend_schema(request=None, responses=TransferSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def agree(self, request: Request, pk: Any) -> Response:
        """Say that the goods are wanted."""
        return self._answer("agree", pk, "")

    @extend_schema(request=ReasonSerializer, responses=TransferSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def refuse(self, request: Request, pk: Any) -> Response:
        """Say that the goods are not wanted, and why."""
        return self._answer("refuse", pk, self.read_body(ReasonSerializer)["reason"])

    @extend_schema(request=ReasonSerializer, responses=TransferSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request: Request, pk: Any) -> Response:
        """Take back what was not sent yet, and say why."""
        return self._answer("cancel", pk, self.read_body(ReasonSerializer)["reason"])

    @extend_schema(request=None, responses=TransferSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def send(self, request: Request, pk: Any) -> Response:
        """Hand the goods to the carrier; they leave the stock."""
        send_transfer(transfer_id=pk, actor=self.actor, at=timezone.now(), expected_version=self.expected_version)
        return self.answer(pk)

    @extend_schema(request=None, responses=TransferSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def receive(self, request: Request, pk: Any) -> Response:
        """Take the goods into the stock."""
        receive_transfer(transfer_id=pk, actor=self.actor, at=timezone.now(), expected_version=self.expected_version)
        return self.answer(pk)

    def _answer(self, name: str, pk: Any, reason: str) -> Response:
        answer_transfer(
            transfer_id=pk,
            action=name,
            reason=reason,
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        return self.answer(pk)
