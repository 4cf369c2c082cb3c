"""Holding an offer that is made in clear, or at the table, against the ceiling of its lot and the guide price."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal, localcontext

from catalog.errors import CeilingExceeded, NoGuidePrice, StrengthNotComparable
from catalog.foundation.errors import DomainError
from catalog.foundation.money import round_half_up
from catalog.models import Presentation, Product, Region
from catalog.queries import guide_prices
from catalog.rules.price_ratio import ratio
from procurement.errors import OfferAboveCeiling, TooFarAboveLowest
from procurement.models import Lot
from procurement.queries.price_alarms import suspended_offer
from procurement.rules.comparison import EXACT, comparable_price

# As many decimals as a bid keeps of its price ratio.
KEPT_RATIO = Decimal("1E-30")


def price_ratio_to(lot: Lot, offered: Presentation) -> Decimal:
    """What a unit of the offered strength costs against one of the lot's, by the tender's price-ratio rules.

    Raises:
        StrengthNotComparable
    """
    own, reference = offered.content, lot.presentation.content
    if own == reference:
        return Decimal(1)
    try:
        if own is None or reference is None:
            raise ValueError
        quantity_ratio = own.ratio_to(reference)
    except ValueError:
        raise StrengthNotComparable(one=offered.strength, other=lot.presentation.strength) from None
    base = Decimal(lot.tender.rule_set.parameters["strength_base"])
    with localcontext(EXACT):
        return ratio(quantity_ratio, base).quantize(KEPT_RATIO)


def beyond_limits(lot: Lot, product: Product, price_ratio: Decimal, price: Decimal, on: date) -> list[DomainError]:
    """What stands against a price per pack: the lot's ceiling, and the guide price of the day. Nothing if it may be."""
    broken: list[DomainError] = []
    comparable = comparable_price(price, product.pack_quantity, price_ratio)
    if comparable > lot.ceiling_price:
        broken.append(
            OfferAboveCeiling(
                price=price,
                product=product,
                comparable=comparable,
                lot=lot.number,
                ceiling=lot.ceiling_price,
                pointer="/offer_price",
            )
        )
    guide = guide_prices({product}, on).get(product.pk)
    if guide is None:
        broken.append(NoGuidePrice(product=product, on=on, pointer="/offer_price"))
    elif price > guide.price:
        broken.append(CeilingExceeded(price=price, product=product, ceiling=guide.price, pointer="/offer_price"))
    return broken


def price_alarms_of(product: Product, price: Decimal, province_ids: Collection[str], on: date) -> list[DomainError]:
    """In which of the provinces a product that is listed at this price per pack could not be traded at all."""
    provinces = Region.objects.filter(pk__in=province_ids).order_by("pk")
    graded = [(province, suspended_offer(product, price, province.pk, on)) for province in provinces]
    return [
        TooFarAboveLowest(
            product=product,
            price=price,
            multiple=f"{round_half_up(found.multiple):f}",
            lowest=found.lowest_price,
            province=province,
            pointer="/offer_price",
        )
        for province, found in graded
        if found is not None
    ]
