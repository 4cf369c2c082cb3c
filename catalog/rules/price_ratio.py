"""The price-ratio rules (发改价格〔2011〕2452号): what a price becomes at another strength."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from catalog.foundation.money import UNIT_PRICE, round_half_up
from catalog.rules.strengths import Strength

# Ratios are never stored rounded; only the final price is.
PRECISION = Context(prec=34)


@dataclass(frozen=True, slots=True)
class CarriedPrice:
    """A price carried from one strength to another, with the steps that an officer can follow."""

    price: Decimal
    steps: dict[str, str]


def ratio(quantity_ratio: Decimal, base: Decimal) -> Decimal:
    """K = base^(log₂X): the price ratio for a quantity ratio X (strength: base 1.7; volume: 1.9; oral pack: 1.95).

    Raises:
        ValueError: X or the base is not positive.
    """
    if quantity_ratio <= 0 or base <= 0:
        raise ValueError("ratios are of positive quantities")
    if quantity_ratio == 1:
        return Decimal(1)
    with localcontext(PRECISION):
        return quantity_ratio ** (base.ln() / Decimal(2).ln())


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
