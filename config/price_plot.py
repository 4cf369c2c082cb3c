"""The price history of a product as a drawing (SVG): steps of ceilings and procurement prices, retail medians."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.foundation.figures.scales import date_ticks, money_ticks, spread
from config.price_history import PriceHistory, ProvinceHistory
from config.price_legend import Sign, kinds_of, legend_of
from config.templatetags.quantities import yuan

WIDTH, LEFT, RIGHT, BOTTOM = 960, 64, 196, 34
PLOT_HEIGHT = 320
LEGEND_TOP, LEGEND_ROW = 24, 22
LABEL_GAP = 17


class Step(NamedTuple):
    """A price that held for some time, and what it is in words."""

    since: date
    until: date
    price: Decimal
    kind: str
    said: str


class Ending(NamedTuple):
    """The last value of a series: how its line is drawn, and what is written beside it."""

    x: float
    price: Decimal
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a day and a price stand in the drawing."""

    since: date
    until: date
    floor: Decimal
    top: Decimal
    upper: float

    @property
    def lower(self) -> float:
        return self.upper + PLOT_HEIGHT

    @property
    def right(self) -> float:
        return WIDTH - RIGHT

    def x(self, day: date) -> float:
        share = (day - self.since) / (self.until - self.since)
        return round(LEFT + share * (self.right - LEFT), 1)

    def y(self, price: Decimal) -> float:
        share = float((price - self.floor) / (self.top - self.floor))
        return round(self.lower - share * PLOT_HEIGHT, 1)


def draw(history: PriceHistory) -> str:
    """The drawing as SVG, in the language of the request; it says so where there is no price at all."""
    legend = legend_of(history, left=LEFT, right=WIDTH)
    upper = LEGEND_TOP + LEGEND_ROW * len(legend) + 8
    height = upper + PLOT_HEIGHT + BOTTOM
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height}",
            "width": str(WIDTH),
            "height": str(height),
            "role": "img",
            "aria-labelledby": "title desc",
            "lang": get_language() or "",
        },
    )
    SubElement(svg, "title", id="title").text = title_of(history)
    SubElement(svg, "desc", id="desc").text = summary_of(history)
    SubElement(svg, "style").text = render_to_string("price_plot.css")
    SubElement(svg, "rect", {"class": "ground", "width": "100%", "height": "100%", "rx": "8"})
    prices = history.prices
    ticks = money_ticks(min(prices), max(prices)) if prices else []
    frame = Frame(
        history.since,
        history.until,
        ticks[0] if ticks else Decimal(0),
        ticks[-1] if ticks else Decimal(1),
        upper,
    )
    _draw_axes(svg, frame, ticks)
    if not prices:
        middle = str((LEFT + frame.right) / 2)
        nothing = SubElement(
            svg, "text", {"class": "soft", "x": middle, "y": str(upper + PLOT_HEIGHT / 2), "text-anchor": "middle"}
        )
        nothing.text = _("No price is known in this period.")
        return ElementTree.tostring(svg, encoding="unicode")
    _draw_legend(svg, legend)
    endings = [*_draw_provinces(svg, frame, history), *_draw_retail(svg, frame, history)]
    endings += _draw_steps(svg, frame, _guide_steps(history), _("Guide price"))
    _draw_endings(svg, frame, endings)
    return ElementTree.tostring(svg, encoding="unicode")


def title_of(history: PriceHistory) -> str:
    """What the drawing shows, in a line."""
    return _("Prices of %(product)s from %(since)s to %(last)s, yuan per pack") % {
        "product": history.product,
        "since": history.since,
        "last": history.until - timedelta(days=1),
    }


def summary_of(history: PriceHistory) -> str:
    """The last value of each series in words, for who does not see the drawing."""
    parts = []
    if history.guide:
        last = history.guide[-1]
        kind = _("derived") if last.ceiling.is_derived else _("stated")
        parts.append(_("Last guide price %(price)s (%(kind)s).") % {"price": yuan(last.ceiling.price), "kind": kind})
    if history.chosen:
        periods = next((item.periods for item in history.provinces if item.province == history.chosen), [])
        if periods:
            values = {"province": history.chosen, "price": yuan(periods[-1].price)}
            parts.append(_("Last procurement price in %(province)s %(price)s.") % values)
    if extents := history.extents:
        values = {"lowest": yuan(extents[-1].lowest), "highest": yuan(extents[-1].highest)}
        parts.append(_("Last procurement prices of all provinces from %(lowest)s to %(highest)s.") % values)
    if history.retail:
        month = history.retail[-1]
        values = {"price": yuan(month.median), "month": f"{month.month:%Y-%m}"}
        parts.append(_("Median retail price %(price)s in %(month)s.") % values)
    return " ".join(parts) or _("No price is known in this period.")


def _guide_steps(history: PriceHistory) -> list[Step]:
    return [
        Step(
            period.since,
            period.until,
            period.ceiling.price,
            "guide derived" if period.ceiling.is_derived else "guide",
            str(period.ceiling.decision),
        )
        for period in history.guide
    ]


def _draw_legend(svg: Element, rows: Sequence[Sequence[Sign]]) -> None:
    for position, row in enumerate(rows):
        y = LEGEND_TOP + LEGEND_ROW * position
        for x, kind, name in row:
            if kind == "band":
                _rect(svg, "band", x, y - 10, 28, 12)
            else:
                _line(svg, f"step {kind}", x, y - 4, x + 28, y - 4)
            if kind == "retail":
                SubElement(svg, "circle", {"class": "dot", "cx": str(x + 14), "cy": str(y - 4), "r": "3"})
            SubElement(svg, "text", x=str(x + 36), y=str(y)).text = name


