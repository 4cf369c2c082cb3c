"""Spreadsheets in: read, checked row by row, and given back with the errors written beside the rows."""

from __future__ import annotations

import io
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.errors import DomainError, Malformed, RuleBroken, RulesBroken
from catalog.foundation.sheets import Table as Table
from catalog.foundation.sheets import read_table as read_table
from catalog.foundation.text import normalise

# Whoever sent the sheet mends these first; what is wrong beyond them is only counted.
MAX_ERRORS = 1000
# What an integer and a small integer column of the database hold.
INTEGER_MAX = 2**31 - 1
SMALL_INTEGER_MAX = 2**15 - 1


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


class BadValue(ValueError):
    """What a reader raises, with the words that complete “the value …”."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a sheet must have, and how its cells are read."""

    name: str
    read: Callable[[str], Any]


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


def text(value: str) -> str:
    """Any text but none."""
    if not value:
        raise BadValue(_("must not be empty"))
    if "\x00" in value:
        raise BadValue(_("holds a character that no text has"))
    return value


def optional_text(value: str) -> str:
    """Any text, also none."""
    return text(value) if value else ""


def text_up_to(length: int) -> Callable[[str], str]:
    """Any text but none, of so many characters at most."""

    def read(value: str) -> str:
        if len(value) > length:
            raise BadValue(_("is longer than %(length)s characters") % {"length": length})
        return text(value)

    return read


def optional_text_up_to(length: int) -> Callable[[str], str]:
    """Any text of so many characters at most, also none."""
    read = text_up_to(length)
    return lambda value: read(value) if value else ""


def whole_number_up_to(most: int) -> Callable[[str], int]:
    """A whole number of one or more, and not above ``most``."""

    def read(value: str) -> int:
        try:
            number = Decimal(normalise(value))
            if number != number.to_integral_value():
                raise BadValue(_("is not a whole number"))
        except InvalidOperation:
            raise BadValue(_("is not a whole number")) from None
        if number < 1:
            raise BadValue(_("must be one or more"))
        if number > most:
            raise BadValue(_("must not be above %(most)s") % {"most": most})
        return int(number)

    return read


whole_number = whole_number_up_to(INTEGER_MAX)


def price(value: str) -> Decimal:
    """Yuan, above zero, at most four decimals; with a separator or a sign it is refused rather than guessed."""
    try:
        number = Decimal(normalise(value))
    except InvalidOperation:
        raise BadValue(_("is not a price in yuan such as 12.50")) from None
    if not number.is_finite() or number <= 0:
        raise BadValue(_("is not a price above zero"))
    exponent = number.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -4 or number >= 10**12:
        raise BadValue(_("is not a price in yuan with at most four decimals"))
    return number


def day(value: str) -> date:
    """A date as year-month-day, or as a spreadsheet's own date."""
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(normalise_date(value), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise BadValue(_("is not a date such as 2026-01-31"))


def normalise_date(value: str) -> str:
    """Half-width digits and one space between date and time."""
    return " ".join(normalise(part) for part in value.split())


def yes_no(value: str) -> bool:
    """yes or no, in English or Chinese."""
    answers = {"yes": True, "no": False, "是": True, "否": False, "": False}
    try:
        return answers[value.lower()]
    except KeyError:
        raise BadValue(_("is neither yes nor no")) from None


def one_of(*choices: str) -> Callable[[str], str]:
    """One of the words."""

    def read(value: str) -> str:
        if value not in choices:
            raise BadValue(_("is not one of %(choices)s") % {"choices": ", ".join(choices)})
        return value

    return read


def check(table: Table, columns: Sequence[Column], *, key: Sequence[str]) -> Checked:
    """Read every cell by its column and refuse rows that repeat the ``key`` columns.

    Raises:
        MissingColumns
    """
    missing = [column.name for column in columns if column.name not in table.header]
    if missing:
        raise MissingColumns(missing=", ".join(missing), found=", ".join(table.header))
    positions = {column.name: table.header.index(column.name) for column in columns}
    checked = Checked()
    first_row_of: dict[Hashable, int] = {}
    for number, line in enumerate(table.rows, start=table.first_row):
        # empty lines are passed over, and keep their number so that errors name the row that people see
        if not any(line):
            continue
        values: dict[str, Any] = {}
        for column in columns:
            position = positions[column.name]
            cell = line[position] if position < len(line) else ""
            try:
                values[column.name] = column.read(cell)
            except BadValue as error:
                checked.add(
                    number,
                    BadCell(
                        row=number,
                        column=column.name,
                        value=cell,
                        problem=str(error),
                        pointer=f"/rows/{number}/{column.name}",
                    ),
                )
        if len(values) < len(columns):
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
    # row by row, since cells take much more memory than their text; as text, to become neither a formula nor a link
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(table.first_row - 2, 0, [*table.header, " ".join(map(str, [_("error"), *checked.more]))])
        for number, line in enumerate(table.rows, start=table.first_row):
            padded = [*line, *[""] * (len(table.header) - len(line))]
            sheet.write_row(number - 1, 0, [*padded, "; ".join(problems.get(number, []))])
    return buffer.getvalue()
