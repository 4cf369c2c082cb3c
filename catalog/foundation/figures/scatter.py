"""Points of two amounts of one kind against the line on which they are equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import log10

from catalog.foundation.figures.scales import log_ticks
from catalog.foundation.figures.shapes import Area, Dot, Drawing, Line, Shape, Text

WIDTH, HEIGHT = 560, 430
LEFT, RIGHT, TOP, BOTTOM = 62, 24, 30, 58


@dataclass(frozen=True, slots=True)
class Point:
    """Two positive amounts and what they are of; ``is_flagged`` where they break a rule."""

    x: Decimal
    y: Decimal
    said: str
    is_flagged: bool = False


@dataclass(frozen=True, slots=True)
class Axes:
    """What lies along the axes, with the unit, and what the line is and lies above it."""

    across: str
    up: str
    line: str
    above: str


def draw_scatter(points: Sequence[Point], axes: Axes) -> Drawing | None:
    """The points on scales that multiply by the same at equal distances, the same on both axes; None of none.

    On such scales cheap and dear things have the same room, and what is a tenth above the line lies equally far from it
    everywhere. Flagged points are drawn last, over the others.
    """
    if not points:
        return None
    amounts = [amount for point in points for amount in (point.x, point.y)]
    ticks = log_ticks(min(amounts), max(amounts))
    low, span = log10(ticks[0]), log10(ticks[-1]) - log10(ticks[0])

    def x(amount: Decimal) -> float:
        return round(LEFT + (log10(amount) - low) / span * (WIDTH - LEFT - RIGHT), 1)

    def y(amount: Decimal) -> float:
        return round(HEIGHT - BOTTOM - (log10(amount) - low) / span * (HEIGHT - TOP - BOTTOM), 1)

    first, last = ticks[0], ticks[-1]
    shapes: list[Shape] = [Area([(x(first), y(first)), (x(last), y(last)), (x(first), y(last))], "above")]
    for tick in ticks:
        shapes.append(Line([(x(tick), y(first)), (x(tick), y(last))], "grid"))
        shapes.append(Line([(x(first), y(tick)), (x(last), y(tick))], "grid"))
        shapes.append(Text(x(tick), y(first) + 18, f"{tick.normalize():,f}", "tick", "middle"))
        shapes.append(Text(x(first) - 8, y(tick) + 4, f"{tick.normalize():,f}", "tick", "end"))
    shapes.append(Text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, axes.across, "tick", "middle"))
    shapes.append(Text(8, 16, axes.up, "tick"))
    shapes.append(Text(x(first) + 12, y(last) + 22, axes.above, "marked"))
    shapes.append(Line([(x(first), y(first)), (x(last), y(last))], "mark"))
    shapes.append(Text(x(last) - 8, y(first) - 12, axes.line, "soft", "end"))
    for point in sorted(points, key=lambda point: point.is_flagged):
        kind, radius = ("dot flagged", 4.5) if point.is_flagged else ("dot", 3)
        shapes.append(Dot(x(point.x), y(point.y), kind, point.said, radius))
    return Drawing(WIDTH, HEIGHT, shapes)
