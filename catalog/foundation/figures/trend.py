"""Shares month by month, as lines from nothing to all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from catalog.foundation.figures.bars import Mark
from catalog.foundation.figures.figure import percent
from catalog.foundation.figures.scales import spread
from catalog.foundation.figures.shapes import Dot, Drawing, Line, Shape, Text, shortened

WIDTH, HEIGHT = 560, 310
LEFT, RIGHT, TOP, BOTTOM = 56, 204, 50, 34
TICKS = [Decimal(step) / 4 for step in range(5)]
# More lines than colours that can be told apart are no drawing.
MOST_SERIES = 4


@dataclass(frozen=True, slots=True)
class Series:
    """A share of each month, None where there is none."""

    name: str
    shares: Sequence[Decimal | None]


def draw_trend(
    months: Sequence[date], series: Sequence[Series], *, unit: str, mark: Mark | None = None
) -> Drawing | None:
    """A line for each series, broken where a month has no value; None where no month has any.

    The axis always goes from 0 % to 100 %.
    """
    assert len(series) <= MOST_SERIES
    if not any(share is not None for item in series for share in item.shares):
        return None
    lower, right = HEIGHT - BOTTOM, WIDTH - RIGHT

    def x(position: int) -> float:
        return round(LEFT + 10 + position * (right - LEFT - 20) / max(len(months) - 1, 1), 1)

    def y(share: Decimal) -> float:
        return round(lower - float(share) * (lower - TOP), 1)

    shapes: list[Shape] = []
    for tick in TICKS:
        shapes.append(Line([(LEFT, y(tick)), (right, y(tick))], "grid"))
        shapes.append(Text(LEFT - 8, y(tick) + 4, percent(tick, 0), "tick", "end"))
    shapes.append(Text(8, 16, unit, "tick"))
    step = -(-len(months) // 4)
    for position in range(0, len(months), step):
        shapes.append(Text(x(position), lower + 18, f"{months[position]:%Y-%m}", "tick", "middle"))
    shapes.append(Line([(LEFT, lower), (right, lower)], "axis"))
    if mark:
        shapes.append(Line([(LEFT, y(mark.amount)), (right, y(mark.amount))], "mark"))
        shapes.append(Text(right, TOP - 12, f"{mark.name} {percent(mark.amount, 0)}", "marked", "end"))
    endings: list[tuple[float, float, str, str, Decimal]] = []
    for index, item in enumerate(series):
        known = [(place, share) for place, share in enumerate(item.shares) if share is not None]
        for _run, run in groupby(enumerate(known), key=lambda entry: entry[1][0] - entry[0]):
            shapes.append(Line([(x(place), y(share)) for _i, (place, share) in run], f"series s{index}"))
        for place, share in known:
            said = f"{item.name}, {months[place]:%Y-%m}: {percent(share)}"
            shapes.append(Dot(x(place), y(share), f"dot s{index}", said, 3))
        if known:
            place, share = known[-1]
            endings.append((x(place), y(share), f"s{index}", item.name, share))
    places = spread([ending[1] for ending in endings], gap=18, lowest=TOP + 4, highest=lower - 4)
    for (at, wanted, kind, name, share), placed in zip(endings, places, strict=True):
        shapes.append(Line([(at, wanted), (right + 4, wanted), (right + 14, placed)], f"leader {kind}"))
        shapes.append(Text(right + 18, placed + 4, f"{percent(share)} {shortened(name, RIGHT - 68)}", "label"))
    return Drawing(WIDTH, HEIGHT, shapes)
