"""Price linkage: where a province pays more than others do (挂网价格联动)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Min, QuerySet

from catalog.foundation.money import round_half_up
from catalog.models import ProcurementPrice
from catalog.states import ProductStatus

HUNDREDTH = Decimal("0.01")
OTHERS = "product__procurement_prices"


@dataclass(frozen=True, slots=True)
class LowerElsewhere:
    """A price of the province beside the lowest of another one, in yuan per pack.

    ``price_id`` is the province's own row, ``cheapest_province_id`` the province that pays least, ``province_count``
    how many pay less.
    """

    price_id: int
    product_id: int
    price: Decimal
    lowest: Decimal
    cheapest_province_id: str
    province_count: int

    @property
    def saving(self) -> Decimal:
        """By how much the lowest price is lower, in yuan per pack."""
        return self.price - self.lowest

    @property
    def percent(self) -> Decimal:
        """By how many percent of the own price, to two decimals."""
        return round_half_up(self.saving * 100 / self.price, HUNDREDTH)


def lower_elsewhere(province_id: str, on: date) -> list[LowerElsewhere]:
    """Every trading product that the province pays more for than another one does on the day, the largest saving first.

    One statement, which joins the province's prices with everybody's.
    """
    rows = (
        ProcurementPrice.objects.in_force(on)
        .filter(
            province=province_id,
            product__status=ProductStatus.TRADING,
            **{f"{OTHERS}__validity__contains": on, f"{OTHERS}__price__lt": F("price")},
        )
        .order_by()
        .values_list("pk", "product", "price")
        .annotate(
            lowest=Min(f"{OTHERS}__price"),
            provinces=ArrayAgg(f"{OTHERS}__province", order_by=(f"{OTHERS}__price", f"{OTHERS}__province")),
            province_count=Count(OTHERS),
        )
        .order_by(F("lowest") - F("price"), "product")
    )
    return [
        LowerElsewhere(pk, product_id, price, lowest, provinces[0], count)
        for pk, product_id, price, lowest, provinces, count in rows
    ]


def prices_by_province(product_id: int, on: date) -> QuerySet[ProcurementPrice]:
    """What each province pays for the product on the day, the lowest first."""
    return (
        ProcurementPrice.objects.in_force(on)
        .filter(product=product_id)
        .select_related("province")
        .order_by("price", "province")
    )
