"""Which of a lot's valid offers may win: figures of the lot, the anchor, and the conditions that let in.

Rounds 3 to 9 and, by their announced results, round 2: any one of three conditions lets in. Newer rounds move the
anchor (11: the mean; 12: the mean less one standard deviation) and leave bids far below the rest without volume (12).
The standard deviation is that of a whole population: the shortlisted offers are all there are, not a sample of them.
No document that is at hand says which one is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from catalog.foundation.money import UNIT_PRICE, round_half_up
from catalog.rules.procedure_rules import Anchor, EntryRule
from procurement.rules.comparison import EXACT

HALF = Decimal("0.5")


class LetInBy(StrEnum):
    """The first condition that an offer meets."""

    MULTIPLE = "multiple"
    CUT = "cut"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class PriceFigures:
    """Sums over the comparable prices of the offers at or under the ceiling, exact; there is at least one."""

    count: int
    lowest: Decimal
    total: Decimal
    squares: Decimal

    @classmethod
    def of(cls, prices: Sequence[Decimal]) -> PriceFigures:
        with localcontext(EXACT):
            return cls(len(prices), min(prices), sum(prices, Decimal(0)), sum((p * p for p in prices), Decimal(0)))

    @property
    def mean(self) -> Decimal:
        """Four decimals half-up, to be shown and to be an anchor; comparisons use the exact sums."""
        with localcontext(EXACT):
            return round_half_up(self.total / self.count, UNIT_PRICE)

    @property
    def deviation(self) -> Decimal:
        """The standard deviation, four decimals half-up, to be shown."""
        with localcontext(EXACT):
            return round_half_up(self._spread().sqrt() / self.count, UNIT_PRICE)

    @property
    def mean_less_deviation(self) -> Decimal:
        """Mean − 1 standard deviation, four decimals half-up."""
        with localcontext(EXACT):
            return round_half_up((self.total - self._spread().sqrt()) / self.count, UNIT_PRICE)

    def is_under_share_of_mean(self, price: Decimal, share: Decimal) -> bool:
        with localcontext(EXACT):
            return self.count * price < share * self.total

    def is_under_mean_less(self, price: Decimal, deviations: Decimal) -> bool:
        """Whether the price is under the mean − so many standard deviations."""
        with localcontext(EXACT):
            short = self.total - self.count * price
            return short > 0 and short * short > deviations * deviations * self._spread()

    def _spread(self) -> Decimal:
        # (count × standard deviation)²
        return self.count * self.squares - self.total * self.total


def anchor_price(figures: PriceFigures, anchor: Anchor) -> Decimal:
    """The price that the entry rule multiplies, in yuan per unit."""
    if anchor == Anchor.MEAN_IF_LOWEST_UNDER_HALF and figures.is_under_share_of_mean(figures.lowest, HALF):
        return figures.mean
    if anchor == Anchor.LOWEST_OR_MEAN_MINUS_SD:
        return max(figures.lowest, figures.mean_less_deviation)
    return figures.lowest


def let_in_by(price: Decimal, *, anchor: Decimal, ceiling: Decimal, rule: EntryRule) -> LetInBy | None:
    """The condition that lets an offer at this comparable price in; none where it stays out."""
    if price <= rule.multiple * anchor:
        return LetInBy.MULTIPLE
    if rule.cut is not None and price <= (1 - rule.cut) * ceiling:
        return LetInBy.CUT
    if rule.floor is not None and price <= rule.floor:
        return LetInBy.FLOOR
    return None
