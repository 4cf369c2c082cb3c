"""Files into tables of text: workbooks and CSV, of limited size whatever they are made to be."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.errors import Malformed
from catalog.foundation.workbooks import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    BeyondLimits,
    Damaged,
    are_within_limits,
    read_workbook,
)

ZIP_SIGNATURE = b"PK\x03\x04"
OLD_EXCEL_SIGNATURE = b"\xd0\xcf\x11\xe0"
ENCODINGS = ("utf-8-sig", "gb18030")
MAX_BYTES = 20 * 1024 * 1024


class DamagedFile(Malformed):
    """The file is not a readable spreadsheet."""

    code = "damaged-file"
    template = gettext_lazy("“%(name)s” cannot be read as a spreadsheet (%(problem)s): save it again as .xlsx or .csv.")


class TooLarge(DamagedFile):
    """The file has more in it than a sheet may have."""

    code = "sheet-too-large"
    template = gettext_lazy(
        "“%(name)s” is too large: a sheet has at most %(size)s MB, %(rows)s rows, %(columns)s columns and "
        "%(cells)s cells. Send it in parts."
    )


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet as text: the header and the rows below it; ``first_row`` is the number people see beside the first."""

    header: list[str]
    rows: list[list[str]]
    first_row: int = 2


def read_table(content: bytes, *, name: str) -> Table:
    """Read a sheet, judging the kind of file by its content: ``.xlsx``, old ``.xls``, or CSV in UTF-8 or GB18030.

    Raises:
        DamagedFile, TooLarge
    """
    if len(content) > MAX_BYTES:
        raise _too_large(name)
    try:
        if content.startswith((ZIP_SIGNATURE, OLD_EXCEL_SIGNATURE)):
            lines = read_workbook(content)
        else:
            lines = _read_csv(content, name)
    except BeyondLimits as error:
        raise _too_large(name) from error
    except Damaged as error:
        raise DamagedFile(name=name, problem=_("it is damaged")) from error
    header = next((place for place, line in enumerate(lines) if any(line)), None)
    if header is None:
        raise DamagedFile(name=name, problem=_("it is empty"))
    return Table(header=lines[header], rows=lines[header + 1 :], first_row=header + 2)


def _too_large(name: str) -> TooLarge:
    size = MAX_BYTES // 1024 // 1024
    return TooLarge(name=name, size=size, rows=MAX_ROWS, columns=MAX_COLUMNS, cells=MAX_CELLS)


def _read_csv(content: bytes, name: str) -> list[list[str]]:
    for encoding in ENCODINGS:
        try:
            decoded = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in decoded:
            break
        lines: list[list[str]] = []
        cells = 0
        try:
            for line in csv.reader(io.StringIO(decoded), strict=True):
                cells += len(line)
                if not are_within_limits(len(lines) + 1, len(line), cells):
                    raise BeyondLimits
                lines.append([cell.strip() for cell in line])
        except csv.Error as error:
            raise DamagedFile(name=name, problem=str(error)) from error
        return lines
    raise DamagedFile(name=name, problem=_("it is neither a workbook nor text"))
