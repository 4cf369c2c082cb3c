"""What requisitions, and what may be ordered, look like over the API."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from rest_framework import serializers

from catalog.api.serializers import ProductSerializer
from distribution.api.requisition_fields import WantedField
from distribution.models import Requisition, RequisitionLine
from distribution.queries.basket import Orderable
from distribution.services.requisitions import Written
from distribution.states import LineOutcome, Urgency


class FiguresSerializer(serializers.Serializer[Any]):
    stock = serializers.IntegerField(help_text="Units on the shelf that have not expired.")
    monthly_use = serializers.DecimalField(
        max_digits=18, decimal_places=2, help_text="Units issued to patients in a usual month."
    )
    on_the_way = serializers.IntegerField(help_text="Units confirmed and not yet accepted.")
    asked_for = serializers.IntegerField(help_text="Units asked for that no supplier has answered yet.")


class OrderableLineSerializer(serializers.Serializer[Orderable]):
    """What the institution may order today: yuan per pack, units of the agreed volume, and what it has and uses."""

    id = serializers.IntegerField(source="line.pk")
    product = ProductSerializer(source="line.product")
    supplier = serializers.CharField(source="line.agreement.supplier.name")
    price = serializers.DecimalField(source="line.price", max_digits=18, decimal_places=4)
    ceiling = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True)
    agreed_quantity = serializers.IntegerField(source="line.agreed_quantity")
    remaining = serializers.IntegerField(source="line.remaining_quantity")
    remaining_packs = serializers.IntegerField()
    is_essential = serializers.BooleanField()
    has_guideline = serializers.BooleanField(help_text="A guideline or the formulary says how it is used.")
    figures = FiguresSerializer()


class NewRequisitionSerializer(serializers.Serializer[Any]):
    """``submit`` hands it in at once, which takes the volume of all lines, or of none."""

    lines = WantedField()
    submit = serializers.BooleanField(default=False)
    recipient = serializers.CharField(
        max_length=32, default="", allow_blank=True, help_text="The code of the village clinic that it is for."
    )
    urgency = serializers.ChoiceField(choices=Urgency.choices, default=Urgency.ORDINARY)
    urgency_reason = serializers.CharField(max_length=300, default="", allow_blank=True)


class RequisitionLineSerializer(serializers.ModelSerializer[RequisitionLine]):
    product = serializers.CharField(source="agreement_line.product.code")

    class Meta:
        model = RequisitionLine
        fields = ("agreement_line", "product", "packs", "price", "outcome", "outcome_reason")


class RequisitionHeadSerializer(serializers.ModelSerializer[Requisition]):
    recipient = serializers.CharField(source="recipient.code", default="")

    class Meta:
        model = Requisition
        fields = (
            *("id", "number", "status", "version", "recipient", "urgency", "urgency_reason"),
            *("submitted_at", "approved_at"),
        )


class RequisitionSerializer(RequisitionHeadSerializer):
    lines = RequisitionLineSerializer(many=True)

    class Meta(RequisitionHeadSerializer.Meta):
        fields = (*RequisitionHeadSerializer.Meta.fields, "lines")


def shape_of_written(written: Written) -> dict[str, Any]:
    """What ``RequisitionSerializer`` would say of it if it were read from the database again."""
    lines = [
        {
            "agreement_line": item.agreement_line_id,
            "product": (line := written.judged[item.agreement_line_id]).product_code,
            "packs": item.packs,
            "price": str(line.price),
            "outcome": LineOutcome.OPEN.value,
            "outcome_reason": "",
        }
        for item in written.wanted
    ]
    return {**_head().to_representation(written.requisition), "lines": lines}


@cache
def _head() -> RequisitionHeadSerializer:
    # it is made of its model anew every time, which takes longer than what it says
    return RequisitionHeadSerializer()


class SuggestedLineSerializer(serializers.Serializer[Any]):
    """Whole packs to order; ``added`` units are in them beyond what was wanted, ``is_cut`` where no more remains."""

    agreement_line = serializers.IntegerField(source="line.pk")
    product = ProductSerializer(source="line.product")
    supplier = serializers.CharField(source="line.agreement.supplier.name")
    price = serializers.DecimalField(source="line.price", max_digits=18, decimal_places=4)
    packs = serializers.IntegerField(source="rounded.packs")
    units = serializers.IntegerField(source="rounded.units")
    added = serializers.IntegerField(source="rounded.added")
    is_cut = serializers.BooleanField()
    figures = FiguresSerializer()


class SuggestionSerializer(serializers.Serializer[Any]):
    lines = SuggestedLineSerializer(many=True)


class SuggestionQuerySerializer(serializers.Serializer[Any]):
    recipient = serializers.CharField(
        max_length=32, default="", allow_blank=True, help_text="The code of the village clinic that it is for."
    )
    cover_months = serializers.DecimalField(
        max_digits=4,
        decimal_places=2,
        min_value=Decimal("0.01"),
        required=False,
        default=None,
        allow_null=True,
        help_text="Months of use that the stock is to last; by the supply rules where none are said.",
    )


class PastedTextSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(
        max_length=200_000, trim_whitespace=False, help_text="A product and a quantity on each row, as pasted."
    )


class OfferSerializer(serializers.Serializer[Any]):
    agreement_line = serializers.IntegerField(source="line.pk")
    product = ProductSerializer(source="line.product")
    packs = serializers.IntegerField(source="rounded.packs")
    units = serializers.IntegerField(source="rounded.units")
    added = serializers.IntegerField(source="rounded.added")


class ReadingSerializer(serializers.Serializer[Any]):
    """What a row means: one line, several of which one has to be chosen, or none and the problem."""

    row = serializers.IntegerField()
    words = serializers.CharField()
    quantity = serializers.IntegerField(allow_null=True)
    in_units = serializers.BooleanField()
    offers = OfferSerializer(many=True)
    problem = serializers.CharField(allow_blank=True)


class ReadingsSerializer(serializers.Serializer[Any]):
    rows = ReadingSerializer(many=True)
