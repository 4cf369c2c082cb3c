"""Negotiations as the bidder follows them, and as everybody reads what came of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.web.idempotency import idempotent
from procurement.models import Negotiation, NegotiationRound
from procurement.services.negotiations import confirm_round


class NegotiationRoundSerializer(serializers.ModelSerializer[NegotiationRound]):
    class Meta:
        model = NegotiationRound
        fields = (
            "id",
            "number",
            "held_at",
            "attendees",
            "asked_price",
            "offered_price",
            "minutes",
            "confirmed_at",
        )


class NegotiationSerializer(serializers.ModelSerializer[Negotiation]):
    """The talks about a lot; ``rounds`` are told to the bidder, ``agreed_price`` (yuan per pack) to all."""

    tender = serializers.CharField(source="lot.tender.number")
    lot = serializers.IntegerField(source="lot.number")
    supplier = serializers.CharField(source="bid.supplier.code")
    agreed_price = serializers.DecimalField(source="bid.agreed_price", max_digits=18, decimal_places=4, allow_null=True)
    rounds = NegotiationRoundSerializer(many=True)

    class Meta:
        model = Negotiation
        fields = (
            "id",
            "tender",
            "lot",
            "supplier",
            "status",
            "opened_at",
            "ended_at",
            "reason",
            "agreed_price",
            "rounds",
        )


class NegotiationViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """A bidder's negotiations with the minutes to confirm; for all, the prices that were agreed and awarded."""

    public = True
    scopes = ("bids",)
    serializer_class = NegotiationSerializer
    queryset = Negotiation.objects.all()
    lookup_value_regex = "[0-9]{1,18}"
    ordering: tuple[str, ...] = ("-opened_at", "-id")

    def get_queryset(self) -> QuerySet[Negotiation]:
        rounds = Prefetch("rounds", NegotiationRound.objects.visible_to(self.actor).order_by("number"))
        seen = Negotiation.objects.visible_to(self.actor).select_related("lot__tender", "bid__supplier")
        return seen.defer("bid__envelope", "bid__technical_envelope").prefetch_related(rounds)


class NegotiationRoundViewSet(ActorViewSet):
    """The minutes of a round: the bidder confirms them, and with them what it offered."""

    scopes = ("bids",)
    serializer_class = NegotiationSerializer
    queryset = NegotiationRound.objects.all()
    lookup_value_regex = "[0-9]{1,18}"

    @extend_schema(request=None, responses=NegotiationRoundSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def confirm(self, request: Request, pk: Any) -> Response:
        """Confirm the minutes of a round of one's own negotiation."""
        held = confirm_round(round_id=pk, actor=self.actor, at=timezone.now())
        return Response(NegotiationRoundSerializer(held).data)
