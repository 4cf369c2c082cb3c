"""Prices in force that a later decision has left above their ceiling."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db.models import Max

from catalog.models import ProcurementPrice, Product
from catalog.queries.ceilings import Ceiling, guide_prices


def ceilings_of(prices: Collection[ProcurementPrice], on: date) -> dict[int, Ceiling]:
    """The ceiling of the day per product id, for prices with their products."""
    return guide_prices(list({price.product_id: price.product for price in prices}.values()), on)


def prices_above_ceiling(on: date, province_id: str = "") -> list[int]:
    """The ids of the procurement prices that hold on the day and are above the ceiling of that day.

    The price was within the ceiling of its own first day; what holds now may be lower. A product without any ceiling on
    the day is left out.
    """
    holding = ProcurementPrice.objects.in_force(on)
    if province_id:
        holding = holding.filter(province=province_id)
    highest: dict[int, Decimal] = dict(
        holding.order_by().values_list("product").annotate(highest=Max("price")).values_list("product", "highest")
    )
    ceilings = guide_prices(list(Product.objects.filter(pk__in=highest)), on)
    broken = {pk: ceiling.price for pk, ceiling in ceilings.items() if highest[pk] > ceiling.price}
    rows = holding.filter(product__in=broken).values_list("pk", "product", "price")
    return [pk for pk, product_id, price in rows if price > broken[product_id]]