def _draw_axes(svg: Element, frame: Frame, ticks: Sequence[Decimal]) -> None:
    for amount in ticks:
        y = frame.y(amount)
        _line(svg, "grid", LEFT, y, frame.right, y)
        label = SubElement(svg, "text", {"class": "tick", "x": str(LEFT - 8), "y": str(y + 4), "text-anchor": "end"})
        label.text = yuan(amount)
    _line(svg, "axis", LEFT, frame.lower, frame.right, frame.lower)
    for day, name in date_ticks(frame.since, frame.until):
        x = frame.x(day)
        _line(svg, "axis", x, frame.lower, x, frame.lower + 5)
        label = SubElement(
            svg, "text", {"class": "tick", "x": str(x), "y": str(frame.lower + 20), "text-anchor": "middle"}
        )
        label.text = name


def _draw_provinces(svg: Element, frame: Frame, history: PriceHistory) -> list[Ending]:
    kinds = kinds_of(history)
    if "crowd" in kinds.values():
        for extent in history.extents:
            x, y = frame.x(extent.since), frame.y(extent.highest)
            _rect(svg, "band", x, y, frame.x(extent.until) - x, frame.y(extent.lowest) - y)
    endings = []
    # the chosen one last, on top of the others
    for item in sorted(history.provinces, key=lambda item: "chosen" in kinds[item.province.pk]):
        kind = kinds[item.province.pk]
        ending = _draw_steps(svg, frame, _paid_steps(item, kind), str(item.province))
        endings += ending if kind != "crowd" else []
    return endings


def _paid_steps(item: ProvinceHistory, kind: str) -> list[Step]:
    return [Step(period.since, period.until, period.price, kind, str(item.province)) for period in item.periods]


def _draw_steps(svg: Element, frame: Frame, steps: Sequence[Step], name: str) -> list[Ending]:
    """One line per price, joined by thin risers where the next follows without a gap."""
    for before, after in pairwise(steps):
        if before.until == after.since and before.price != after.price:
            x = frame.x(after.since)
            _line(svg, f"riser {after.kind}".replace(" derived", ""), x, frame.y(before.price), x, frame.y(after.price))
    for step in steps:
        y = frame.y(step.price)
        line = _line(svg, f"step {step.kind}", frame.x(step.since), y, frame.x(step.until), y)
        last = step.until - timedelta(days=1)
        SubElement(line, "title").text = f"{step.said} · {step.since} – {last}: {yuan(step.price)}"
    return [Ending(frame.x(steps[-1].until), steps[-1].price, steps[-1].kind, name)] if steps else []


def _draw_retail(svg: Element, frame: Frame, history: PriceHistory) -> list[Ending]:
    """A dot in the middle of each month, joined where no month is missing between them."""
    points = []
    for month in history.retail:
        middle = month.month + timedelta(days=14)
        day = min(max(middle, frame.since), frame.until - timedelta(days=1))
        points.append((month, frame.x(day), frame.y(month.median)))
    for (before, x1, y1), (after, x2, y2) in pairwise(points):
        if (after.month - before.month).days <= 31:
            _line(svg, "retail", x1, y1, x2, y2)
    radius = "3" if len(points) <= 60 else "1.8"
    for month, x, y in points:
        dot = SubElement(svg, "circle", {"class": "dot", "cx": str(x), "cy": str(y), "r": radius})
        SubElement(dot, "title").text = f"{month.month:%Y-%m}: {yuan(month.median)} ({month.count})"
    return [Ending(x, month.median, "retail", _("Retail median")) for month, x, _y in points[-1:]]


def _draw_endings(svg: Element, frame: Frame, endings: Sequence[Ending]) -> None:
    """The last values beside the plot, each with a piece of its line, kept apart from one another."""
    wanted = [frame.y(ending.price) for ending in endings]
    places = spread(wanted, gap=LABEL_GAP, lowest=frame.upper + 4, highest=frame.lower - 4)
    for ending, y, place in zip(endings, wanted, places, strict=True):
        _polyline(svg, "leader", [(ending.x, y), (frame.right + 6, y), (frame.right + 16, round(place, 1))])
        x = frame.right + 18
        _line(svg, f"step {ending.kind}", x, place, x + 14, place)
        text = SubElement(svg, "text", x=str(x + 20), y=str(round(place + 4.5, 1)))
        value = SubElement(text, "tspan", {"class": "value"})
        value.text, value.tail = yuan(ending.price), " "
        SubElement(text, "tspan", {"class": "soft"}).text = ending.name


def _line(svg: Element, kind: str, x1: float, y1: float, x2: float, y2: float) -> Element:
    return SubElement(svg, "line", {"class": kind, "x1": str(x1), "y1": str(y1), "x2": str(x2), "y2": str(y2)})


def _polyline(svg: Element, kind: str, points: Iterable[tuple[float, float]]) -> None:
    SubElement(svg, "polyline", {"class": kind, "points": " ".join(f"{x},{y}" for x, y in points)})


def _rect(svg: Element, kind: str, x: float, y: float, width: float, height: float) -> None:
    place = {"x": x, "y": y, "width": max(0, round(width, 1)), "height": max(1, round(height, 1))}
    SubElement(svg, "rect", {"class": kind} | {name: str(value) for name, value in place.items()})
