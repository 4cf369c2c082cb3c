"""Sealed bids for suppliers: submit, replace, withdraw, and read what became of them."""

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
from catalog.foundation.journal.attempts import address_of
from catalog.foundation.journal.clocks import trusted_now
from catalog.foundation.transitions import find
from catalog.foundation.web.idempotency import idempotent
from procurement.models import Bid
from procurement.rules.sealing import PLAIN_SIZES, SEAL_BYTES
from procurement.services.bids import replace_bid, submit_bid, withdraw_bid
from procurement.states import BidStatus, Stage

# More than any envelope has in base64, so that what is too long is told in bytes and not in characters.
MOST_SIGNS = {stage: (PLAIN_SIZES[stage][-1] + SEAL_BYTES) * 3 // 2 + 4096 for stage in Stage}


class EnvelopesSerializer(serializers.Serializer[Any]):
    envelope = serializers.CharField(
        max_length=MOST_SIGNS[Stage.COMMERCIAL], help_text="The sealed commercial envelope in base64."
    )
    technical_envelope = serializers.CharField(
        max_length=MOST_SIGNS[Stage.TECHNICAL],
        required=False,
        help_text="The sealed technical envelope in base64, where the tender has a technical_public_key.",
    )


class NewBidSerializer(EnvelopesSerializer):
    tender = serializers.CharField(max_length=32)
    lot = serializers.IntegerField(min_value=1)


class BidSerializer(serializers.ModelSerializer[Bid]):
    """A bid; its receipt is signed by the platform and names the hash of each envelope and the moment it was there."""

    id = serializers.UUIDField(source="reference")
    tender = serializers.CharField(source="lot.tender.number")
    lot = serializers.IntegerField(source="lot.number")
    status = serializers.ChoiceField(source="told_status", choices=BidStatus.choices)
    product = serializers.CharField(source="product.code", allow_null=True, default=None)

    class Meta:
        model = Bid
        fields = (
            "id",
            "tender",
            "lot",
            "status",
            "version",
            "received_at",
            "envelope_sha256",
            "technical_sha256",
            "receipt",
            "product",
            "offer_price",
            "comparable_price",
            "finding",
        )

    def to_representation(self, bid: Bid) -> dict[str, Any]:
        """What the evaluation found is told once the candidates are published."""
        told: dict[str, Any] = super().to_representation(bid)
        if not bid.is_judgement_told:
            told |= {"comparable_price": None, "finding": {}}
        return told


class BidViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """A supplier's own bids: submitted sealed, replaced or withdrawn before the deadline; and what became of them."""

    scopes = ("bids",)
    # to ask for a bid that is not one's own is written down
    is_sealed = True
    serializer_class = BidSerializer
    queryset = Bid.objects.all()
    lookup_field = "reference"
    ordering = ("-received_at", "-reference")

    def get_queryset(self) -> QuerySet[Bid]:
        bids = Bid.objects.visible_to(self.actor).select_related("lot__tender", "product")
        return bids.defer("envelope", "technical_envelope", "answers", "technical_finding")

    @extend_schema(request=NewBidSerializer, responses={201: BidSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Submit the sealed envelopes of a bid for a lot; the answer has the signed receipt."""
        body = self.read_body(NewBidSerializer)
        # the body has been read to its end: an upload that ends late is late
        received_at = trusted_now()
        bid = submit_bid(
            tender_number=body["tender"],
            lot_number=body["lot"],
            envelope=body["envelope"],
            technical_envelope=body.get("technical_envelope"),
            network_address=address_of(request),
            actor=self.actor,
            at=received_at,
        )
        return Response(BidSerializer(bid).data, status=201)

    @extend_schema(request=EnvelopesSerializer, responses={201: BidSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def replace(self, request: Request, reference: str) -> Response:
        """Put a new bid in the place of this one before the deadline; the answer is the new bid."""
        body = self.read_body(EnvelopesSerializer)
        received_at = trusted_now()
        former = find(Bid.objects.visible_to(self.actor), reference=reference)
        bid = replace_bid(
            bid_id=former.pk,
            envelope=body["envelope"],
            technical_envelope=body.get("technical_envelope"),
            network_address=address_of(request),
            actor=self.actor,
            at=received_at,
            expected_version=self.expected_version,
        )
        return Response(BidSerializer(bid).data, status=201)

    @extend_schema(request=None, responses=BidSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, reference: str) -> Response:
        """Withdraw a sealed bid before the deadline."""
        received_at = trusted_now()
        bid = find(Bid.objects.visible_to(self.actor), reference=reference)
        bid = withdraw_bid(bid_id=bid.pk, actor=self.actor, at=received_at, expected_version=self.expected_version)
        return Response(BidSerializer(bid).data)
