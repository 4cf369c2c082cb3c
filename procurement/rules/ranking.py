"""Comparing offers: unit comparable price, ceiling, ranking, proposal. The lowest valid price wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from catalog.foundation.money import UNIT_PRICE, round_half_up
from catalog.rules.price_ratio import PRECISION, ratio
from catalog.rules.strengths import Strength

# 国办发〔2010〕56号 and the tender documents of each volume-based round: an offer above the ceiling is not valid.
RULE_CEILING = "CN.2010-56.ceiling"
RULE_COMPARABLE = "CN.VBP.unit-comparable-price"


@dataclass(frozen=True, slots=True)
class Offer:
    """An opened bid: yuan per pack, units per pack, content of one unit."""

    bid: int
    offer_price: Decimal
    pack_quantity: int
    strength: Strength | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Assessment:
    """What became of one offer: its place, or why it has none; ``steps`` is the evidence."""

    bid: int
    unit_price: Decimal
    comparable_price: Decimal | None
    verdict: str
    steps: dict[str, str]
    rank: int | None = None
    is_proposed: bool = False
    is_tied: bool = False


VALID = "valid"
OVER_CEILING = "over_ceiling"
NOT_COMPARABLE = "not_comparable"


def assess(
    offers: Sequence[Offer],
    *,
    reference: Strength | None,
    ceiling: Decimal,
    max_winners: int,
    strength_base: Decimal,
) -> list[Assessment]:
    """Judge and rank the offers for one lot.

    The unit comparable price is offer ÷ pack ÷ 1.7^log₂(strength ÷ reference strength), 4 decimals half-up. An offer
    at the ceiling is valid, one above it is set aside. Equal prices rank by the time of receipt; a tie across the last
    winner's place is marked, for an officer to look at.
    """
    judged = [_judge(offer, reference=reference, ceiling=ceiling, strength_base=strength_base) for offer in offers]
    received = {offer.bid: offer.received_at for offer in offers}
    valid = sorted(
        (item for item in judged if item.verdict == VALID),
        key=lambda item: (item.comparable_price, received[item.bid], item.bid),
    )
    last = valid[max_winners - 1].comparable_price if len(valid) > max_winners else None
    first_out = valid[max_winners].comparable_price if len(valid) > max_winners else None
    ranked = [
        Assessment(
            bid=item.bid,
            unit_price=item.unit_price,
            comparable_price=item.comparable_price,
            verdict=item.verdict,
            steps=item.steps,
            rank=place,
            is_proposed=place <= max_winners,
            is_tied=last is not None and last == first_out == item.comparable_price,
        )
        for place, item in enumerate(valid, start=1)
    ]
    return ranked + [item for item in judged if item.verdict != VALID]


def _judge(offer: Offer, *, reference: Strength | None, ceiling: Decimal, strength_base: Decimal) -> Assessment:
    with localcontext(PRECISION):
        exact = offer.offer_price / offer.pack_quantity
    unit_price = round_half_up(exact, Decimal("0.000001"))
    steps = {
        "rule": RULE_COMPARABLE,
        "offer_price": str(offer.offer_price),
        "pack_quantity": str(offer.pack_quantity),
        "unit_price": str(unit_price),
        "ceiling": str(ceiling),
    }
    price_ratio = Decimal(1)
    if offer.strength != reference:
        try:
            if offer.strength is None or reference is None:
                raise ValueError
            quantity_ratio = offer.strength.ratio_to(reference)
        except ValueError:
            return Assessment(offer.bid, unit_price, None, NOT_COMPARABLE, steps | {"verdict": NOT_COMPARABLE})
        price_ratio = ratio(quantity_ratio, strength_base)
        steps |= {"quantity_ratio": f"{quantity_ratio:.6f}", "strength_base": str(strength_base)}
    with localcontext(PRECISION):
        comparable = round_half_up(exact / price_ratio, UNIT_PRICE)
    steps |= {"price_ratio": f"{price_ratio:.6f}", "comparable_price": str(comparable)}
    verdict = VALID if comparable <= ceiling else OVER_CEILING
    if verdict == OVER_CEILING:
        steps |= {"rule": RULE_CEILING}
    return Assessment(offer.bid, unit_price, comparable, verdict, steps | {"verdict": verdict})
