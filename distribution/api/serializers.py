from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from catalog.api.serializers import ProductSerializer
from distribution.models import (
    Despatch,
    DespatchLine,
    Entrustment,
    Order,
    OrderLine,
    Receipt,
    Requisition,
    RequisitionLine,
    RetailFinding,
    RetailReport,
)
from distribution.querysets import DespatchQuerySet
from distribution.states import RejectionReason
from procurement.models import AgreementLine


class OrderableLineSerializer(serializers.ModelSerializer[AgreementLine]):
    """What the institution may order today: yuan per pack, units of the agreed volume that remain."""

    product = ProductSerializer()
    supplier = serializers.CharField(source="agreement.supplier.name")
    remaining = serializers.IntegerField()

    class Meta:
        model = AgreementLine
        fields = ("id", "product", "supplier", "price", "agreed_quantity", "remaining")


class WantedSerializer(serializers.Serializer[Any]):
    agreement_line = serializers.IntegerField(min_value=1)
    packs = serializers.IntegerField(max_value=10**9)


class NewRequisitionSerializer(serializers.Serializer[Any]):
    lines = WantedSerializer(many=True, max_length=1000)


class RequisitionLineSerializer(serializers.ModelSerializer[RequisitionLine]):
    product = serializers.CharField(source="agreement_line.product.code")

    class Meta:
        model = RequisitionLine
        fields = ("agreement_line", "product", "packs", "price", "outcome", "outcome_reason")


class RequisitionSerializer(serializers.ModelSerializer[Requisition]):
    lines = RequisitionLineSerializer(many=True)

    class Meta:
        model = Requisition
        fields = ("id", "number", "status", "version", "submitted_at", "approved_at", "lines")


class OrderLineSerializer(serializers.ModelSerializer[OrderLine]):
    product = serializers.CharField(source="product.code")
    name = serializers.CharField(source="product.presentation")

    class Meta:
        model = OrderLine
        fields = (
            "id",
            "product",
            "name",
            "packs",
            "price",
            "confirmed_packs",
            "despatched_packs",
            "answer_reason",
        )


class OrderSerializer(serializers.ModelSerializer[Order]):
    institution = serializers.CharField(source="institution.code")
    institution_name = serializers.CharField(source="institution.name")
    supplier = serializers.CharField(source="supplier.code")
    distributor = serializers.CharField(source="distributor.code", allow_null=True, default=None)
    lines = OrderLineSerializer(many=True)

    class Meta:
        model = Order
        fields = (
            "id",
            "number",
            "status",
            "version",
            "institution",
            "institution_name",
            "supplier",
            "distributor",
            "placed_at",
            "lines",
        )


class LineAnswerSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1)
    packs = serializers.IntegerField(min_value=0, max_value=10**9)
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class ConfirmationSerializer(serializers.Serializer[Any]):
    lines = LineAnswerSerializer(many=True, max_length=1000)


class RefusalSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class SentSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1)
    lot_number = serializers.CharField(max_length=20)
    expires_on = serializers.DateField(help_text="The last day of use.")
    packs = serializers.IntegerField(max_value=10**9)


class NewDespatchSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField(max_length=64, help_text="The number of the delivery note.")
    lines = SentSerializer(many=True, max_length=1000)


class DespatchLineSerializer(serializers.ModelSerializer[DespatchLine]):
    product = serializers.CharField(source="order_line.product.code")

    class Meta:
        model = DespatchLine
        fields = ("id", "product", "lot_number", "expires_on", "packs", "accepted_packs", "rejected_packs")


class DespatchSerializer(serializers.ModelSerializer[Despatch]):
    order = serializers.CharField(source="order.number")
    lines = DespatchLineSerializer(many=True)

    class Meta:
        model = Despatch
        fields = ("id", "order", "reference", "status", "version", "despatched_at", "lines")


def with_despatch_lines(despatches: DespatchQuerySet) -> DespatchQuerySet:
    """With all that their shape needs."""
    return despatches.select_related("order").prefetch_related("lines__order_line__product")


class ReceivedSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1)
    accepted = serializers.IntegerField(max_value=10**9)
    rejected = serializers.IntegerField(max_value=10**9, required=False, default=0)
    reason = serializers.ChoiceField(choices=RejectionReason.choices, required=False, default="", allow_blank=True)
    remark = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class NewReceiptSerializer(serializers.Serializer[Any]):
    lines = ReceivedSerializer(many=True, max_length=1000)


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    despatch = DespatchSerializer()

    class Meta:
        model = Receipt
        fields = ("id", "received_at", "despatch")


class ReportedPriceSerializer(serializers.Serializer[Any]):
    product = serializers.CharField(max_length=32)
    price = serializers.DecimalField(
        max_digits=16, decimal_places=4, min_value=Decimal("0.0001"), help_text="Yuan per pack."
    )
    observed_on = serializers.DateField()


class NewRetailReportSerializer(serializers.Serializer[Any]):
    prices = ReportedPriceSerializer(many=True, allow_empty=False, max_length=5000)


class RetailFindingSerializer(serializers.ModelSerializer[RetailFinding]):
    product = serializers.CharField(source="retail_price.product.code")

    class Meta:
        model = RetailFinding
        fields = ("product", "verdict", "limit", "evidence")


class RetailReportSerializer(serializers.ModelSerializer[RetailReport]):
    findings = serializers.SerializerMethodField()

    class Meta:
        model = RetailReport
        fields = ("id", "status", "reported_at", "checked_at", "findings")

    def get_findings(self, report: RetailReport) -> list[dict[str, Any]]:
        """The prices that break a rule."""
        return [
            dict(RetailFindingSerializer(finding).data)
            for price in report.prices.all()
            for finding in price.findings.all()
        ]


class NewEntrustmentSerializer(serializers.Serializer[Any]):
    distributor = serializers.CharField(max_length=32)
    region = serializers.RegexField(r"^\d{6}$")
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(help_text="The first day on which it no longer holds.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The term has an end after its beginning."""
        if attrs["valid_until"] <= attrs["valid_from"]:
            raise serializers.ValidationError({"valid_until": "must lie after valid_from"})
        return attrs


class EntrustmentSerializer(serializers.ModelSerializer[Entrustment]):
    supplier = serializers.CharField(source="supplier.code")
    distributor = serializers.CharField(source="distributor.code")
    valid_from = serializers.DateField(source="validity.lower")
    valid_until = serializers.DateField(source="validity.upper", allow_null=True)

    class Meta:
        model = Entrustment
        fields = ("id", "supplier", "distributor", "region", "valid_from", "valid_until")
