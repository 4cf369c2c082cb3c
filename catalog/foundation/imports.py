"""Spreadsheets in: read, checked row by row, and given back with the errors written beside the rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import python_calamine
import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.errors import DomainError, Malformed, RuleBroken, RulesBroken
from catalog.foundation.text import normalise

ZIP_SIGNATURE = b"PK\x03\x04"
OLD_EXCEL_SIGNATURE = b"\xd0\xcf\x11\xe0"
ENCODINGS = ("utf-8-sig", "gb18030")
MAX_BYTES = 50 * 1024 * 1024
# What an integer and a small integer column of the database hold.
INTEGER_MAX = 2**31 - 1
SMALL_INTEGER_MAX = 2**15 - 1


class DamagedFile(Malformed):
    """The file is not a readable spreadsheet."""

    code = "damaged-file"
    template = gettext_lazy("“%(name)s” cannot be read as a spreadsheet (%(problem)s): save it again as .xlsx or .csv.")


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


class BadValue(ValueError):
    """What a reader raises, with the words that complete “the value …”."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet as text: the header and the rows below it; ``first_row`` is the number people see beside the first."""

    header: list[str]
    rows: list[list[str]]
    first_row: int = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a sheet must have, and how its cells are read."""

    name: str
    read: Callable[[str], Any]


@dataclass(slots=True)
class Checked:
    """The outcome of checking a table: values per row (its number in the sheet first), and what is wrong."""

    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    errors: list[tuple[int, DomainError]] = field(default_factory=list)

    def add(self, number: int, error: DomainError) -> None:
        """Note an error of the row."""
        error.pointer = error.pointer or f"/rows/{number}"
        self.errors.append((number, error))

    def refuse(self) -> None:
        """Raise everything that is wrong, if anything is.

        Raises:
            RulesBroken
        """
        if self.errors:
            raise RulesBroken([error for _number, error in sorted(self.errors, key=lambda item: item[0])])

    def problems(self) -> list[str]:
        """Each error in words and in the order of the rows, with its row where the words do not name it."""
        return [
            str(error) if "row" in error.facts else _("Row %(row)s: %(problem)s") % {"row": number, "problem": error}
            for number, error in sorted(self.errors, key=lambda item: item[0])
        ]


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


def read_table(content: bytes, *, name: str) -> Table:
    """Read a sheet, judging the kind of file by its content: ``.xlsx``, old ``.xls``, or CSV in UTF-8 or GB18030.

    Raises:
        DamagedFile
    """
    if len(content) > MAX_BYTES:
        raise DamagedFile(name=name, problem=_("larger than %(size)s MB") % {"size": MAX_BYTES // 1024 // 1024})
    if content.startswith((ZIP_SIGNATURE, OLD_EXCEL_SIGNATURE)):
        lines = _read_workbook(content, name)
    else:
        lines = _read_csv(content, name)
    header = next((place for place, line in enumerate(lines) if any(line)), None)
    if header is None:
        raise DamagedFile(name=name, problem=_("it is empty"))
    return Table(header=lines[header], rows=lines[header + 1 :], first_row=header + 2)


def _read_workbook(content: bytes, name: str) -> list[list[str]]:
    try:
        sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        return [[_cell(value) for value in line] for line in sheet.to_python(skip_empty_area=False)]
    # a damaged workbook fails in as many ways as there are ways to damage it
    except Exception as error:
        raise DamagedFile(name=name, problem=type(error).__name__) from error


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _read_csv(content: bytes, name: str) -> list[list[str]]:
    for encoding in ENCODINGS:
        try:
            decoded = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in decoded:
            break
        try:
            return [[cell.strip() for cell in line] for line in csv.reader(io.StringIO(decoded), strict=True)]
        except csv.Error as error:
            raise DamagedFile(name=name, problem=str(error)) from error
    raise DamagedFile(name=name, problem=_("it is neither a workbook nor text"))


def check(table: Table, columns: Sequence[Column], *, key: Sequence[str]) -> Checked:
    """Read every cell by its column and refuse rows that repeat the ``key`` columns; every error is kept.

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
    # values are written as text: a cell must become neither a formula nor a link
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(table.first_row - 2, 0, [*table.header, _("error")])
        for number, line in enumerate(table.rows, start=table.first_row):
            padded = [*line, *[""] * (len(table.header) - len(line))]
            sheet.write_row(number - 1, 0, [*padded, "; ".join(problems.get(number, []))])
    return buffer.getvalue()
