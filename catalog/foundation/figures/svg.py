"""A figure's drawing as SVG within a page: without style and script of its own, as strict policies want it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from django.utils.safestring import SafeString, mark_safe

from catalog.foundation.figures.figure import Figure
from catalog.foundation.figures.shapes import Area, Box, Dot, Line, Shape


def svg_of(figure: Figure) -> SafeString:
    """The drawing with its title and its words for who does not see it; nothing where there is none.

    The look is that of the classes in ``figures.css``.
    """
    drawing = figure.drawing
    if drawing is None:
        return SafeString("")
    title, words = f"{figure.name}-title", f"{figure.name}-words"
    svg = Element(
        "svg",
        {
            "class": "drawing",
            "viewBox": f"0 0 {drawing.width} {drawing.height}",
            "width": str(drawing.width),
            "height": str(drawing.height),
            "role": "img",
            "aria-labelledby": f"{title} {words}",
        },
    )
    SubElement(svg, "title", id=title).text = figure.title
    SubElement(svg, "desc", id=words).text = figure.words
    for shape in drawing.shapes:
        _add(svg, shape)
    # ElementTree has escaped every text
    return mark_safe(ElementTree.tostring(svg, encoding="unicode"))


def _add(svg: Element, shape: Shape) -> None:
    if isinstance(shape, Line):
        _element(svg, "polyline", shape.kind, points=_points(shape.points))
    elif isinstance(shape, Area):
        _element(svg, "polygon", shape.kind, points=_points(shape.points))
    elif isinstance(shape, Box):
        box = _element(svg, "rect", shape.kind, x=shape.x, y=shape.y, width=shape.width, height=shape.height)
        _say(box, shape.said)
    elif isinstance(shape, Dot):
        _say(_element(svg, "circle", shape.kind, cx=shape.x, cy=shape.y, r=shape.radius), shape.said)
    else:
        text = _element(svg, "text", shape.kind, x=shape.x, y=shape.y)
        text.set("text-anchor", shape.anchor)
        text.text = shape.text


def _element(svg: Element, tag: str, kind: str, **values: Any) -> Element:
    return SubElement(svg, tag, {"class": kind} | {name: str(value) for name, value in values.items()})


def _say(element: Element, said: str) -> None:
    if said:
        SubElement(element, "title").text = said


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{round(x, 1)},{round(y, 1)}" for x, y in points)
