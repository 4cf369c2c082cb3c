"""A figure: what is shown, in words and as rows, and drawn where a drawing says more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from catalog.foundation.figures.shapes import Drawing

EMPTY = "–"


class Kind(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    COUNT = "count"
    YUAN = "yuan"
    SHARE = "share"
    NUMBER = "number"
    DAY = "day"


class Column(NamedTuple):
    heading: str
    kind: Kind = Kind.TEXT

    @property
    def is_number(self) -> bool:
        return self.kind not in (Kind.TEXT, Kind.DAY)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a dashboard or a report.

    ``words`` say what it shows to who does not see the drawing, ``source`` what it is reckoned from. ``links`` are the
    addresses behind the rows, as far as there are any, and ``address`` is that of the list behind the whole. Shares are
    parts of one.
    """

    name: str
    title: str
    words: str
    source: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    drawing: Drawing | None = None
    links: Sequence[str] = field(default=())
    address: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.rows and self.drawing is None

    @property
    def shown(self) -> list[tuple[str, list[tuple[str, bool]]]]:
        """Each row's link, if any, and its cells in words, with whether they are numbers."""
        links = [*self.links, *[""] * (len(self.rows) - len(self.links))]
        return [(link, self._cells(row)) for link, row in zip(links, self.rows, strict=True)]

    def _cells(self, row: Sequence[Any]) -> list[tuple[str, bool]]:
        return [
            (in_words(value, column.kind), column.is_number) for value, column in zip(row, self.columns, strict=True)
        ]


def nothing_there() -> str:
    """What is said instead of a drawing of nothing."""
    return _("There is nothing to show for this place and time.")


def in_words(value: Any, kind: Kind) -> str:
    """A value as a page and a report write it; a dash where there is none."""
    if value is None or value == "":
        return EMPTY
    if kind is Kind.YUAN:
        return f"¥{value:,.2f}"
    if kind is Kind.SHARE:
        return percent(value)
    if kind is Kind.COUNT:
        return f"{value:,}"
    if kind is Kind.NUMBER:
        return f"{value:,.1f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def percent(share: Decimal, places: int = 1) -> str:
    """A part of one in percent."""
    return f"{share * 100:.{places}f} %"
