"""The rows of a file on its way in, read through its mapping."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, repeat
from typing import Any, TypeVar

from django.db.models import Count

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import read_row
from catalog.foundation.mapping import ColumnMapping
from catalog.foundation.mapping_sources import ROW
from catalog.foundation.readers import from_json
from catalog.foundation.sheets import Sheet, open_sheet
from catalog.models import Import
from catalog.services.imports.kinds import Context, Kind, Row
from catalog.states import RowOutcome

# Where the sheet of refused rows has its header.
HEADER_ROW = 1
# How many rows are looked at and written together.
CHUNK = 1000
WRITTEN = (RowOutcome.ADDED, RowOutcome.CHANGED)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row on its way: its cells as they came, by column as the mapping gave them, and read; and what is wrong."""

    number: int
    cells: Sequence[str]
    mapped: dict[str, str]
    values: dict[str, Any]
    errors: Sequence[DomainError]


def context_of(taken: Import, kind: Kind, actor: Actor, at: datetime) -> Context:
    """What is known about the file beside its rows; what a worker does is the doing of who had it done.

    Raises:
        RulesBroken: an option cannot be read.
    """
    options = kind.read_options(taken.options)
    return Context(options=options, actor=_on_behalf(taken, kind, actor), at=at, by_row=taken.by_row)


def _on_behalf(taken: Import, kind: Kind, actor: Actor) -> Actor:
    person = taken.agreed_by_id or taken.started_by_id
    if person is None or not actor.is_platform:
        return actor
    return Actor(
        channel=actor.channel,
        user_id=person,
        organization_id=taken.organization_id,
        kind=taken.organization.kind if taken.organization else "",
        province=taken.organization.province_id if taken.organization else "",
        roles=frozenset(kind.importers),
        request_id=actor.request_id,
    )


@contextmanager
def rows_of(taken: Import, kind: Kind) -> Iterator[Iterator[ReadRow]]:
    """The rows of the file, one after the other.

    Raises:
        DamagedFile, TooLarge: also while they are read.
    """
    mapping = ColumnMapping.read(taken.mapping)
    columns = mapping.bind(kind.columns)

    def rows(sheet: Sheet) -> Iterator[ReadRow]:
        came: list[str] = []

        def remembered() -> Iterator[tuple[int, list[str]]]:
            nonlocal came
            for number, came in sheet.rows:  # noqa: UP028 - the cells of the row at hand are kept in passing
                yield number, came

        for number, mapped in mapping.apply(taken.header, remembered()):
            values, errors = read_row(number, mapped, columns)
            yield ReadRow(number, came, mapped, values, errors)

    with open_sheet(bytes(taken.content), name=taken.file_name) as sheet:
        yield rows(sheet)


def good_rows(taken: Import, kind: Kind, outcomes: Sequence[RowOutcome] = WRITTEN) -> Iterator[Row]:
    """The rows that add or change something, or have these outcomes, with their values read again."""
    columns = ColumnMapping.read(taken.mapping).bind(kind.columns)
    rows = taken.rows.filter(outcome__in=outcomes).order_by("number").values_list("number", "values")
    for number, cells in rows.iterator(chunk_size=CHUNK):
        values, _errors = read_row(number, {name: from_json(cell) for name, cell in cells.items()}, columns)
        yield number, values


def has_good_rows(taken: Import) -> bool:
    """Is there a row that adds or changes something?"""
    return taken.rows.filter(outcome__in=WRITTEN).exists()


@contextmanager
def spooled(rows: Iterable[Row]) -> Iterator[Iterator[Row]]:
    """The rows out of a file on disk: while a set of them arrives in the database nothing else can be asked there."""
    with tempfile.TemporaryFile() as file:
        count = 0
        for count, row in enumerate(rows, start=1):  # noqa: B007 - how many there were
            pickle.dump(row, file)
        file.seek(0)
        yield (pickle.load(file) for _ in range(count))


def refused_rows(taken: Import) -> Iterator[tuple[list[str], str]]:
    """The cells of each refused row as they came, and what is wrong with it.

    Where the mapping makes a value of the number of a row, empty rows stand for the others between the header and the
    last, so that the rows have their numbers again when they come back.
    """
    sources = ColumnMapping.read(taken.mapping).columns.values()
    is_numbered = any(f"{{{ROW}}}" in (source.template or "") for source in sources)
    rows = taken.rows.filter(outcome=RowOutcome.REFUSED).order_by("number")
    following = HEADER_ROW + 1
    for number, cells, problem in rows.values_list("number", "cells", "problem").iterator(chunk_size=CHUNK):
        if is_numbered:
            yield from repeat(([], ""), number - following)
            following = number + 1
        yield [from_json(cell) for cell in cells], problem


def counts_of(taken: Import) -> dict[str, int]:
    """How many rows there are of each outcome."""
    return dict(taken.rows.values_list("outcome").annotate(count=Count("pk")).order_by("outcome"))


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of so many."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
