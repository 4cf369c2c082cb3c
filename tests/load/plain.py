"""Ordering as one writes it at first: nested serializers and a query for every line; and without any lock.

Both write what the platform writes and check nothing but the volume.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.accounts.models import ApiClient, Organization
from distribution.models import Requisition, RequisitionLine
from distribution.states import RequisitionStatus
from procurement.models import AgreementLine, VolumeEntry


class LineSerializer(serializers.ModelSerializer[RequisitionLine]):
    class Meta:
        model = RequisitionLine
        fields = ("agreement_line", "packs", "price")
        read_only_fields = ("price",)


class OrderSerializer(serializers.ModelSerializer[Requisition]):
    lines = LineSerializer(many=True)

    class Meta:
        model = Requisition
        fields = ("id", "status", "lines")
        read_only_fields = ("status",)

    def create(self, validated_data: dict[str, Any]) -> Requisition:
        """The lines one by one, locked in the order of their keys where ``lock`` is set."""
        institution: Organization = self.context["institution"]
        at = timezone.now()
        requisition = Requisition.objects.create(
            institution=institution,
            province_id=institution.province_id,
            status=RequisitionStatus.SUBMITTED,
            submitted_at=at,
        )
        agreed = AgreementLine.objects.select_related("product")
        if self.context["lock"]:
            agreed = agreed.select_for_update(of=("self",))
        wanted = sorted(validated_data["lines"], key=lambda item: item["agreement_line"].pk)
        # what is checked here has changed by the time of writing, unless it is locked
        lines = [(agreed.get(pk=item["agreement_line"].pk), item["packs"]) for item in wanted]
        if any(line.remaining_quantity < packs * line.product.pack_quantity for line, packs in lines):
            raise serializers.ValidationError("too little remains")
        for line, packs in lines:
            units = packs * line.product.pack_quantity
            line.called_off_quantity += units
            line.save(update_fields=["called_off_quantity"])
            RequisitionLine.objects.create(requisition=requisition, agreement_line=line, packs=packs, price=line.price)
            VolumeEntry.objects.create(line=line, quantity=units, reference=requisition.number, entered_at=at)
        return requisition


class PlainOrders(APIView):
    lock = True

    def post(self, request: Request) -> Response:
        client = ApiClient.objects.select_related("organization").get(application=request.auth.application)
        context = {"institution": client.organization, "lock": self.lock}
        serializer = OrderSerializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            serializer.save()
        return Response(serializer.data, status=201)


class Unlocked(PlainOrders):
    lock = False


def health(request: HttpRequest) -> HttpResponse:
    """The server answers."""
    return HttpResponse("ok")


urlpatterns = [
    path("plain/", PlainOrders.as_view(permission_classes=[])),
    path("unlocked/", Unlocked.as_view(permission_classes=[])),
    path("health/", health),
]
