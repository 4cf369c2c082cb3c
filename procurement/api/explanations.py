"""Explanations of abnormally low prices, for the suppliers that are asked for them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.journal.clocks import trusted_now
from catalog.foundation.transitions import find
from catalog.foundation.web.idempotency import idempotent
from procurement.models import Explanation
from procurement.services.explanations import answer_explanation


class AnswerSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=8000)


class ExplanationSerializer(serializers.ModelSerializer[Explanation]):
    """What was asked about a bid, the figures that make its price abnormally low, and how the answer was judged."""

    id = serializers.UUIDField(source="bid.reference", help_text="The reference of the bid.")
    tender = serializers.CharField(source="bid.lot.tender.number")
    lot = serializers.IntegerField(source="bid.lot.number")
    figures = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = Explanation
        fields = (
            "id",
            "tender",
            "lot",
            "figures",
            "asked_at",
            "due_at",
            "answer",
            "answered_at",
            "is_accepted",
            "judgement",
            "judged_at",
        )


class ExplanationViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Explanations that were asked of the supplier; it answers until they are due."""

    scopes = ("bids",)
    serializer_class = ExplanationSerializer
    queryset = Explanation.objects.all()
    # by the reference of the bid: numbers in a row would tell how many are asked
    lookup_field = "bid__reference"
    lookup_url_kwarg = "reference"
    ordering = ("-asked_at", "-bid__reference")

    def get_queryset(self) -> QuerySet[Explanation]:
        rows = Explanation.objects.visible_to(self.actor).select_related("bid__lot__tender")
        return rows.defer("bid__envelope", "bid__technical_envelope")

    @extend_schema(request=AnswerSerializer, responses=ExplanationSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def answer(self, request: Request, reference: str) -> Response:
        """Explain the price; until the explanation is due, a new answer takes the place of the former."""
        body = self.read_body(AnswerSerializer)
        asked = find(self.get_queryset(), bid__reference=reference)
        asked = answer_explanation(explanation_id=asked.pk, text=body["text"], actor=self.actor, at=trusted_now())
        return Response(ExplanationSerializer(asked).data)
