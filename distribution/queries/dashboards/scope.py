"""Whom and which days a dashboard or a report is about, and where the rows behind its figures are to be found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from urllib.parse import quote

from django.utils.timezone import localdate, make_aware

from catalog.rules.months import months_after


@dataclass(frozen=True, slots=True)
class Scope:
    """A province or all, a county, an institution or a firm, from ``since`` until before ``until``, as known ``at``.

    ``lists`` are the addresses of lists by name, ``rows`` those of records, with ``{key}`` in them; without an address
    a figure stands without a link, as on paper.
    """

    province_id: str | None
    since: date
    until: date
    at: datetime
    county_id: str | None = None
    institution_id: int | None = None
    firm_id: int | None = None
    lists: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)

    def list_of(self, name: str) -> str:
        return self.lists.get(name, "")

    def row_of(self, name: str, key: Any) -> str:
        return self.rows.get(name, "").replace("{key}", quote(str(key)))

    @property
    def begin(self) -> datetime:
        """The moment at which the first day begins."""
        return _start_of(self.since)

    @property
    def end(self) -> datetime:
        """The moment at which the last day ends, or now."""
        return min(_start_of(self.until), self.at)

    @property
    def last_day(self) -> date:
        """Whose rules judge the whole."""
        return min(self.until - date.resolution, localdate(self.at))

    @property
    def months(self) -> list[date]:
        """The first day of each month in it, in part or as a whole."""
        first = self.since.replace(day=1)
        count = (self.until.year - first.year) * 12 + self.until.month - first.month + (self.until.day > 1)
        return [months_after(first, number) for number in range(count)]

    @property
    def values(self) -> dict[str, Any]:
        """For statements in SQL."""
        return {
            "province": self.province_id,
            "county": self.county_id,
            "institution": self.institution_id,
            "firm": self.firm_id,
            "since": self.since,
            "until": self.until,
            "begin": self.begin,
            "end": self.end,
        }


def months_until(today: date, months: int = 12) -> tuple[date, date]:
    """The days of the last months, the present one up to today: the first of them, and the day after the last."""
    return months_after(today.replace(day=1), 1 - months), today + date.resolution


def _start_of(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))
