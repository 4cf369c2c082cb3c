"""What patients are asked to pay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Aggregate, Count, DecimalField
from django.db.models.functions import TruncMonth

from catalog.models import Product
from distribution.models import RetailPrice


class _Median(Aggregate):
    """The middle value, or half-way between the two in the middle; to four decimals."""

    template = "(percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s))::numeric(18, 4)"
    output_field = DecimalField(max_digits=18, decimal_places=4)


@dataclass(frozen=True, slots=True)
class RetailMedian:
    """The median of the retail prices reported for a calendar month, in yuan per pack, and of how many."""

    month: date
    median: Decimal
    count: int


def retail_medians(product: Product, since: date, until: date, province_id: str = "") -> list[RetailMedian]:
    """The median per month of the prices observed from ``since`` until before ``until``; months without any are absent.

    Of all provinces, or of the institutions of one.
    """
    prices = RetailPrice.objects.filter(product=product, observed_on__gte=since, observed_on__lt=until)
    if province_id:
        prices = prices.filter(report__province=province_id)
    rows = (
        prices.annotate(month=TruncMonth("observed_on"))
        .values("month")
        .annotate(median=_Median("price"), count=Count("pk"))
        .order_by("month")
    )
    return [RetailMedian(**row) for row in rows]
