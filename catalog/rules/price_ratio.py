"""The price-ratio rules (发改价格〔2011〕2452号): what a price becomes at another strength."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from functools import lru_cache

from catalog.foundation.money import UNIT_PRICE, round_half_up
from catalog.rules.strengths import Strength

# Ratios are never stored rounded; only the final price is.
PRECISION = Context(prec=34)
# Logarithms are not exact: without digits to spare 2.50 × 1.7 falls a hair below 4.25, and rounds down.
WORKING = Context(prec=PRECISION.prec + 8)

# The base with which K = X: what is not rebated for its quantity.
PROPORTIONAL = Decimal(2)


@dataclass(frozen=True, slots=True)
class CarriedPrice:
    """A price carried from one strength to another, with the steps that an officer can follow."""

    price: Decimal
    steps: dict[str, str]


@lru_cache(maxsize=4096)
def ratio(quantity_ratio: Decimal, base: Decimal) -> Decimal:
    """K = base^(log₂X): the price ratio for a quantity ratio X, to the 34 digits of ``PRECISION``.

    Strength has the base 1.7, volume 1.9, the pack of oral tablets and capsules 1.95, any other pack ``PROPORTIONAL``.

    Raises:
        ValueError: X or the base is not positive.
    """
    if quantity_ratio <= 0 or base <= 0:
        raise ValueError("ratios are of positive quantities")
    if quantity_ratio == 1:
        return Decimal(1)
    with localcontext(WORKING):
        price_ratio = quantity_ratio ** (base.ln() / Decimal(2).ln())
    return PRECISION.plus(price_ratio)


def carry(price: Decimal, *, source: Strength, target: Strength, strength_base: Decimal) -> CarriedPrice:
    """Carry a price per smallest unit from the source strength to the target strength, 4 decimals half-up.

    Raises:
        ValueError: the strengths are not measured alike.
    """
    quantity_ratio = target.ratio_to(source)
    price_ratio = ratio(quantity_ratio, strength_base)
    with localcontext(PRECISION):
        carried = round_half_up(price * price_ratio, UNIT_PRICE)
    return CarriedPrice(
        price=carried,
        steps={
            "price": str(price),
            "quantity_ratio": f"{quantity_ratio:.6f}",
            "strength_base": str(strength_base),
            "price_ratio": f"{price_ratio:.6f}",
            "carried_price": str(carried),
        },
    )
