"""A drawing as shapes, which a page shows as SVG and a report prints.

Lengths are pixels of a page, and 3/4 of a point on paper; y grows downwards. ``kind`` names the look, which the style
of the page (``figures.css``) and the paper (``paper.STYLES``) know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from unicodedata import east_asian_width

Anchor = Literal["start", "middle", "end"]
LETTER, SIGN = 6.9, 13.0


@dataclass(frozen=True, slots=True)
class Line:
    points: Sequence[tuple[float, float]]
    kind: str


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    kind: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    kind: str
    said: str = ""
    radius: float = 3.5


@dataclass(frozen=True, slots=True)
class Area:
    """What lies within the points."""

    points: Sequence[tuple[float, float]]
    kind: str


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float
    text: str
    kind: str = "label"
    anchor: Anchor = "start"


Shape = Line | Box | Dot | Area | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in the order in which they are drawn."""

    width: float
    height: float
    shapes: Sequence[Shape]


def text_width(text: str) -> float:
    """About how wide a text is, in pixels at 13px."""
    return sum(SIGN if east_asian_width(sign) in "WF" else LETTER for sign in text)


def shortened(text: str, width: float) -> str:
    """The text, with an ellipsis for what does not fit into the width."""
    if text_width(text) <= width:
        return text
    while text and text_width(text) + LETTER * 2 > width:
        text = text[:-1]
    return f"{text.rstrip()}…"
