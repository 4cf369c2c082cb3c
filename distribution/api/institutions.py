"""What hospitals' own systems report: retail prices."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.web.idempotency import idempotent
from distribution.api.serializers import (
    NewRetailReportSerializer,
    RetailReportSerializer,
)
from distribution.models import RetailFinding, RetailPrice, RetailReport
from distribution.services.retail import ReportedPrice, report_retail_prices


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
