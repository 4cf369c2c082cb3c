"""What suppliers' and distributors' systems call: answer orders, advise despatches, file entrustments."""

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
from distribution.api.serializers import (
    ConfirmationSerializer,
    DespatchSerializer,
    EntrustmentSerializer,
    NewDespatchSerializer,
    NewEntrustmentSerializer,
    OrderSerializer,
    RefusalSerializer,
    with_despatch_lines,
)
from distribution.models import Despatch, Entrustment, Order
from distribution.services.deliveries import Sent, advise_despatch
from distribution.services.entrustments import file_entrustment
from distribution.services.orders import LineAnswer, confirm_order, refuse_order


class OrderFilter(django_filters.FilterSet):
    class Meta:
        model = Order
        fields = ("status",)


class OrderViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Orders of the supplier or its distributor: confirm, refuse, despatch."""

    scopes = ("orders",)
    serializer_class = OrderSerializer
    queryset = Order.objects.all()
    filterset_class = OrderFilter

    def get_queryset(self) -> QuerySet[Order]:
        return (
            Order.objects.visible_to(self.actor)
            .select_related("institution", "supplier", "distributor")
            .prefetch_related("lines__product__presentation__medicine")
        )

    @extend_schema(request=ConfirmationSerializer, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def confirm(self, request: Request, pk: Any) -> Response:
        """Say for every line how many packs will come."""
        body = self.read_body(ConfirmationSerializer)
        confirm_order(
            order_id=pk,
            answers=[LineAnswer(line["line"], line["packs"], line["reason"]) for line in body["lines"]],
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        return self.answer(pk)

    @extend_schema(request=RefusalSerializer, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def refuse(self, request: Request, pk: Any) -> Response:
        """Refuse the whole order with a reason."""
        body = self.read_body(RefusalSerializer)
        refuse_order(
            order_id=pk,
            reason=body["reason"],
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        return self.answer(pk)

    @extend_schema(request=NewDespatchSerializer, responses={201: DespatchSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def despatches(self, request: Request, pk: Any) -> Response:
        """Advise a despatch with lot numbers and expiry."""
        body = self.read_body(NewDespatchSerializer)
        despatch = advise_despatch(
            order_id=pk,
            reference=body["reference"],
            sent=[Sent(line["line"], line["lot_number"], line["expires_on"], line["packs"]) for line in body["lines"]],
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        shown = find(with_despatch_lines(Despatch.objects.visible_to(self.actor)), pk=despatch.pk)
        return Response(DespatchSerializer(shown).data, status=201)


class EntrustmentViewSet(ListModelMixin, ActorViewSet):
    """Who delivers for which supplier where; filed by suppliers, open to everybody."""

    public = True
    scopes = ("orders",)
    serializer_class = EntrustmentSerializer
    queryset = Entrustment.objects.all()

    def get_queryset(self) -> QuerySet[Entrustment]:
        return Entrustment.objects.visible_to(self.actor).select_related("supplier", "distributor")

    @extend_schema(request=NewEntrustmentSerializer, responses={201: EntrustmentSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Entrust a distributor with deliveries in a region."""
        body = self.read_body(NewEntrustmentSerializer)
        entrustment = file_entrustment(
            distributor_code=body["distributor"],
            region_code=body["region"],
            valid_from=body["valid_from"],
            valid_until=body["valid_until"],
            actor=self.actor,
            at=timezone.now(),
        )
        return Response(EntrustmentSerializer(entrustment).data, status=201)
