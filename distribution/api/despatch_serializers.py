"""What despatches, receipts, returns and holds look like over the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from distribution.models import Despatch, DespatchLine, GoodsReturn, LotHold, Receipt
from distribution.queries.told_checks import told_checks
from distribution.querysets import DespatchQuerySet
from distribution.rules.cold_chain import Reading
from distribution.services.found_lots import Received
from distribution.services.sent_lots import Sent
from distribution.states import GOODS_HOLDS, RejectionReason, Remedy

MOST_CODES = 5000
MOST_READINGS = 5000


class CodesField(serializers.ListField):
    """Scanned codes, each of one pack."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            child=serializers.CharField(max_length=200, trim_whitespace=False),
            max_length=MOST_CODES,
            required=False,
            default=list,
            help_text="GS1 element strings or codes of 20 digits.",
            **options,
        )


class ReadingSerializer(serializers.Serializer[Any]):
    taken_at = serializers.DateTimeField()
    celsius = serializers.DecimalField(max_digits=5, decimal_places=2)


class NewReadingsSerializer(serializers.Serializer[Any]):
    device = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    readings = ReadingSerializer(many=True, max_length=MOST_READINGS)


class SentSerializer(serializers.Serializer[Any]):
    """Lot number, last day of use and packs may be left out where the codes say them."""

    line = serializers.IntegerField(min_value=1)
    lot_number = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    expires_on = serializers.DateField(required=False, default=None, allow_null=True, help_text="The last day of use.")
    made_on = serializers.DateField(required=False, default=None, allow_null=True)
    packs = serializers.IntegerField(max_value=10**9, required=False, default=None, allow_null=True)
    codes = CodesField()


class NewDespatchSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField(max_length=64, help_text="The number of the delivery note.")
    carrier = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    expected_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    device = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    readings = ReadingSerializer(many=True, max_length=MOST_READINGS, required=False, default=list)
    lines = SentSerializer(many=True, max_length=1000)


def read_advice(body: dict[str, Any]) -> dict[str, Any]:
    """The arguments of ``advise_despatch`` in a body."""
    return {
        **{name: body[name] for name in ("reference", "carrier", "expected_at", "device")},
        "readings": read_readings(body),
        "sent": [
            Sent(
                line_id=line["line"],
                lot_number=line["lot_number"],
                expires_on=line["expires_on"],
                packs=line["packs"],
                made_on=line["made_on"],
                codes=line["codes"],
            )
            for line in body["lines"]
        ],
    }


def read_readings(body: dict[str, Any]) -> list[Reading]:
    """The readings of a cold-chain log in a body."""
    return [Reading(reading["taken_at"], Decimal(reading["celsius"])) for reading in body["readings"]]


class DespatchLineSerializer(serializers.ModelSerializer[DespatchLine]):
    order_line = serializers.IntegerField(source="order_line_id")
    product = serializers.CharField(source="order_line.product.code")

    class Meta:
        model = DespatchLine
        fields = (
            "id",
            "order_line",
            "product",
            "lot_number",
            "expires_on",
            "made_on",
            "packs",
            "accepted_packs",
            "rejected_packs",
            "missing_packs",
            "returned_packs",
        )


class DespatchSerializer(serializers.ModelSerializer[Despatch]):
    order = serializers.CharField(source="order.number")
    lines = DespatchLineSerializer(many=True)

    class Meta:
        model = Despatch
        fields = (
            "id",
            "order",
            "reference",
            "status",
            "version",
            "carrier",
            "despatched_at",
            "expected_at",
            "lines",
        )


def with_despatch_lines(despatches: DespatchQuerySet) -> DespatchQuerySet:
    """With all that their shape needs."""
    return despatches.select_related("order").prefetch_related("lines__order_line__product")


class DespatchCodeSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(source="despatch_line_id")
    code = serializers.CharField()
    is_active = serializers.BooleanField(help_text="Whether the pack is where it was sent to.")


class ReceivedSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1)
    accepted = serializers.IntegerField(max_value=10**9)
    rejected = serializers.IntegerField(max_value=10**9, required=False, default=0)
    surplus = serializers.IntegerField(
        max_value=10**9, required=False, default=0, help_text="What came beyond what was sent; it goes back."
    )
    reason = serializers.ChoiceField(choices=RejectionReason.choices, required=False, default="", allow_blank=True)
    remark = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    lot_found = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    product_found = serializers.CharField(max_length=32, required=False, default="", allow_blank=True)
    codes = CodesField()


class NewReceiptSerializer(serializers.Serializer[Any]):
    arrived_at = serializers.DateTimeField(
        required=False, default=None, allow_null=True, help_text="Where the goods came before they were received."
    )
    lines = ReceivedSerializer(many=True, max_length=1000)


def read_received(body: dict[str, Any]) -> list[Received]:
    """What was found, line by line."""
    return [Received(line_id=line.pop("line"), **line) for line in body["lines"]]


class CheckSerializer(serializers.Serializer[Any]):
    """A point of the checklist: the rule, where it is written, what was compared, and whether it lets pass."""

    rule = serializers.CharField()
    source = serializers.CharField()
    gate = serializers.ChoiceField(choices=["hard", "warning"])
    passed = serializers.BooleanField()
    line = serializers.IntegerField(allow_null=True)
    sentence = serializers.CharField()
    values = serializers.JSONField()


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    despatch = DespatchSerializer()
    checks = serializers.SerializerMethodField()

    class Meta:
        model = Receipt
        fields = ("id", "received_at", "arrived_at", "checks", "despatch")

    def get_checks(self, receipt: Receipt) -> list[dict[str, Any]]:
        """The whole checklist, passed or not."""
        return [dict(row) for row in CheckSerializer(told_checks(receipt.checks), many=True).data]


class NewReturnSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1, help_text="The line of the despatch.")
    packs = serializers.IntegerField(max_value=10**9)
    reason = serializers.ChoiceField(choices=RejectionReason.choices)
    remedy = serializers.ChoiceField(choices=Remedy.choices)
    remark = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class HandOverSerializer(serializers.Serializer[Any]):
    codes = CodesField()


class ReturnSerializer(serializers.ModelSerializer[GoodsReturn]):
    order = serializers.CharField(source="despatch_line.despatch.order.number")
    line = serializers.IntegerField(source="despatch_line_id")
    product = serializers.CharField(source="despatch_line.order_line.product.code")
    lot_number = serializers.CharField(source="despatch_line.lot_number")

    class Meta:
        model = GoodsReturn
        fields = (
            "id",
            "number",
            "status",
            "version",
            "order",
            "line",
            "product",
            "lot_number",
            "packs",
            "reason",
            "remark",
            "remedy",
            "status_reason",
            "requested_at",
            "returned_at",
        )


class NewHoldSerializer(serializers.Serializer[Any]):
    product = serializers.CharField(max_length=32, help_text="Its code.")
    lot_number = serializers.CharField(
        max_length=20, required=False, default="", allow_blank=True, help_text="Empty for the whole product."
    )
    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in GOODS_HOLDS])
    reason = serializers.CharField(max_length=300)
    source = serializers.CharField(max_length=300, help_text="The notice that says so.")


class HoldSerializer(serializers.ModelSerializer[LotHold]):
    product = serializers.CharField(source="product.code")

    class Meta:
        model = LotHold
        fields = (
            "id",
            "product",
            "lot_number",
            "kind",
            "province",
            "reason",
            "source",
            "held_at",
            "lifted_at",
            "lift_reason",
        )
