"""Tenders for everybody."""

from __future__ import annotations

from django.db.models import F, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.transitions import find
from procurement.api.openings import OpeningSerializer
from procurement.api.serializers import AwardSerializer, TenderDetailSerializer, TenderSerializer
from procurement.models import AwardArea, Opening, Tender


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
            return tenders.prefetch_related("keys", "lots__presentation__medicine")
        return tenders

    def get_serializer_class(self) -> type[TenderSerializer]:
        return TenderDetailSerializer if self.action == "retrieve" else TenderSerializer

    @extend_schema(responses=AwardSerializer(many=True))
    @action(detail=True, serializer_class=AwardSerializer)
    def awards(self, request: Request, number: str) -> Response:
        """The supplier and the price of every awarded lot in every province."""
        tender = find(Tender.objects.visible_to(self.actor), number=number)
        areas = (
            AwardArea.objects.filter(lot__tender=tender, ended_at=None)
            .annotate(lot_number=F("lot__number"))
            .select_related("lot", "award__bid__supplier", "award__bid__product")
        )
        self.ordering = ("lot_number", "province_id")
        return self.get_paginated_response(AwardSerializer(self.paginate_queryset(areas), many=True).data)

    @extend_schema(responses=OpeningSerializer(many=True))
    @action(detail=True, serializer_class=OpeningSerializer)
    def openings(self, request: Request, number: str) -> Response:
        """The openings of the tender with their signed minutes: every bid, and what became of it."""
        tender = find(Tender.objects.visible_to(self.actor), number=number)
        self.ordering = ("opened_at", "pk")
        openings = Opening.objects.filter(tender=tender)
        return self.get_paginated_response(OpeningSerializer(self.paginate_queryset(openings), many=True).data)
