"""Unit prices, and what makes the offers of different packs and strengths comparable.

Rounding is exact: the quotient is formed once, at more digits than any price ratio has.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal, localcontext

from catalog.foundation.money import FEN, UNIT_PRICE, round_half_up

# 4+7 expansion (2019), art. 11.1, and the tender documents of each volume-based round since.
RULE_COMPARABLE = "CN.VBP.unit-comparable-price"

EXACT = Context(prec=80)
SHOWN_UNIT_PRICE = Decimal("0.000001")
# A stored ratio ends after 30 decimals; without this step 0.00085, a product of 1/1.7 cut off, rounds down.
SNAP = Decimal("1E-16")


def unit_price(offer_price: Decimal, pack_quantity: int) -> Decimal:
    """Yuan per smallest unit, 6 decimals half-up."""
    with localcontext(EXACT):
        return round_half_up(offer_price / pack_quantity, SHOWN_UNIT_PRICE)


def uniform_price(unit: Decimal, pack_quantity: int, price_ratio: Decimal) -> Decimal:
    """What a pack costs at a price per unit of the lot's strength that is given to all: yuan, cut off to whole fen.

    Rounded up it would lie above the price that is given.
    """
    with localcontext(EXACT):
        return (unit * pack_quantity * price_ratio).quantize(FEN, rounding=ROUND_DOWN)


def comparable_price(offer_price: Decimal, pack_quantity: int, price_ratio: Decimal) -> Decimal:
    """Offer ÷ pack ÷ price ratio: yuan per smallest unit at the strength of the lot, 4 decimals half-up."""
    with localcontext(EXACT):
        return round_half_up(round_half_up(offer_price / (pack_quantity * price_ratio), SNAP), UNIT_PRICE)
