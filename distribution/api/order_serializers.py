"""The shapes of orders and of what is said about them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.states import Storage
from distribution.models import OrderNotice
from distribution.states import SUPPLIER_REASONS, AnswerReason, OrderStatus, Urgency

REASONS = [(reason.value, reason.label) for reason in SUPPLIER_REASONS]


class OrderLineSerializer(serializers.Serializer[Any]):
    """Packs of one product, counted from the order to the shelf; ``closed_packs`` will not come any more."""

    id = serializers.IntegerField()
    product = serializers.CharField()
    name = serializers.CharField()
    packs = serializers.IntegerField()
    price = serializers.DecimalField(max_digits=18, decimal_places=4, help_text="Yuan per pack.")
    confirmed_packs = serializers.IntegerField()
    closed_packs = serializers.IntegerField()
    despatched_packs = serializers.IntegerField(help_text="Under way or accepted.")
    accepted_packs = serializers.IntegerField()
    returned_packs = serializers.IntegerField()
    promised_on = serializers.DateField(allow_null=True)
    answer_code = serializers.ChoiceField(choices=AnswerReason.choices, allow_blank=True)
    answer_reason = serializers.CharField(allow_blank=True)


class OrderSerializer(serializers.Serializer[Any]):
    """A call-off from an agreed volume; ``distribution.queries.order_json`` writes it."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    status_reason = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()
    institution = serializers.CharField(help_text="Who orders and pays.")
    institution_name = serializers.CharField()
    county = serializers.CharField()
    recipient = serializers.CharField(allow_null=True, help_text="The village clinic that it orders for.")
    supplier = serializers.CharField()
    distributor = serializers.CharField(allow_null=True)
    storage = serializers.ChoiceField(choices=Storage.choices)
    urgency = serializers.ChoiceField(choices=Urgency.choices)
    replaces = serializers.IntegerField(allow_null=True, help_text="The order that this one stands in for.")
    placed_at = serializers.DateTimeField()
    answer_due_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    escalated_at = serializers.DateTimeField(allow_null=True)
    deliver_by = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    lines = OrderLineSerializer(many=True)


class LineAnswerSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1)
    packs = serializers.IntegerField(min_value=0, max_value=10**9)
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    code = serializers.ChoiceField(
        choices=REASONS, required=False, default="", allow_blank=True, help_text="Why not all; “other” needs words."
    )
    promised_on = serializers.DateField(
        required=False, default=None, allow_null=True, help_text="Without it, the last day of the order's time."
    )


class ConfirmationSerializer(serializers.Serializer[Any]):
    lines = LineAnswerSerializer(many=True, max_length=1000)


class RefusalSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    code = serializers.ChoiceField(choices=REASONS, required=False, default="", allow_blank=True)


class AmendedLineSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1)
    packs = serializers.IntegerField(max_value=10**9, help_text="Instead of what was ordered; 0 drops the line.")


class AmendmentSerializer(serializers.Serializer[Any]):
    lines = AmendedLineSerializer(many=True, max_length=1000)


class CancellationSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class ClosingSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    code = serializers.ChoiceField(
        choices=REASONS, required=False, default="", allow_blank=True, help_text="For suppliers: what kind of reason."
    )
    failed = serializers.BooleanField(
        required=False, default=False, help_text="For institutions: the supplier did not deliver."
    )


class OrderNoticeSerializer(serializers.ModelSerializer[OrderNotice]):
    """What an organization is told; ``facts`` are the values that the kind of notice has."""

    text = serializers.CharField(source="get_kind_display")

    class Meta:
        model = OrderNotice
        fields = ("id", "kind", "text", "order", "requisition", "facts", "created_at", "read_at")
