"""Spreadsheets in: read, checked row by row, and given back with the errors written beside the rows."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

import xlsxwriter
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.errors import DomainError, Malformed, RuleBroken, RulesBroken
from catalog.foundation.readers import INTEGER_MAX as INTEGER_MAX
from catalog.foundation.readers import SMALL_INTEGER_MAX as SMALL_INTEGER_MAX
from catalog.foundation.readers import BadValue as BadValue
from catalog.foundation.readers import day as day
from catalog.foundation.readers import one_of as one_of
from catalog.foundation.readers import optional as optional
from catalog.foundation.readers import optional_text as optional_text
from catalog.foundation.readers import optional_text_up_to as optional_text_up_to
from catalog.foundation.readers import price as price
from catalog.foundation.readers import text as text
from catalog.foundation.readers import text_up_to as text_up_to
from catalog.foundation.readers import to_json
from catalog.foundation.readers import whole_number as whole_number
from catalog.foundation.readers import whole_number_up_to as whole_number_up_to
from catalog.foundation.readers import yes_no as yes_no
from catalog.foundation.sheets import ERROR_MARK, error_heading
from catalog.foundation.sheets import Table as Table
from catalog.foundation.sheets import read_table as read_table

# Whoever sent the sheet mends these first; what is wrong beyond them is only counted.
MAX_ERRORS = 1000
# So much of a refused value its mistake shows.
MAX_SHOWN = 200
# What a cell of a workbook holds.
MAX_CELL_TEXT = 32_767


class MissingColumns(Malformed):
    """Columns that are needed are not there."""

    code = "missing-columns"
    template = gettext_lazy("The columns %(missing)s are missing; the file has: %(found)s.")


class BadCell(RuleBroken):
    """A value that its column does not admit."""

    code = "bad-value"
    template = gettext_lazy("Row %(row)s, column “%(column)s”: “%(value)s” %(problem)s.")


class DuplicateRow(RuleBroken):
    """Two rows about the same thing."""

    code = "duplicate-row"
    template = gettext_lazy("Row %(row)s says the same thing as row %(first)s (%(key)s): keep one of them.")


class MoreMistakes(RuleBroken):
    """There are too many mistakes to list them all."""

    code = "more-mistakes"
    template = gettext_lazy("Further mistakes that are not listed: %(count)s. Mend the listed ones first.")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet, and how its cells are read.

    A column that is not required may be missing altogether; its cells are then read as empty ones. ``label`` and
    ``synonyms`` are other headings by which people's own files may know it.
    """

    name: str
    read: Callable[[str], Any]
    label: str | Promise = ""
    is_required: bool = True
    synonyms: tuple[str, ...] = ()


@dataclass(slots=True)
class Checked:
    """The outcome of checking a table: values per row (its number in the sheet first), and what is wrong.

    ``errors`` are the first ``MAX_ERRORS`` found, ``unlisted`` counts the others; ``refused`` are all bad rows.
    """

    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    errors: list[tuple[int, DomainError]] = field(default_factory=list)
    unlisted: int = 0
    refused: set[int] = field(default_factory=set)

    def add(self, number: int, error: DomainError) -> None:
        """Note an error of the row."""
        self.refused.add(number)
        if len(self.errors) >= MAX_ERRORS:
            self.unlisted += 1
            return
        error.pointer = error.pointer or f"/rows/{number}"
        self.errors.append((number, error))

    @property
    def count(self) -> int:
        """How many mistakes there are, listed or not."""
        return len(self.errors) + self.unlisted

    @property
    def more(self) -> list[DomainError]:
        """What is to be said after the errors."""
        return [MoreMistakes(count=self.unlisted)] if self.unlisted else []

    def in_order(self) -> list[tuple[int, DomainError]]:
        """The errors in the order of the rows."""
        return sorted(self.errors, key=lambda item: item[0])

    def refuse(self) -> None:
        """Raise everything that is wrong, if anything is.

        Raises:
            RulesBroken
        """
        if self.errors:
            raise RulesBroken([*(error for _number, error in self.in_order()), *self.more], count=self.count)

    def problems(self) -> list[str]:
        """Each error in words and in the order of the rows, with its row where the words do not name it."""
        said = [
            str(error) if "row" in error.facts else _("Row %(row)s: %(problem)s") % {"row": number, "problem": error}
            for number, error in self.in_order()
        ]
        return [*said, *map(str, self.more)]


