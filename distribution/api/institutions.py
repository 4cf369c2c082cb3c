"""What hospitals' own systems call: order, receive, report retail prices."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.web.idempotency import idempotent
from distribution.api.serializers import (
    DespatchSerializer,
    NewReceiptSerializer,
    NewRequisitionSerializer,
    NewRetailReportSerializer,
    OrderableLineSerializer,
    ReceiptSerializer,
    RequisitionSerializer,
    RetailReportSerializer,
    with_despatch_lines,
)
from distribution.models import Despatch, Requisition, RetailFinding, RetailPrice, RetailReport
from distribution.queries import orderable_lines, search_lines
from distribution.services.deliveries import Received, receive_despatch
from distribution.services.requisitions import Wanted, draft_requisition, submit_requisition
from distribution.services.retail import ReportedPrice, report_retail_prices
from procurement.models import AgreementLine


class OrderableLineViewSet(ListModelMixin, ActorViewSet):
    """What the institution may order today; ``?search=`` by name, INN, pinyin initials or product code."""

    scopes = ("institution",)
    serializer_class = OrderableLineSerializer
    queryset = AgreementLine.objects.all()

    def get_queryset(self) -> QuerySet[AgreementLine]:
        words = self.request.query_params.get("search", "").replace("\x00", "")
        return search_lines(orderable_lines(self.actor, timezone.now()), words)


class RequisitionViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Requisitions of the institution; a named person approves them in the portal."""

    scopes = ("institution",)
    serializer_class = RequisitionSerializer
    queryset = Requisition.objects.all()

    def get_queryset(self) -> QuerySet[Requisition]:
        return Requisition.objects.visible_to(self.actor).prefetch_related("lines__agreement_line__product")

    @extend_schema(request=NewRequisitionSerializer, responses={201: RequisitionSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Write a requisition."""
        body = self.read_body(NewRequisitionSerializer)
        requisition = draft_requisition(
            lines=[Wanted(line["agreement_line"], line["packs"]) for line in body["lines"]],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(requisition.pk, status=201)

    @extend_schema(request=None, responses=RequisitionSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def submit(self, request: Request, pk: Any) -> Response:
        """Hand a draft to the approver."""
        submit_requisition(
            requisition_id=pk, actor=self.actor, at=timezone.now(), expected_version=self.expected_version
        )
        return self.answer(pk)


class DespatchViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Despatches: for the institution those that come, for suppliers and distributors those they sent."""

    scopes = ("institution", "orders")
    serializer_class = DespatchSerializer
    queryset = Despatch.objects.all()

    def get_queryset(self) -> QuerySet[Despatch]:
        return with_despatch_lines(Despatch.objects.visible_to(self.actor))

    @extend_schema(request=NewReceiptSerializer, responses={201: ReceiptSerializer})
    @action(detail=True, methods=["post"], url_path="receipt")
    @idempotent
    def receipt(self, request: Request, pk: Any) -> Response:
        """Record what arrived, line by line."""
        body = self.read_body(NewReceiptSerializer)
        receipt = receive_despatch(
            despatch_id=pk,
            received=[
                Received(line["line"], line["accepted"], line["rejected"], line["reason"], line["remark"])
                for line in body["lines"]
            ],
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        receipt.despatch = self.get_object()
        return Response(ReceiptSerializer(receipt).data, status=201)


class RetailReportViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Retail prices that the institution reported, and what the check found."""

    scopes = ("institution",)
    serializer_class = RetailReportSerializer
    queryset = RetailReport.objects.all()

    def get_queryset(self) -> QuerySet[RetailReport]:
        # of a report's thousands of prices only the few that break a rule
        broken = RetailPrice.objects.filter(Exists(RetailFinding.objects.filter(retail_price=OuterRef("pk"))))
        return RetailReport.objects.visible_to(self.actor).prefetch_related(
            Prefetch("prices", broken), "prices__findings__retail_price__product"
        )

    @extend_schema(request=NewRetailReportSerializer, responses={201: RetailReportSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Report retail prices; the worker checks them."""
        body = self.read_body(NewRetailReportSerializer)
        report = report_retail_prices(
            prices=[
                ReportedPrice(item["product"], item["price"], item["observed_on"], f"/prices/{index}")
                for index, item in enumerate(body["prices"])
            ],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(report.pk, status=201)
