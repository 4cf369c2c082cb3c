"""How the columns of somebody's file become the columns that the platform reads, kept as JSON and used again.

{"columns": {"status": {"from": "挂网状态", "words": {"1": "trading"}, "only": true},
             "region": {"from": "区划", "pad": {"right": "0", "length": 6}},
             "source": {"value": "2026 list"},
             "number": {"template": "{区划}-{row}"}},
 "decimal_sign": ",", "day_order": "dmy", "distinct": true}
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Self, get_args

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.errors import DomainError, Malformed, refuse
from catalog.foundation.imports import Column, MissingColumns
from catalog.foundation.mapping_sources import (
    MAX_COMPOSED,
    read_choice,
    read_object,
    read_source,
    read_typed,
    source_as_json,
)
from catalog.foundation.mapping_sources import MalformedMapping as MalformedMapping
from catalog.foundation.mapping_sources import Pad as Pad
from catalog.foundation.mapping_sources import Source as Source
from catalog.foundation.readers import BadValue, DayOrder, DecimalSign, Formats, under


class RepeatedColumns(Malformed):
    """A column is to be read whose heading stands there twice."""

    code = "repeated-columns"
    template = gettext_lazy("The heading “%(heading)s” stands above several columns: name them differently.")


class UnknownColumns(Malformed):
    """The mapping is for columns that are not read."""

    code = "unknown-columns"
    template = gettext_lazy("The columns %(unknown)s are not among those that are read: %(known)s.")


class UnmappedColumns(Malformed):
    """The mapping does not say where columns come from that are needed."""

    code = "unmapped-columns"
    template = gettext_lazy("The columns %(missing)s are needed and not mapped; the file has: %(found)s.")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Where each column that is read comes from, how the file writes numbers and days, and whether rows repeat.

    With ``distinct``, rows that are the same once they are mapped count as the first of them: makers, say, out of a
    file of their products.
    """

    columns: Mapping[str, Source]
    formats: Formats = field(default_factory=Formats)
    distinct: bool = False

    @classmethod
    def read(cls, content: Any) -> Self:
        """A mapping out of JSON.

        Raises:
            MalformedMapping: with a pointer to the place.
        """
        settings = read_object(content, "", {"columns", "decimal_sign", "day_order", "distinct"})
        columns = read_object(settings.get("columns"), "/columns")
        return cls(
            columns={target: read_source(given, f"/columns/{target}") for target, given in columns.items()},
            formats=Formats(
                decimal_sign=read_choice(settings, "decimal_sign", get_args(DecimalSign)),
                day_order=read_choice(settings, "day_order", get_args(DayOrder)),
            ),
            distinct=read_typed(settings.get("distinct", False), bool, "/distinct"),
        )

    def as_json(self) -> dict[str, Any]:
        """The mapping as ``read`` reads it."""
        return {
            "columns": {target: source_as_json(source) for target, source in self.columns.items()},
            "decimal_sign": self.formats.decimal_sign,
            "day_order": self.formats.day_order,
            "distinct": self.distinct,
        }

    def check(self, header: Sequence[str], columns: Sequence[Column]) -> None:
        """Does it fit the file and the columns that are read?

        Raises:
            RulesBroken: with every ``MissingColumns``, ``RepeatedColumns``, ``UnknownColumns`` and ``UnmappedColumns``.
        """
        found = ", ".join(filter(None, header))
        known = [column.name for column in columns]
        errors: list[DomainError] = []
        counts = Counter(header)
        for target, source in self.columns.items():
            pointer = f"/columns/{target}"
            if missing := [heading for heading in source.headers if not counts[heading]]:
                errors.append(MissingColumns(missing=", ".join(missing), found=found, pointer=pointer))
            for heading in dict.fromkeys(source.headers):
                if counts[heading] > 1:
                    errors.append(RepeatedColumns(heading=heading, pointer=pointer))
        if unknown := [target for target in self.columns if target not in known]:
            errors.append(UnknownColumns(unknown=", ".join(unknown), known=", ".join(known), pointer="/columns"))
        if needed := [column.name for column in columns if column.is_required and column.name not in self.columns]:
            errors.append(UnmappedColumns(missing=", ".join(needed), found=found, pointer="/columns"))
        refuse(errors)

    def apply(
        self, header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]
    ) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row with its number and its cells by the columns that are read; empty rows are passed over.

        ``check`` has to have found nothing. The cells are to be read by the columns of ``bind``.
        """
        needed = {heading for source in self.columns.values() for heading in source.headers}
        places = {heading: place for place, heading in enumerate(header) if heading in needed}
        seen: set[bytes] = set()
        for number, row in rows:
            if not any(row):
                continue
            cells = {heading: row[place] if place < len(row) else "" for heading, place in places.items()}
            mapped = {target: source.cell(number, cells) for target, source in self.columns.items()}
            if self.distinct:
                identity = blake2b(repr(list(map(str, mapped.values()))).encode(), digest_size=16).digest()
                if identity in seen:
                    continue
                seen.add(identity)
            yield number, mapped

    def bind(self, columns: Sequence[Column]) -> list[Column]:
        """The columns, reading by the formats of the file, and only words of the mapping where it says so."""
        return [
            replace(column, read=self._reader(self.columns[column.name], column.read))
            if column.name in self.columns
            else column
            for column in columns
        ]

    def _reader(self, source: Source, read_cell: Callable[[str], Any]) -> Callable[[str], Any]:
        # what whoever made the mapping wrote is in the platform's own notation and not in the file's
        written = {source.value} if source.value is not None else set(map(source.filled, source.words.values()))

        def read(value: str) -> Any:
            if source.template is not None and len(value) >= MAX_COMPOSED:
                raise BadValue(_("is longer than %(length)s characters") % {"length": MAX_COMPOSED - 1})
            if source.only and value and value not in written:
                words = ", ".join(sorted(source.words))
                raise BadValue(_("is not among the words that the mapping translates: %(words)s") % {"words": words})
            with under(Formats() if value in written else self.formats):
                return read_cell(value)

        return read


def suggest(
    header: Sequence[str], columns: Sequence[Column], labels: Mapping[str, str | Promise] | None = None
) -> ColumnMapping:
    """A first proposal: columns of the file that are called what the column, its label or a synonym is called.

    Case, width, spaces and underscores are passed over; each column of the file serves once. ``labels`` are further
    labels by the name of the column.
    """
    counts = Counter(header)
    free = {_folded(heading): heading for heading in reversed(header) if heading and counts[heading] == 1}
    proposed: dict[str, Source] = {}
    for column in columns:
        names = [column.name, column.label, (labels or {}).get(column.name, ""), *column.synonyms]
        heading = next((free.pop(name) for name in map(_folded, names) if name in free), None)
        if heading:
            proposed[column.name] = Source(header=heading)
    return ColumnMapping(columns=proposed)


def _folded(name: str | Promise) -> str:
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", str(name))).casefold()
