"""What sellers' systems file, and what institutions see of it."""

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
from distribution.api.invoice_serializers import (
    InvoiceSerializer,
    NewInvoiceSerializer,
    NewSaleSerializer,
)
from distribution.api.serializers import ReasonSerializer
from distribution.models import Invoice
from distribution.services.invoices import Billed, Sold, file_invoice, file_sale, withdraw_invoice


class InvoiceFilter(django_filters.FilterSet):
    class Meta:
        model = Invoice
        fields = ("status", "kind", "order")


class InvoiceViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """Invoices, with what differs from order and receipt, and the way of each lot; matched by the worker."""

    scopes = ("orders", "institution")
    serializer_class = InvoiceSerializer
    queryset = Invoice.objects.all()
    filterset_class = InvoiceFilter

    def get_queryset(self) -> QuerySet[Invoice]:
        return (
            Invoice.objects.visible_to(self.actor)
            .select_related("seller", "buyer", "order")
            .prefetch_related("lines__product")
        )

    @extend_schema(request=NewInvoiceSerializer, responses={201: InvoiceSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """File an invoice for an order, or a credit note for goods that went back."""
        body = self.read_body(NewInvoiceSerializer)
        invoice = file_invoice(
            order_id=body["order"],
            number=body["number"],
            issued_on=body["issued_on"],
            kind=body["kind"],
            billed=[
                Billed(line["line"], line["lot_number"], line["packs"], line["price"], line["amount"], line["product"])
                for line in body["lines"]
            ],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(invoice.pk, status=201)

    @extend_schema(request=NewSaleSerializer, responses={201: InvoiceSerializer})
    @action(detail=False, methods=["post"])
    @idempotent
    def sales(self, request: Request) -> Response:
        """File the copy of an invoice between two firms, by either of them."""
        body = self.read_body(NewSaleSerializer)
        invoice = file_sale(
            number=body["number"],
            seller_code=body["seller"],
            buyer_code=body["buyer"],
            issued_on=body["issued_on"],
            sold=[
                Sold(line["product"], line["lot_number"], line["packs"], line["price"], line["amount"])
                for line in body["lines"]
            ],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(invoice.pk, status=201)

    @extend_schema(request=ReasonSerializer, responses=InvoiceSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, pk: Any) -> Response:
        """Take an invoice back, to correct it."""
        body = self.read_body(ReasonSerializer)
        withdraw_invoice(
            invoice_id=pk,
            reason=body["reason"],
            actor=self.actor,
            at=timezone.now(),
            expected_version=self.expected_version,
        )
        return self.answer(pk)
