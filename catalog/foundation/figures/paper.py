"""A figure's drawing on paper, with the shapes of the page and colours that a grey print tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from reportlab.graphics import shapes as paper
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import stringWidth

from catalog.foundation.figures.shapes import Area, Box, Dot, Drawing, Line, Shape, Text

# Fonts that every reader of PDF brings: Latin letters are those of the one, Chinese signs of the other.
LATIN, CHINESE = "Helvetica", "STSong-Light"
POINTS = 0.75
LETTERS = 12
ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}

pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))


class Style(NamedTuple):
    colour: str
    width: float = 1
    dashes: tuple[int, ...] = ()


SERIES = (("#1f5fae", ()), ("#b4480c", (7, 3)), ("#0b7a5c", (2, 3)), ("#7a45b5", (9, 3, 2, 3)))
STYLES = {
    "grid": Style("#dde3e0"),
    "axis": Style("#6f7b76"),
    "mark": Style("#1d2724", 1.5, (5, 3)),
    "above": Style("#fbeee9"),
    "bar": Style("#1f5fae"),
    "flagged": Style("#b4480c"),
    "dot": Style("#1f5fae"),
    "dot flagged": Style("#b4480c"),
    "label": Style("#1d2724"),
    "value": Style("#1d2724"),
    "marked": Style("#1d2724"),
    "soft": Style("#55625e"),
    "tick": Style("#55625e"),
} | {
    f"{what} s{index}": Style(colour, width, dashes if what == "series" else ())
    for index, (colour, dashes) in enumerate(SERIES)
    for what, width in (("series", 2), ("dot", 1), ("leader", 0.7))
}


def runs(text: str) -> list[tuple[str, str]]:
    """The text in pieces of one font each."""
    return [(font, "".join(signs)) for font, signs in groupby(text, _font)]


def _font(sign: str) -> str:
    try:
        sign.encode("cp1252")
    except UnicodeEncodeError:
        return CHINESE
    return LATIN


def on_paper(drawing: Drawing, width: float) -> paper.Drawing:
    """The drawing, scaled to at most ``width`` points."""
    scale = min(POINTS, width / drawing.width)
    sheet = paper.Drawing(drawing.width * scale, drawing.height * scale)
    group = paper.Group(*(_shape(shape, drawing.height) for shape in drawing.shapes))
    group.scale(scale, scale)
    sheet.add(group)
    return sheet


def _shape(shape: Shape, height: float) -> Any:
    """Paper counts upwards from its lower edge."""
    style = STYLES[shape.kind]
    colour: Color = HexColor(style.colour)
    filled: Any = {"fillColor": colour, "strokeColor": None}
    if isinstance(shape, Line):
        looks: Any = {"strokeDashArray": style.dashes} if style.dashes else {}
        return paper.PolyLine(_flat(shape.points, height), strokeColor=colour, strokeWidth=style.width, **looks)
    if isinstance(shape, Area):
        return paper.Polygon(_flat(shape.points, height), **filled)
    if isinstance(shape, Box):
        return paper.Rect(shape.x, height - shape.y - shape.height, shape.width, shape.height, **filled)
    if isinstance(shape, Dot):
        # grey prints tell what is flagged by its edge
        edge = {"strokeColor": HexColor(STYLES["mark"].colour)} if shape.kind == "dot flagged" else {}
        return paper.Circle(shape.x, height - shape.y, shape.radius, **filled | edge)
    return _text(shape, height - shape.y, colour)


def _text(shape: Text, y: float, colour: Color) -> paper.Group:
    parts = [(font, text, stringWidth(text, font, LETTERS)) for font, text in runs(shape.text)]
    x = shape.x - ANCHORS[shape.anchor] * sum(width for _font, _text, width in parts)
    group = paper.Group()
    for font, text, width in parts:
        group.add(paper.String(x, y, text, fontName=font, fontSize=LETTERS, fillColor=colour))
        x += width
    return group


def _flat(points: Sequence[tuple[float, float]], height: float) -> list[float]:
    return [value for x, y in points for value in (x, height - y)]
