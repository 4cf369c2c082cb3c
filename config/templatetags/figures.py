"""Figures on pages."""

from __future__ import annotations

from typing import Any

from django import template

from catalog.foundation.figures.figure import Figure, nothing_there
from catalog.foundation.figures.svg import svg_of

register = template.Library()


@register.inclusion_tag("figure.html")
def show_figure(figure: Figure) -> dict[str, Any]:
    """The figure with its words, its drawing, its rows and where they come from."""
    return {"figure": figure, "drawing": svg_of(figure), "nothing": nothing_there()}
