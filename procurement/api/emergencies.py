"""Emergency purchases off the platform, told by institutions afterwards."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.accounts.viewsets import ActorViewSet
from catalog.foundation.web.idempotency import idempotent
from procurement.models import EmergencyPurchase
from procurement.services.emergencies import file_emergency_purchase

MOST_UNITS = 10**15


class NewEmergencyPurchaseSerializer(serializers.Serializer[Any]):
    supplier = serializers.CharField(max_length=64, help_text="Code of the firm that sold it.")
    product = serializers.CharField(max_length=64)
    units = serializers.IntegerField(max_value=MOST_UNITS, help_text="Smallest units (tablets, vials).")
    price = serializers.DecimalField(max_digits=12, decimal_places=2, help_text="Yuan per pack.")
    bought_on = serializers.DateField()
    reason = serializers.CharField(max_length=2000, help_text="Why it was an emergency.")


class EmergencyPurchaseSerializer(serializers.ModelSerializer[EmergencyPurchase]):
    """A purchase as it was told, whether in time, and how the agency judged it."""

    institution = serializers.CharField(source="institution.code")
    supplier = serializers.CharField(source="supplier.code")
    product = serializers.CharField(source="product.code")

    class Meta:
        model = EmergencyPurchase
        fields = (
            "id",
            "institution",
            "supplier",
            "product",
            "units",
            "price",
            "bought_on",
            "reason",
            "due_on",
            "filed_at",
            "is_late",
            "status",
            "version",
            "judgement",
        )


class EmergencyPurchaseViewSet(ListModelMixin, RetrieveModelMixin, ActorViewSet):
    """What institutions bought off the platform in emergencies."""

    scopes = ("institution",)
    serializer_class = EmergencyPurchaseSerializer
    queryset = EmergencyPurchase.objects.all()
    filterset_fields = ("status", "is_late")
    lookup_value_regex = "[0-9]{1,18}"
    ordering: tuple[str, ...] = ("-filed_at", "-id")

    def get_queryset(self) -> QuerySet[EmergencyPurchase]:
        return EmergencyPurchase.objects.visible_to(self.actor).select_related("institution", "supplier", "product")

    @extend_schema(request=NewEmergencyPurchaseSerializer, responses={201: EmergencyPurchaseSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Tell of a purchase of one's own institution; what comes late is recorded as late."""
        body = self.read_body(NewEmergencyPurchaseSerializer)
        purchase = file_emergency_purchase(
            supplier_code=body["supplier"],
            product_code=body["product"],
            units=body["units"],
            price=body["price"],
            bought_on=body["bought_on"],
            reason=body["reason"],
            actor=self.actor,
            at=timezone.now(),
        )
        return self.answer(purchase.pk, status=201)
