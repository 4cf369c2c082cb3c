"""A file as a sheet: the header and the numbered rows below it, kept as a table or read one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.foundation.streams import MAX_BYTES as MAX_BYTES
from catalog.foundation.streams import DamagedFile as DamagedFile
from catalog.foundation.streams import Source, open_rows
from catalog.foundation.streams import TooLarge as TooLarge

# Begins the heading of the column of errors in any language, and survives every encoding.
ERROR_MARK = "[!]"


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet as text: the header and the rows below it; ``first_row`` is the number people see beside the first."""

    header: list[str]
    rows: list[list[str]]
    first_row: int = 2


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet being read: the header, and once only each row with the number that people see beside it.

    A row is as long as the header at least; empty rows are there, too.
    """

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]


def error_heading() -> str:
    """The heading of the column that says what is wrong with a row."""
    return f"{ERROR_MARK} {_('error')}"


@contextmanager
def open_sheet(source: Source, *, name: str) -> Iterator[Sheet]:
    """Read the file row by row, without a column of errors that it was given back with.

    Raises:
        DamagedFile, TooLarge: also from ``rows``.
    """
    with closing(open_rows(source, name=name)) as lines:
        sheet = _below_the_header(lines, name)
        errors = {place for place, heading in enumerate(sheet.header) if heading.startswith(ERROR_MARK)}
        if not errors:
            yield sheet
            return

        def without_errors(row: list[str]) -> list[str]:
            return [cell for place, cell in enumerate(row) if place not in errors]

        yield Sheet(without_errors(sheet.header), ((number, without_errors(row)) for number, row in sheet.rows))


def read_table(content: bytes, *, name: str) -> Table:
    """Read a sheet as a whole.

    Raises:
        DamagedFile, TooLarge
    """
    with closing(open_rows(content, name=name)) as lines:
        sheet = _below_the_header(lines, name)
        rows = list(sheet.rows)
    return Table(header=sheet.header, rows=[row for _number, row in rows], first_row=rows[0][0] if rows else 2)


def _below_the_header(lines: Iterator[list[str]], name: str) -> Sheet:
    """The header is the first line with anything in it."""
    numbered = enumerate(lines, start=1)
    header = next((line for _number, line in numbered if any(line)), None)
    if header is None:
        raise DamagedFile(name=name, problem=_("it is empty"))
    width = len(header)
    return Sheet(header, ((number, line + [""] * (width - len(line))) for number, line in numbered))
