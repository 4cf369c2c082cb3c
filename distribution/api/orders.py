"""Orders: suppliers and distributors answer them, institutions change them before that and close what is not wanted."""

from __future__ import annotations

import json
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.kinds import Role
from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.transitions import find
from catalog.foundation.web.idempotency import idempotent
from catalog.states import Storage
from distribution.api.despatch_serializers import (
    DespatchSerializer,
    NewDespatchSerializer,
    read_advice,
    with_despatch_lines,
)
from distribution.api.order_pages import OrderPages
from distribution.api.order_serializers import (
    AmendmentSerializer,
    CancellationSerializer,
    ClosingSerializer,
    ConfirmationSerializer,
    OrderSerializer,
    RefusalSerializer,
)
from distribution.models import Despatch, Order
from distribution.queries.order_json import orders_as_json
from distribution.querysets import OrderQuerySet
from distribution.services.amendments import AmendedLine, amend_order, cancel_order
from distribution.services.despatches import advise_despatch
from distribution.services.orders import LineAnswer, confirm_order, refuse_order
from distribution.services.rests import close_rest
from distribution.states import OrderStatus

OPEN = "open"


class OrderFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(
        choices=[*OrderStatus.choices, (OPEN, "still to be answered, sent or received")], method="in_state"
    )
    county = django_filters.CharFilter(field_name="institution__region_id", help_text="Six digits.")
    storage = django_filters.ChoiceFilter(choices=Storage.choices)

    class Meta:
        model = Order
        fields = ("status", "county", "storage")

    def in_state(self, orders: OrderQuerySet, _name: str, status: str) -> OrderQuerySet:
        """Those of a state, or those that the supplier still has something to do about."""
        return orders.open() if status == OPEN else orders.filter(status=status)


class OrderViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Orders of who supplies and of who ordered; ``?status=open`` is what the supplier still has to do."""

    scopes = ("orders", "institution")
    serializer_class = OrderSerializer
    pagination_class = OrderPages
    queryset = Order.objects.all()
    filterset_class = OrderFilter

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.visible_to(self.actor)

    def is_by_moment(self) -> bool:
        """The open orders of a supplier or distributor have an index by when they were placed."""
        is_open = self.request.query_params.get("status") == OPEN
        return is_open and self.actor.has(Role.SUPPLIER_AGENT, Role.DISTRIBUTOR_AGENT)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """The orders, the newest first, with their lines."""
        return self.get_paginated_response(self.paginate_queryset(self.filter_queryset(self.get_queryset())) or [])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One order with its lines."""
        return self.answer(kwargs["pk"])

    def answer(self, pk: int, status: int = 200) -> Response:
        """The order as it is now."""
        order = find(self.get_queryset().only("pk"), pk=pk)
        [text] = orders_as_json([order.pk])
        return Response(json.loads(text), status=status)

    @extend_schema(request=ConfirmationSerializer, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def confirm(self, request: Request, pk: Any) -> Response:
        """Say for every line how many packs will come, by when, and why not all."""
        body = self.read_body(ConfirmationSerializer)
        answers = [
            LineAnswer(line["line"], line["packs"], line["reason"], line["code"], line["promised_on"])
            for line in body["lines"]
        ]
        confirm_order(order_id=pk, answers=answers, **self.decision)
        return self.answer(pk)

    @extend_schema(request=RefusalSerializer, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def refuse(self, request: Request, pk: Any) -> Response:
        """Refuse the whole order with a reason; a backup supplier gets it by rule."""
        body = self.read_body(RefusalSerializer)
        refuse_order(order_id=pk, reason=body["reason"], code=body["code"], **self.decision)
        return self.answer(pk)

    @extend_schema(request=AmendmentSerializer, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def amend(self, request: Request, pk: Any) -> Response:
        """Change packs before the supplier has answered, up to what was approved."""
        body = self.read_body(AmendmentSerializer)
        lines = [AmendedLine(line["line"], line["packs"]) for line in body["lines"]]
        amend_order(order_id=pk, lines=lines, **self.decision)
        return self.answer(pk)

    @extend_schema(request=CancellationSerializer, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request: Request, pk: Any) -> Response:
        """Take the order back before the supplier has answered."""
        body = self.read_body(CancellationSerializer)
        cancel_order(order_id=pk, reason=body["reason"], **self.decision)
        return self.answer(pk)

    @extend_schema(request=ClosingSerializer, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def close(self, request: Request, pk: Any) -> Response:
        """Close what was confirmed and not sent; its volume goes back, or to the backup supplier after a failure."""
        body = self.read_body(ClosingSerializer)
        close_rest(order_id=pk, reason=body["reason"], code=body["code"], is_failure=body["failed"], **self.decision)
        return self.answer(pk)

    @extend_schema(request=NewDespatchSerializer, responses={201: DespatchSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def despatches(self, request: Request, pk: Any) -> Response:
        """Advise a despatch with lot numbers, expiry and the codes of the packs."""
        body = self.read_body(NewDespatchSerializer)
        despatch = advise_despatch(order_id=pk, **read_advice(body), **self.decision)
        shown = find(with_despatch_lines(Despatch.objects.visible_to(self.actor)), pk=despatch.pk)
        return Response(DespatchSerializer(shown).data, status=201)

    @property
    def decision(self) -> dict[str, Any]:
        """Who decides, when, and on which version."""
        return {"actor": self.actor, "at": timezone.now(), "expected_version": self.expected_version}