def read_row(
    number: int, cells: Mapping[str, str], columns: Sequence[Column]
) -> tuple[dict[str, Any], list[DomainError]]:
    """The values of the row's cells by the names of their columns, and what is wrong with the others."""
    values: dict[str, Any] = {}
    errors: list[DomainError] = []
    for column in columns:
        cell = cells.get(column.name, "")
        try:
            values[column.name] = column.read(cell)
        except BadValue as error:
            place = f"/rows/{number}/{column.name}"
            errors.append(
                BadCell(row=number, column=column.name, value=cell[:MAX_SHOWN], problem=str(error), pointer=place)
            )
    return values, errors


def check(table: Table, columns: Sequence[Column], *, key: Sequence[str]) -> Checked:
    """Read every cell by its column and refuse rows that repeat the ``key`` columns.

    Raises:
        MissingColumns
    """
    missing = [column.name for column in columns if column.is_required and column.name not in table.header]
    if missing:
        raise MissingColumns(missing=", ".join(missing), found=", ".join(table.header))
    positions = {column.name: table.header.index(column.name) for column in columns if column.name in table.header}
    checked = Checked()
    first_row_of: dict[Hashable, int] = {}
    for number, line in enumerate(table.rows, start=table.first_row):
        # empty lines are passed over, and keep their number so that errors name the row that people see
        if not any(line):
            continue
        cells = {name: line[position] for name, position in positions.items() if position < len(line)}
        values, errors = read_row(number, cells, columns)
        for error in errors:
            checked.add(number, error)
        if errors:
            continue
        identity = tuple(values[name] for name in key)
        first = first_row_of.setdefault(identity, number)
        if first != number:
            checked.add(number, DuplicateRow(row=number, first=first, key=" · ".join(map(str, identity))))
        else:
            checked.rows.append((number, values))
    return checked


def annotated(table: Table, checked: Checked) -> bytes:
    """The same sheet as a workbook with a last column that says what is wrong with each row."""
    problems: dict[int, list[str]] = {}
    for number, error in checked.errors:
        problems.setdefault(number, []).append(str(error))
    buffer = io.BytesIO()
    with _sheet_in(buffer) as sheet:
        _write(sheet, table.first_row - 2, [*table.header, " ".join(map(str, [error_heading(), *checked.more]))])
        for number, line in enumerate(table.rows, start=table.first_row):
            padded = [*line, *[""] * (len(table.header) - len(line))]
            _write(sheet, number - 1, [*padded, "; ".join(problems.get(number, []))])
    return buffer.getvalue()


def write_refused(header: Sequence[str], rows: Iterable[tuple[Sequence[str], str]]) -> IO[bytes]:
    """A workbook on disk with these rows and what is wrong with each in the last column, to be mended and sent again.

    A column of errors that the rows bring with them gives place to the new one. What the file held as a number
    (``ExactNumber``) is a number again. A row without a cell leaves its line empty.
    """
    kept = [place for place, heading in enumerate(header) if not heading.startswith(ERROR_MARK)]
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is the caller's
    with _sheet_in(file) as sheet:
        _write(sheet, 0, [*(header[place] for place in kept), error_heading()])
        for number, (row, problem) in enumerate(rows, start=1):
            _write(sheet, number, [*(row[place] if place < len(row) else "" for place in kept), problem])
    file.seek(0)
    return file


@contextmanager
def _sheet_in(file: IO[bytes]) -> Iterator[Any]:
    """The only sheet of a new workbook; rows have to be written in their order."""
    # row by row, since cells take much more memory than their text
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as workbook:
        yield workbook.add_worksheet()


def _write(sheet: Any, row: int, cells: Iterable[str]) -> None:
    for column, cell in enumerate(cells):
        kept = to_json(cell)
        if kept == "":
            continue
        if isinstance(kept, str):
            # as text, to become neither a formula nor a link; a longer one would be left out
            sheet.write_string(row, column, kept[:MAX_CELL_TEXT])
        else:
            sheet.write_number(row, column, kept)
