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
from typing import Any, Literal, Self, get_args

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.errors import DomainError, Malformed, refuse
from catalog.foundation.imports import Column, MissingColumns
from catalog.foundation.readers import BadValue, DayOrder, DecimalSign, Formats, under

Side = Literal["left", "right"]
ROW = "row"
MAX_PAD = 50
# A template may name a long cell any number of times. More than 2,000 characters are refused; what it gives is cut
# after one more, by which they are known.
MAX_COMPOSED = 2_001
_PLACE = re.compile(r"\{([^{}]*)\}")
_PIECE = re.compile(r"([^{}]+)|\{([^{}]+)\}")


class MalformedMapping(Malformed):
    """The column mapping is not what a mapping has to be."""

    code = "malformed-mapping"
    template = gettext_lazy("The column mapping cannot be read: %(problem)s.")


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
class Pad:
    """The sign that fills a text up to a length, and the side on which it does."""

    side: Side
    sign: str
    length: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where the cells of a column come from: a column of the file, one value for all rows, or a template.

    Exactly one of ``header``, ``value`` and ``template`` is not None. ``words`` translate the cells of a column of the
    file, before they are filled up; with ``only`` no other words are admitted.
    """

    header: str | None = None
    value: str | None = None
    template: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    only: bool = False
    pad: Pad | None = None

    @property
    def headers(self) -> list[str]:
        """The columns of the file that it needs."""
        if self.header is not None:
            return [self.header]
        return [name for name in _PLACE.findall(self.template or "") if name != ROW]

    def cell(self, number: int, cells: Mapping[str, str]) -> str:
        """The cell of the row with this number, whose cells are these by their headings."""
        if self.value is not None:
            return self.value
        if self.template is not None:
            return self._composed(self.template, number, cells)
        assert self.header is not None
        return self.filled(self.words.get(cells[self.header], cells[self.header]))

    def _composed(self, template: str, number: int, cells: Mapping[str, str]) -> str:
        found = ""
        for text, name in _PIECE.findall(template):
            found += text or (cells[name] if name != ROW else str(number))
            if len(found) >= MAX_COMPOSED:
                break
        return found[:MAX_COMPOSED]

    def filled(self, cell: str) -> str:
        """The cell at its length; an empty one stays empty."""
        if not self.pad or not cell:
            return cell
        fill = cell.rjust if self.pad.side == "left" else cell.ljust
        return fill(self.pad.length, self.pad.sign)


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
        settings = _object(content, "", {"columns", "decimal_sign", "day_order", "distinct"})
        columns = _object(settings.get("columns"), "/columns")
        return cls(
            columns={target: _source(given, f"/columns/{target}") for target, given in columns.items()},
            formats=Formats(
                decimal_sign=_choice(settings, "decimal_sign", get_args(DecimalSign)),
                day_order=_choice(settings, "day_order", get_args(DayOrder)),
            ),
            distinct=_typed(settings.get("distinct", False), bool, "/distinct"),
        )

    def as_json(self) -> dict[str, Any]:
        """The mapping as ``read`` reads it."""
        return {
            "columns": {target: _source_as_json(source) for target, source in self.columns.items()},
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


def _source(content: Any, pointer: str) -> Source:
    given = _object(content, pointer, {"from", "value", "template", "words", "only", "pad"})
    kinds = [kind for kind in ("from", "value", "template") if kind in given]
    if len(kinds) != 1:
        raise MalformedMapping(problem=_("one of from, value and template is needed"), pointer=pointer)
    if kinds != ["from"] and given.keys() & {"words", "only", "pad"}:
        raise MalformedMapping(problem=_("words, only and pad go with from"), pointer=pointer)
    text = _typed(given[kinds[0]], str, f"{pointer}/{kinds[0]}")
    if kinds == ["value"]:
        return Source(value=text)
    if kinds == ["template"]:
        if re.search(r"[{}]", _PLACE.sub("", text)):
            raise MalformedMapping(problem=_("a brace is not closed or not opened"), pointer=f"{pointer}/template")
        if "" in _PLACE.findall(text):
            raise MalformedMapping(problem=_("the braces hold no column"), pointer=f"{pointer}/template")
        return Source(template=text)
    words = _object(given.get("words", {}), f"{pointer}/words")
    return Source(
        header=text,
        words={word: _typed(meaning, str, f"{pointer}/words/{word}") for word, meaning in words.items()},
        only=_typed(given.get("only", False), bool, f"{pointer}/only"),
        pad=_pad(given["pad"], f"{pointer}/pad") if "pad" in given else None,
    )


def _source_as_json(source: Source) -> dict[str, Any]:
    if source.value is not None:
        return {"value": source.value}
    if source.template is not None:
        return {"template": source.template}
    return {
        "from": source.header,
        **({"words": dict(source.words)} if source.words else {}),
        **({"only": True} if source.only else {}),
        **({"pad": {source.pad.side: source.pad.sign, "length": source.pad.length}} if source.pad else {}),
    }


def _pad(content: Any, pointer: str) -> Pad:
    given = _object(content, pointer, {*get_args(Side), "length"})
    sides = [side for side in get_args(Side) if side in given]
    length = given.get("length")
    if len(sides) != 1 or type(length) is not int or not 1 <= length <= MAX_PAD:
        problem = _("pad has left or right, and a length from 1 to %(most)s") % {"most": MAX_PAD}
        raise MalformedMapping(problem=problem, pointer=pointer)
    sign = _typed(given[sides[0]], str, f"{pointer}/{sides[0]}")
    if len(sign) != 1:
        raise MalformedMapping(problem=_("one sign is needed"), pointer=f"{pointer}/{sides[0]}")
    return Pad(side=sides[0], sign=sign, length=length)


def _object(content: Any, pointer: str, known: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise MalformedMapping(problem=_("an object is needed"), pointer=pointer)
    if known is not None and (unknown := sorted(content.keys() - known)):
        said = {"unknown": ", ".join(unknown), "known": ", ".join(sorted(known))}
        problem = _("%(unknown)s is not among %(known)s") % said
        raise MalformedMapping(problem=problem, pointer=f"{pointer}/{unknown[0]}")
    return content


def _typed(given: Any, kind: type, pointer: str) -> Any:
    if not isinstance(given, kind):
        problem = _("true or false is needed") if kind is bool else _("a text is needed")
        raise MalformedMapping(problem=problem, pointer=pointer)
    return given


def _choice(content: Mapping[str, Any], name: str, choices: tuple[Any, ...]) -> Any:
    given = content.get(name, "auto")
    if given not in choices:
        problem = _("one of %(choices)s is needed") % {"choices": " ".join(choices)}
        raise MalformedMapping(problem=problem, pointer=f"/{name}")
    return given
