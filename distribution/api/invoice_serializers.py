from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from distribution.models import DespatchLine, Invoice, InvoiceLine, Payable, Settlement, SettlementLine
from distribution.queries.invoice_evidence import chains_of, differences_of
from distribution.queries.overdue import Grouping
from distribution.states import InvoiceKind


class PriceField(serializers.DecimalField):
    """Yuan per pack."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=18, decimal_places=4, **options)


class YuanField(serializers.DecimalField):
    """Yuan and fen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=18, decimal_places=2, **options)


class BilledSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1, help_text="Line of the order.")
    product = serializers.CharField(
        max_length=32,
        required=False,
        default="",
        help_text="What the invoice names, where that is not what was ordered.",
    )
    lot_number = serializers.CharField(max_length=20)
    packs = serializers.IntegerField(max_value=10**9)
    price = PriceField(help_text="Yuan per pack, as invoiced.")
    amount = YuanField(help_text="Yuan, as invoiced.")


class NewInvoiceSerializer(serializers.Serializer[Any]):
    order = serializers.IntegerField(min_value=1)
    kind = serializers.ChoiceField(InvoiceKind.choices, required=False, default=InvoiceKind.SALE)
    number = serializers.CharField(max_length=40)
    issued_on = serializers.DateField()
    lines = BilledSerializer(many=True, max_length=1000)


class SoldSerializer(serializers.Serializer[Any]):
    product = serializers.CharField(max_length=32)
    lot_number = serializers.CharField(max_length=20)
    packs = serializers.IntegerField(max_value=10**9)
    price = PriceField(help_text="Yuan per pack.")
    amount = YuanField(help_text="Yuan.")


class NewSaleSerializer(serializers.Serializer[Any]):
    number = serializers.CharField(max_length=40)
    seller = serializers.CharField(max_length=32, help_text="Code of the firm.")
    buyer = serializers.CharField(max_length=32, help_text="Code of the firm.")
    issued_on = serializers.DateField()
    lines = SoldSerializer(many=True, max_length=1000)


class InvoiceLineSerializer(serializers.ModelSerializer[InvoiceLine]):
    line = serializers.IntegerField(source="order_line_id", allow_null=True)
    product = serializers.CharField(source="product.code")

    class Meta:
        model = InvoiceLine
        fields = ("line", "product", "lot_number", "packs", "price", "amount")


class DifferenceSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    lot = serializers.CharField()
    kind = serializers.CharField()
    expected = serializers.CharField()
    found = serializers.CharField()
    sentence = serializers.CharField()


class StepSerializer(serializers.Serializer[Any]):
    seller = serializers.CharField()
    buyer = serializers.CharField()
    invoice = serializers.CharField()
    not_counted = serializers.CharField()


class LotChainSerializer(serializers.Serializer[Any]):
    rule = serializers.CharField()
    source = serializers.CharField()
    product = serializers.CharField()
    lot = serializers.CharField()
    verdict = serializers.CharField()
    length = serializers.IntegerField()
    limit = serializers.IntegerField()
    passed = serializers.BooleanField()
    sentence = serializers.CharField()
    steps = StepSerializer(many=True)


class InvoiceSerializer(serializers.ModelSerializer[Invoice]):
    """With the differences and the chain of each lot as the last judgement found them."""

    seller = serializers.CharField(source="seller.code")
    buyer = serializers.CharField(source="buyer.code")
    order = serializers.CharField(source="order.number", allow_null=True, default=None)
    lines = InvoiceLineSerializer(many=True)
    differences = serializers.SerializerMethodField()
    chain = serializers.SerializerMethodField()

    class Meta:
        model = Invoice
        fields = (
            *("id", "number", "kind", "seller", "buyer", "order", "issued_on", "amount", "status", "version"),
            *("status_reason", "filed_at", "matched_at", "payable", "lines", "differences", "chain"),
        )

    def get_differences(self, invoice: Invoice) -> list[dict[str, Any]]:
        """Line by line."""
        return [asdict(difference) for difference in differences_of(invoice)]

    def get_chain(self, invoice: Invoice) -> list[dict[str, Any]]:
        """Lot by lot."""
        return [asdict(chain) for chain in chains_of(invoice)]


class SettlementLineSerializer(serializers.ModelSerializer[SettlementLine]):
    invoice = serializers.CharField(source="payable.invoice.number")
    order = serializers.CharField(source="payable.invoice.order.number")
    despatch = serializers.CharField(source="payable.receipt.despatch.reference")
    received_at = serializers.DateTimeField(source="payable.receipt.received_at")
    product = serializers.CharField(source="payable.invoice_line.product.code")
    lot_number = serializers.CharField(source="payable.invoice_line.lot_number")
    packs = serializers.IntegerField(source="payable.packs")
    due_on = serializers.DateField(source="payable.due_on")

    class Meta:
        model = SettlementLine
        fields = (
            *("invoice", "order", "despatch", "received_at", "product", "lot_number", "packs", "due_on"),
            *("amount", "interest"),
        )


