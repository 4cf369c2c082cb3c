"""Scales of a plot: where the ticks stand, and where labels that would overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

# An axis starts at nothing unless all prices lie closer together than this share of the highest.
CLOSE = Decimal("0.4")
NICE = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
DAYS = (1, 2, 7, 14)
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
YEAR = 12


def money_ticks(lowest: Decimal, highest: Decimal, *, most: int = 7) -> list[Decimal]:
    """Round amounts at equal distances, from at most the lowest to at least the highest price; at least two.

    Raises:
        ValueError: the prices are not positive and in order.
    """
    if not 0 < lowest <= highest:
        raise ValueError("the lowest price is positive and not above the highest")
    start = Decimal(0) if highest - lowest > CLOSE * highest else lowest
    # equal prices stand in the middle of a tenth of their height
    padding = highest / 20 if highest == lowest else Decimal(0)
    start, end = max(Decimal(0), start - padding), highest + padding
    step = next(step for step in _steps((end - start) / most) if _count(start, end, step) <= most)
    first = (start / step).to_integral_value(ROUND_FLOOR)
    return [(first + position) * step for position in range(_count(start, end, step))]


def ticks_from_zero(highest: Decimal, *, most: int = 6) -> list[Decimal]:
    """Round amounts at equal distances from nothing to at least the highest, which is not negative."""
    return money_ticks(highest / 1000, highest, most=most) if highest > 0 else [Decimal(0), Decimal(1)]


def log_ticks(lowest: Decimal, highest: Decimal, *, most: int = 9) -> list[Decimal]:
    """1, 2 and 5 times the powers of ten, from at most the lowest to at least the highest amount; at least two.

    The powers of ten alone where that would be more than ``most``.

    Raises:
        ValueError: the amounts are not positive and in order.
    """
    if not 0 < lowest <= highest:
        raise ValueError("the lowest amount is positive and not above the highest")
    powers = range(lowest.adjusted(), highest.adjusted() + 2)
    fine = [factor * Decimal(1).scaleb(power) for power in powers for factor in (Decimal(1), Decimal(2), Decimal(5))]
    first = max(tick for tick in fine if tick <= lowest)
    last = min(tick for tick in fine if tick >= highest and tick > first)
    ticks = [tick for tick in fine if first <= tick <= last]
    return ticks if len(ticks) <= most else _powers_of_ten(lowest, highest)


def _powers_of_ten(lowest: Decimal, highest: Decimal) -> list[Decimal]:
    last = highest.adjusted() + (highest > Decimal(1).scaleb(highest.adjusted()))
    return [Decimal(1).scaleb(power) for power in range(lowest.adjusted(), last + 1)]


def _steps(least: Decimal) -> Iterator[Decimal]:
    """1, 2, 2.5 and 5 times the powers of ten, from about ``least`` upwards."""
    power = Decimal(1).scaleb(least.adjusted())
    while True:
        yield from (factor * power for factor in NICE[:-1] if factor * power >= least)
        power *= 10


def _count(start: Decimal, end: Decimal, step: Decimal) -> int:
    first, last = (start / step).to_integral_value(ROUND_FLOOR), (end / step).to_integral_value(ROUND_CEILING)
    return int(last - first) + 1


def date_ticks(since: date, until: date, *, most: int = 8) -> list[tuple[date, str]]:
    """Days from ``since`` until before ``until``, as firsts of years, of months, or as days, with their label."""
    for step in DAYS:
        if (until - since).days <= step * most:
            first = since.toordinal() + (1 - since.toordinal()) % step  # Mondays, where the step is weeks
            return [(day, day.isoformat()) for day in map(date.fromordinal, range(first, until.toordinal(), step))]
    for step in MONTHS:
        first, last = (day.year * 12 + day.month - 1 for day in (since, until - timedelta(days=1)))
        months = [month for month in range(first, last + 1) if month % step == 0]
        days = [day for day in (date(month // 12, month % 12 + 1, 1) for month in months) if since <= day]
        if len(days) <= most:
            return [(day, f"{day:%Y}" if step >= YEAR else f"{day:%Y-%m}") for day in days]
    return []


def spread(wanted: Sequence[float], *, gap: float, lowest: float, highest: float) -> list[float]:
    """Positions near the wanted ones, in the same order, ``gap`` apart, and within the bounds where they all fit."""
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    placed = list(wanted)
    floor = lowest
    for index in order:
        placed[index] = max(placed[index], floor)
        floor = placed[index] + gap
    ceiling = max(highest, lowest + gap * (len(wanted) - 1))
    for index in reversed(order):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - gap
    return placed
