"""Returns: the institution asks and hands over, the supplier or its distributor agrees or refuses."""

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
from distribution.api.despatch_serializers import (
    HandOverSerializer,
    NewReturnSerializer,
    ReturnSerializer,
)
from distribution.api.serializers import OptionalReasonSerializer
from distribution.models import GoodsReturn
from distribution.services.returns import answer_return, cancel_return, hand_over_return, request_return


class ReturnFilter(django_filters.FilterSet):
    class Meta:
        model = GoodsReturn
        fields = ("status",)


class GoodsReturnViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Accepted goods that go back, for others or for none."""

    scopes = ("institution", "orders")
    serializer_class = ReturnSerializer
    queryset = GoodsReturn.objects.all()
    filterset_class = ReturnFilter

    def get_queryset(self) -> QuerySet[GoodsReturn]:
        return GoodsReturn.objects.visible_to(self.actor).select_related(
            "despatch_line__despatch__order", "despatch_line__order_line__product"
        )

    @extend_schema(request=NewReturnSerializer, responses={201: ReturnSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Ask that packs of a received lot are taken back."""
        body = self.read_body(NewReturnSerializer)
        asked = request_return(despatch_line_id=body.pop("line"), **body, actor=self.actor, at=timezone.now())
        return self.answer(asked.pk, status=201)

    @extend_schema(request=OptionalReasonSerializer, responses=ReturnSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def agree(self, request: Request, pk: Any) -> Response:
        """Take the goods back."""
        body = self.read_body(OptionalReasonSerializer)
        answer_return(return_id=pk, action="agree", reason=body["reason"], **self.decision)
        return self.answer(pk)

    @extend_schema(request=OptionalReasonSerializer, responses=ReturnSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def refuse(self, request: Request, pk: Any) -> Response:
        """Refuse to take the goods back, with the reason."""
        body = self.read_body(OptionalReasonSerializer)
        answer_return(return_id=pk, action="refuse", reason=body["reason"], **self.decision)
        return self.answer(pk)

    @extend_schema(request=HandOverSerializer, responses=ReturnSerializer)
    @action(detail=True, methods=["post"], url_path="hand-over")
    @idempotent
    def hand_over(self, request: Request, pk: Any) -> Response:
        """Give the goods to whoever fetches them."""
        body = self.read_body(HandOverSerializer)
        hand_over_return(return_id=pk, codes=body["codes"], **self.decision)
        return self.answer(pk)

    @extend_schema(request=OptionalReasonSerializer, responses=ReturnSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request: Request, pk: Any) -> Response:
        """Keep the goods after all."""
        body = self.read_body(OptionalReasonSerializer)
        cancel_return(return_id=pk, reason=body["reason"], **self.decision)
        return self.answer(pk)

    @property
    def decision(self) -> dict[str, Any]:
        """Who decides, when, and on which version."""
        return {"actor": self.actor, "at": timezone.now(), "expected_version": self.expected_version}
