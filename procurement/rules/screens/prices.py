"""Screens on the prices of one lot: uniform, identical, regularly spaced, too far from or too near the lowest."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from itertools import pairwise

from procurement.rules.screens.flags import Flag, Kind, OpenedBid, ScreenLimits

PRECISION = 28
FIGURE = Decimal("0.0001")


def screen_prices(
    lot: int, bids: Sequence[OpenedBid], *, ceiling: Decimal | None, limits: ScreenLimits
) -> Iterator[Flag]:
    """Look at the prices of one lot, one of each supplier."""
    with localcontext(prec=PRECISION):
        ordered = sorted(bids, key=lambda bid: (bid.price, bid.supplier, bid.bid))
        yield from _identical(lot, ordered, ceiling, limits)
        if len(ordered) >= limits.least_prices:
            yield from _uniform(lot, ordered, limits)
            yield from _regular(lot, _one_per_price(ordered), limits)
        if len(ordered) > limits.least_losers:
            yield from _distances(lot, ordered, limits)


def _identical(lot: int, ordered: list[OpenedBid], ceiling: Decimal | None, limits: ScreenLimits) -> Iterator[Flag]:
    by_price: dict[Decimal, list[OpenedBid]] = defaultdict(list)
    for bid in ordered:
        by_price[bid.price].append(bid)
    for price, same in by_price.items():
        # The ceiling is public: who bids it needs nobody to tell them.
        if len(same) < 2 or price == ceiling:
            continue
        chance = _chance_of_a_tie(len(same), ordered, max(bid.step for bid in same))
        if chance <= limits.chance:
            yield _flag(Kind.IDENTICAL_PRICES, lot, same, price=price, bidders=len(ordered), chance=_figure(chance))


def _chance_of_a_tie(size: int, ordered: Sequence[OpenedBid], step: Decimal) -> Decimal:
    """Return the most probable that so many prices of a lot are the same, were they spread evenly over its range."""
    lowest, highest = ordered[0].price, ordered[-1].price
    same_step = step / (highest - lowest or highest)
    return min(math.comb(len(ordered), size) * same_step ** (size - 1), Decimal(1))


def _uniform(lot: int, ordered: list[OpenedBid], limits: ScreenLimits) -> Iterator[Flag]:
    variation = _variation([bid.price for bid in ordered])
    if variation < limits.variation:
        yield _flag(
            Kind.LOW_VARIANCE,
            lot,
            ordered,
            variation=_figure(variation),
            limit=limits.variation,
            mean=_figure(statistics.mean(bid.price for bid in ordered)),
        )


def _distances(lot: int, ordered: list[OpenedBid], limits: ScreenLimits) -> Iterator[Flag]:
    lowest, second, *_ = (bid.price for bid in ordered)
    losing = [bid.price for bid in ordered[1:]]
    mean_gap = (losing[-1] - losing[0]) / (len(losing) - 1)
    # Losers with one price are identical; no distance is measured in theirs.
    if not mean_gap:
        return
    distance, variation = (second - lowest) / mean_gap, _variation(losing)
    figures = {"lowest": lowest, "second": second, "mean_gap": _figure(mean_gap), "distance": _figure(distance)}
    if distance >= limits.cover_distance and variation <= limits.cover_variation:
        losers = _figure(variation)
        yield _flag(Kind.COVER_BIDS, lot, ordered, **figures, limit=limits.cover_distance, losers_variation=losers)
    elif 0 < distance <= limits.close_distance:
        yield _flag(Kind.CLOSE_SECOND, lot, ordered[:2], **figures, limit=limits.close_distance)


def _regular(lot: int, ordered: list[OpenedBid], limits: ScreenLimits) -> Iterator[Flag]:
    least = max(limits.least_prices, math.ceil(len(ordered) * limits.regular_share))
    steps = [after.price - before.price for before, after in pairwise(ordered)]
    measurable = [
        step >= limits.least_steps * max(before.step, after.step)
        for step, (before, after) in zip(steps, pairwise(ordered), strict=True)
    ]
    found = False
    for start, end in _even_runs(steps, measurable, least - 1, limits.regularity):
        found = True
        mean = sum(steps[start:end], Decimal(0)) / (end - start)
        yield _flag(Kind.REGULAR_STEPS, lot, ordered[start : end + 1], step=_figure(mean), prices=end - start + 1)
    if found:
        # Small equal steps are nearly equal ratios too: said once.
        return
    growths = [after.price / before.price - 1 for before, after in pairwise(ordered)]
    for start, end in _even_runs(growths, measurable, least - 1, limits.regularity):
        mean = 1 + sum(growths[start:end], Decimal(0)) / (end - start)
        yield _flag(Kind.REGULAR_RATIOS, lot, ordered[start : end + 1], ratio=_figure(mean), prices=end - start + 1)


def _even_runs(
    gaps: Sequence[Decimal], measurable: Sequence[bool], least: int, tolerance: Decimal
) -> Iterator[tuple[int, int]]:
    """Find the longest stretches of at least so many gaps that differ by the tolerance at most, left to right."""
    start = 0
    while start + least <= len(gaps):
        end = start
        while end < len(gaps) and measurable[end] and _are_even(gaps[start : end + 1], tolerance):
            end += 1
        if end - start >= least:
            yield start, end
            start = end
        else:
            start += 1


def _are_even(gaps: Sequence[Decimal], tolerance: Decimal) -> bool:
    return max(gaps) - min(gaps) <= tolerance * max(gaps)


def _one_per_price(ordered: Sequence[OpenedBid]) -> list[OpenedBid]:
    return list({bid.price: bid for bid in reversed(ordered)}.values())[::-1]


def _variation(prices: Sequence[Decimal]) -> Decimal:
    return statistics.stdev(prices) / statistics.mean(prices)


def _figure(value: Decimal) -> Decimal:
    return value.quantize(FIGURE)


def _flag(kind: Kind, lot: int, bids: Sequence[OpenedBid], **figures: Decimal | int) -> Flag:
    return Flag(
        kind=kind,
        lot=lot,
        bids=tuple(sorted(bid.bid for bid in bids)),
        suppliers=tuple(sorted({bid.supplier for bid in bids})),
        figures={name: str(value) for name, value in figures.items()},
    )
