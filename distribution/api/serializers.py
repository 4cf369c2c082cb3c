from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from distribution.models import (
    RetailFinding,
    RetailReport,
)


class ReasonSerializer(serializers.Serializer[Any]):
    """Why, in words."""

    reason = serializers.CharField(max_length=300)


class OptionalReasonSerializer(serializers.Serializer[Any]):
    """Why, in words, where one is given."""

    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


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
