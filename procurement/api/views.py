"""Tenders for everybody, bids for suppliers, demand for institutions."""

from __future__ import annotations

from django.db.models import F, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.transitions import find
from catalog.foundation.web.idempotency import idempotent
from procurement.api.serializers import (
    AwardSerializer,
    BidSerializer,
    DemandReportSerializer,
    NewBidSerializer,
    NewDemandReportSerializer,
    TenderDetailSerializer,
    TenderSerializer,
)
from procurement.models import AwardArea, Bid, DemandReport, Tender
from procurement.services.bids import submit_bid, withdraw_bid
from procurement.services.demand import Need, report_demand


class TenderViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Published tenders with their lots; the public key to seal bids with; after the award, who supplies whom."""

    public = True
    scopes = ("bids",)
    queryset = Tender.objects.all()
    lookup_field = "number"
    ordering = ("-deadline_at", "-pk")

    def get_queryset(self) -> QuerySet[Tender]:
        tenders = Tender.objects.visible_to(self.actor).select_related("agency")
        if self.action == "retrieve":
            return tenders.select_related("key").prefetch_related("lots__presentation__medicine")
        return tenders

    def get_serializer_class(self) -> type[TenderSerializer]:
        return TenderDetailSerializer if self.action == "retrieve" else TenderSerializer

    @extend_schema(responses=AwardSerializer(many=True))
    @action(detail=True, serializer_class=AwardSerializer)
    def awards(self, request: Request, number: str) -> Response:
        """The supplier and the price of every awarded lot in every province."""
        tender = find(Tender.objects.visible_to(self.actor), number=number)
        areas = (
            AwardArea.objects.filter(lot__tender=tender)
            .annotate(lot_number=F("lot__number"))
            .select_related("lot", "award__bid__supplier", "award__bid__product")
        )
        self.ordering = ("lot_number", "province_id")
        return self.get_paginated_response(AwardSerializer(self.paginate_queryset(areas), many=True).data)


class BidViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """A supplier's own bids: submit a sealed envelope, read what became of it, withdraw it before the deadline."""

    scopes = ("bids",)
    serializer_class = BidSerializer
    queryset = Bid.objects.all()
    lookup_field = "reference"
    ordering = ("-received_at", "-reference")

    def get_queryset(self) -> QuerySet[Bid]:
        return Bid.objects.visible_to(self.actor).select_related("lot__tender", "product").defer("envelope")

    @extend_schema(request=NewBidSerializer, responses={201: BidSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Submit a sealed envelope for a lot; the answer is the receipt."""
        received_at = timezone.now()
        body = self.read_body(NewBidSerializer)
        bid = submit_bid(
            tender_number=body["tender"],
            lot_number=body["lot"],
            envelope=body["envelope"],
            actor=self.actor,
            at=received_at,
        )
        return Response(BidSerializer(bid).data, status=201)

    @extend_schema(request=None, responses=BidSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, reference: str) -> Response:
        """Withdraw a sealed bid before the deadline."""
        bid = find(Bid.objects.visible_to(self.actor), reference=reference)
        bid = withdraw_bid(bid_id=bid.pk, actor=self.actor, at=timezone.now(), expected_version=self.expected_version)
        return Response(BidSerializer(bid).data)


class DemandReportViewSet(ListModelMixin, ActorViewSet):
    """An institution's yearly quantities; reporting again replaces the report while the round is open."""

    scopes = ("institution",)
    serializer_class = DemandReportSerializer
    queryset = DemandReport.objects.all()

    def get_queryset(self) -> QuerySet[DemandReport]:
        return (
            DemandReport.objects.visible_to(self.actor)
            .select_related("round", "organization")
            .prefetch_related("lines")
        )

    @extend_schema(request=NewDemandReportSerializer, responses={201: DemandReportSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Report the quantities of a demand round."""
        body = self.read_body(NewDemandReportSerializer)
        report = report_demand(
            round_code=body["round"],
            needs=[Need(line["presentation"], line["quantity"]) for line in body["lines"]],
            actor=self.actor,
            at=timezone.now(),
        )
        return Response(DemandReportSerializer(report).data, status=201)
