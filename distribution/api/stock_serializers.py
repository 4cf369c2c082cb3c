"""The shapes of stock, transfers and the reserve."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from distribution.models import ReservePlan, ReserveRelease, StockCount, StockCountLine, StockLot, StockTransfer
from distribution.queries.reserve import ReserveStanding
from distribution.queries.stock import Position
from distribution.services.issues import IssuedLot
from distribution.states import StockWarning

MOST_UNITS = 10**12
LINES = 1000


class StockLotSerializer(serializers.ModelSerializer[StockLot]):
    """Smallest units of a lot at whoever keeps it; ``plan`` where it lies for the reserve."""

    holder = serializers.CharField(source="holder.code")
    product = serializers.CharField(source="product.code")
    warning = serializers.CharField(help_text="“expired”, “held”, “near_expiry” or nothing.")

    class Meta:
        model = StockLot
        fields = ("id", "holder", "product", "lot_number", "expires_on", "plan", "units", "warning")


class PositionSerializer(serializers.Serializer[Position]):
    """What there is of a product: all units, those that may be issued, and the units used per month."""

    product = serializers.CharField(source="product.code")
    name = serializers.CharField(source="product")
    units = serializers.IntegerField()
    usable = serializers.IntegerField()
    monthly_use = serializers.DecimalField(max_digits=18, decimal_places=1)
    first_expiry = serializers.DateField(allow_null=True)
    warnings = serializers.ListField(child=serializers.ChoiceField(choices=StockWarning.choices))


class PositionsSerializer(serializers.Serializer[Any]):
    positions = PositionSerializer(many=True)


class WishSerializer(serializers.Serializer[Any]):
    product = serializers.CharField(max_length=32)
    units = serializers.IntegerField(max_value=MOST_UNITS)
    lot_number = serializers.CharField(
        max_length=20, required=False, default="", allow_blank=True, help_text="Of the pack that was scanned."
    )


class NewIssueSerializer(serializers.Serializer[Any]):
    lines = WishSerializer(many=True, max_length=LINES)


class IssuedLotSerializer(serializers.Serializer[IssuedLot]):
    lot = serializers.IntegerField(source="lot.pk")
    product = serializers.CharField(source="lot.product.code")
    lot_number = serializers.CharField(source="lot.lot_number")
    expires_on = serializers.DateField(source="lot.expires_on")
    units = serializers.IntegerField()
    warning = serializers.CharField()


class IssueSerializer(serializers.Serializer[Any]):
    lines = IssuedLotSerializer(many=True)


class OpeningLotSerializer(serializers.Serializer[Any]):
    product = serializers.CharField(max_length=32)
    lot_number = serializers.CharField(max_length=20)
    expires_on = serializers.DateField(help_text="The last day of use.")
    units = serializers.IntegerField(max_value=MOST_UNITS)


class NewOpeningSerializer(serializers.Serializer[Any]):
    lines = OpeningLotSerializer(many=True, max_length=LINES)


class LotsSerializer(serializers.Serializer[Any]):
    lots = StockLotSerializer(many=True)


class WrittenOffSerializer(serializers.Serializer[Any]):
    lot = serializers.IntegerField(min_value=1)
    units = serializers.IntegerField(max_value=MOST_UNITS)


class NewWriteOffSerializer(serializers.Serializer[Any]):
    lines = WrittenOffSerializer(many=True, max_length=LINES)
    reason = serializers.CharField(max_length=300)


class FoundSerializer(serializers.Serializer[Any]):
    lot = serializers.IntegerField(min_value=1)
    units = serializers.IntegerField(min_value=0, max_value=MOST_UNITS)
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    seen = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="What the ledger said when the counting began."
    )


class NewCountSerializer(serializers.Serializer[Any]):
    lines = FoundSerializer(many=True, max_length=LINES)


class CountLineSerializer(serializers.ModelSerializer[StockCountLine]):
    product = serializers.CharField(source="lot.product.code")
    lot_number = serializers.CharField(source="lot.lot_number")

    class Meta:
        model = StockCountLine
        fields = ("lot", "product", "lot_number", "expected_units", "found_units", "reason")


class CountSerializer(serializers.ModelSerializer[StockCount]):
    institution = serializers.CharField(source="institution.code")
    lines = CountLineSerializer(many=True)

    class Meta:
        model = StockCount
        fields = ("id", "institution", "counted_at", "lines")


class NewTransferSerializer(serializers.Serializer[Any]):
    lot = serializers.IntegerField(min_value=1)
    taker = serializers.CharField(max_length=32)
    units = serializers.IntegerField(max_value=MOST_UNITS)
    reason = serializers.CharField(max_length=300)


class TransferSerializer(serializers.ModelSerializer[StockTransfer]):
    giver = serializers.CharField(source="giver.code")
    taker = serializers.CharField(source="taker.code")
    product = serializers.CharField(source="lot.product.code")
    lot_number = serializers.CharField(source="lot.lot_number")
    expires_on = serializers.DateField(source="lot.expires_on")

    class Meta:
        model = StockTransfer
        fields = (
            "id",
            "number",
            "status",
            "version",
            "giver",
            "taker",
            "product",
            "lot_number",
            "expires_on",
            "units",
            "reason",
            "status_reason",
            "proposed_at",
            "sent_at",
            "received_at",
        )


class StandingSerializer(serializers.Serializer[ReserveStanding]):
    """Units that are there and that may be used, the floor, and the ids of the lots that are due for rotation."""

    units = serializers.IntegerField()
    usable = serializers.IntegerField()
    floor = serializers.IntegerField()
    is_below_floor = serializers.BooleanField()
    due_lots = serializers.SerializerMethodField()

    def get_due_lots(self, standing: ReserveStanding) -> list[int]:
        """Those to be rotated out."""
        return [lot.pk for lot in standing.due_lots]


class ReservePlanSerializer(serializers.ModelSerializer[ReservePlan]):
    product = serializers.CharField(source="product.code")
    holder = serializers.CharField(source="holder.code")
    valid_from = serializers.DateField(source="validity.lower")
    valid_until = serializers.DateField(source="validity.upper", allow_null=True)
    standing = StandingSerializer()

    class Meta:
        model = ReservePlan
        fields = (
            "id",
            "province",
            "product",
            "holder",
            "units",
            "valid_from",
            "valid_until",
            "authority",
            "standing",
        )


class FreshLotSerializer(serializers.Serializer[Any]):
    lot_number = serializers.CharField(max_length=20)
    expires_on = serializers.DateField(help_text="The last day of use.")
    units = serializers.IntegerField(max_value=MOST_UNITS)


class NewFillSerializer(serializers.Serializer[Any]):
    fresh = FreshLotSerializer(many=True, max_length=LINES)


class NewRotationSerializer(serializers.Serializer[Any]):
    lots = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=LINES, help_text="Ids of lots that are due."
    )
    fresh = FreshLotSerializer(many=True, max_length=LINES)


class ReserveReleaseSerializer(serializers.ModelSerializer[ReserveRelease]):
    recipient = serializers.CharField(source="recipient.code")

    class Meta:
        model = ReserveRelease
        fields = (
            "id",
            "number",
            "plan",
            "recipient",
            "units",
            "authority",
            "reason",
            "status",
            "version",
            "status_reason",
            "ordered_at",
            "issued_at",
            "refill_due_on",
            "refilled_units",
        )
