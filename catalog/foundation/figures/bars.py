"""Bars beside names: one length per row, from nothing, on one scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.foundation.figures.scales import ticks_from_zero
from catalog.foundation.figures.shapes import Anchor, Box, Drawing, Line, Shape, Text, shortened, text_width

WIDTH, NAMES, VALUES = 560, 160, 92
TOP, ROW, BAR, BOTTOM, FLAGGED = 34, 27, 17, 46, 22
FLAG = "▼"


@dataclass(frozen=True, slots=True)
class Bar:
    """A named amount; ``is_flagged`` where it is on the wrong side of the mark."""

    name: str
    amount: Decimal
    is_flagged: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """An amount that the bars are held against, and what it is."""

    amount: Decimal
    name: str


def draw_bars(
    bars: Sequence[Bar],
    *,
    unit: str,
    worded: Callable[[Decimal], str],
    highest: Decimal | None = None,
    mark: Mark | None = None,
    flagged: str = "",
) -> Drawing | None:
    """The bars from top to bottom; None of none.

    ``worded`` writes an amount, ``unit`` is said below the axis. The axis ends at ``highest`` where that is given (all
    of a share), and behind the longest bar otherwise. ``flagged`` says what the flagged bars have in common, which bear
    a sign that is seen without colours.
    """
    if not bars:
        return None
    amounts = [bar.amount for bar in bars] + ([mark.amount] if mark else [])
    ticks = ticks_from_zero(highest or max(amounts))
    names = min(NAMES, max(text_width(bar.name) for bar in bars) + 12)
    lower = TOP + ROW * len(bars)

    def x(amount: Decimal) -> float:
        return round(names + float(amount / ticks[-1]) * (WIDTH - VALUES - names), 1)

    shapes: list[Shape] = []
    for tick in ticks:
        shapes.append(Line([(x(tick), TOP - 4), (x(tick), lower)], "grid"))
        shapes.append(Text(x(tick), lower + 17, worded(tick), "tick", "middle"))
    shapes.append(Text((names + WIDTH - VALUES) / 2, lower + 38, unit, "tick", "middle"))
    for position, bar in enumerate(bars):
        y = TOP + ROW * position
        said = f"{bar.name}: {worded(bar.amount)}"
        shapes.append(Text(names - 8, y + 16, shortened(bar.name, names - 12), "label", "end"))
        kind, sign = ("flagged", f"{FLAG} ") if bar.is_flagged else ("bar", "")
        shapes.append(Box(names, y + 4, max(x(bar.amount) - names, 1), BAR, kind, said))
        shapes.append(Text(WIDTH - 4, y + 17, f"{sign}{worded(bar.amount)}", "value", "end"))
    shapes.append(Line([(names, TOP - 4), (names, lower)], "axis"))
    if mark:
        shapes.append(Line([(x(mark.amount), TOP - 8), (x(mark.amount), lower)], "mark"))
        said = f"{mark.name} {worded(mark.amount)}"
        anchor: Anchor = "end" if x(mark.amount) > WIDTH / 2 else "start"
        shapes.append(Text(x(mark.amount), TOP - 14, said, "marked", anchor))
    height = lower + BOTTOM
    if flagged and any(bar.is_flagged for bar in bars):
        shapes.append(Text(names, height + 8, f"{FLAG} {flagged}", "soft"))
        height += FLAGGED
    return Drawing(WIDTH, height, shapes)
