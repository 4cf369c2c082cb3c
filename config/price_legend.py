"""What the lines of a price plot stand for: how each is drawn, and the legend that says so."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from catalog.foundation.figures.shapes import text_width
from config.price_history import PriceHistory

# With more provinces than colours only the chosen one has its own; the others are one grey crowd.
COLOURS = 5


class Sign(NamedTuple):
    """An entry of the legend: where it begins, how its line is drawn, and its name."""

    x: float
    kind: str
    name: str


def kinds_of(history: PriceHistory) -> dict[str, str]:
    """How the line of each province is drawn, by its code."""
    is_crowd = len(history.provinces) > COLOURS
    kinds = {}
    for position, item in enumerate(history.provinces):
        is_chosen = item.province == history.chosen
        if is_crowd:
            kinds[item.province.pk] = "p0 chosen" if is_chosen else "crowd"
        else:
            kinds[item.province.pk] = f"p{position} chosen" if is_chosen else f"p{position}"
    return kinds


def legend_of(history: PriceHistory, *, left: float, right: float) -> list[list[Sign]]:
    """Rows of (x, kind, name), as many as fit beside each other."""
    entries = []
    if any(not period.ceiling.is_derived for period in history.guide):
        entries.append(("guide", _("Guide price, stated")))
    if any(period.ceiling.is_derived for period in history.guide):
        entries.append(("guide derived", _("Guide price, derived")))
    kinds = kinds_of(history)
    entries += [
        (kinds[item.province.pk], _("Procurement price, %(province)s") % {"province": item.province})
        for item in history.provinces
        if kinds[item.province.pk] != "crowd"
    ]
    if "crowd" in kinds.values():
        said = (
            _("Procurement prices of the other provinces") if history.chosen else _("Procurement prices of provinces")
        )
        entries += [("crowd", said), ("band", _("lowest to highest"))]
    if history.retail:
        said = _("Retail median per month, %(province)s") % {"province": history.chosen or _("all provinces")}
        entries.append(("retail", said))
    rows: list[list[Sign]] = [[]]
    x = left
    for kind, name in entries:
        width = 36 + text_width(name) + 20
        if rows[-1] and x + width > right:
            rows.append([])
            x = left
        rows[-1].append(Sign(x, kind, name))
        x += width
    return rows