class SettlementSerializer(serializers.ModelSerializer[Settlement]):
    institution = serializers.CharField(source="institution.code")
    payee = serializers.CharField(source="payee.code")
    lines = SettlementLineSerializer(many=True)

    class Meta:
        model = Settlement
        fields = (
            *("id", "number", "province", "institution", "payee", "status", "version", "status_reason"),
            *("amount", "interest", "drawn_at", "paid_on", "payment_reference", "lines"),
        )


class NewSettlementSerializer(serializers.Serializer[Any]):
    institution = serializers.CharField(max_length=32, required=False, default="", help_text="Code; all if left out.")
    payee = serializers.CharField(max_length=32, required=False, default="", help_text="Code; all if left out.")
    due_by = serializers.DateField(required=False, default=None, help_text="What is due by this day; all if left out.")


class DrawnSettlementsSerializer(serializers.Serializer[Any]):
    settlements = SettlementSerializer(many=True)


class PaymentSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField(max_length=64, help_text="The bank's.")
    paid_on = serializers.DateField()


class OverduePayableSerializer(serializers.ModelSerializer[Payable]):
    """One amount that should have been paid; interest until today."""

    invoice = serializers.CharField(source="invoice.number")
    order = serializers.CharField(source="invoice.order.number")
    institution = serializers.CharField(source="invoice.buyer.code")
    payee = serializers.CharField(source="invoice.seller.code")
    province = serializers.CharField(source="invoice.province_id")
    days_overdue = serializers.SerializerMethodField()
    interest = serializers.SerializerMethodField()

    class Meta:
        model = Payable
        fields = (
            *("id", "invoice", "order", "institution", "payee", "province", "amount", "due_on"),
            *("days_overdue", "interest"),
        )

    def get_days_overdue(self, payable: Payable) -> int:
        """Since the last day in time."""
        days: int = (self.context["on"] - payable.due_on).days
        return days

    def get_interest(self, payable: Payable) -> str:
        """Yuan until today."""
        return str(self.context["interest"](payable))


class GroupingSerializer(serializers.Serializer[Any]):
    by = serializers.ChoiceField([(by.value, by.value) for by in Grouping])


class PeriodSerializer(GroupingSerializer):
    since = serializers.DateField()
    until = serializers.DateField(help_text="The first day that is not counted.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The period has days."""
        if attrs["until"] <= attrs["since"]:
            raise serializers.ValidationError({"until": "must lie after since"})
        return attrs


class AgeSerializer(serializers.Serializer[Any]):
    least = serializers.IntegerField(allow_null=True)
    most = serializers.IntegerField(allow_null=True)
    amount = YuanField()


class OverdueGroupSerializer(serializers.Serializer[Any]):
    """Yuan overdue by age in days; the first age is what is not overdue."""

    code = serializers.CharField()
    name = serializers.CharField()
    amount = YuanField()
    interest = YuanField()
    ages = AgeSerializer(many=True)


class OverdueGroupsSerializer(serializers.Serializer[Any]):
    """The groups with the largest amount first, as of the day."""

    by = serializers.CharField()
    on = serializers.DateField()
    groups = OverdueGroupSerializer(many=True)


class PunctualityRowSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    count = serializers.IntegerField()
    on_time = serializers.DecimalField(max_digits=5, decimal_places=4)
    mean_days = serializers.DecimalField(max_digits=8, decimal_places=1)


class PunctualitySerializer(serializers.Serializer[Any]):
    """How many payments of the period there were, the part in time, and the mean days from acceptance."""

    by = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField()
    rows = PunctualityRowSerializer(many=True)


class CreditDueSerializer(serializers.ModelSerializer[DespatchLine]):
    """Packs that were paid and went back, and yuan for which the credit note is missing."""

    order = serializers.CharField(source="despatch.order.number")
    institution = serializers.CharField(source="despatch.order.institution.code")
    supplier = serializers.CharField(source="despatch.order.supplier.code")
    line = serializers.IntegerField(source="order_line_id")
    product = serializers.CharField(source="order_line.product.code")
    paid_packs = serializers.IntegerField()
    credit = YuanField()

    class Meta:
        model = DespatchLine
        fields = (
            *("order", "institution", "supplier", "line", "product", "lot_number", "accepted_packs"),
            *("returned_packs", "paid_packs", "credit"),
        )
