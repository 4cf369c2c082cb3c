"""The first sheet of a workbook, or the objects of a JSON file, read in a process of its own.

The libraries take as much memory as a file makes them take, and what ends then is the whole process. So this file is
also the program that reads, for which the kernel sets the limits. It writes a line of JSON per row to disk, where a
number is a list of its digits, so that neither process keeps the rows.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any

ZIP_SIGNATURE = b"PK\x03\x04"
OLD_EXCEL_SIGNATURE = b"\xd0\xcf\x11\xe0"

MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELLS = 1_000_000
# As UTF-8; one long text may stand in every cell and take no room in the file.
MAX_TEXT = 64 * 1024 * 1024
# A million cells with their texts take half of it.
MAX_UNPACKED = 256 * 1024 * 1024
# What a sheet at these limits needs is half of it, where the format has to be read as a whole.
MEMORY = 768 * 1024 * 1024
# Of the processor; a sheet at these limits takes a tenth of it.
SECONDS = 120

DAMAGED, TOO_LARGE, NOT_FLAT = 3, 4, 5
# How it ends at the limits of memory (in Rust, which aborts) and of time.
STOPPED = {-signal.SIGABRT, -signal.SIGKILL, -signal.SIGXCPU}
# Excel shows no more; what stands behind them is what binary fractions add.
SIGNIFICANT_DIGITS = 15
# Beyond it a number stays as it is written, with its exponent, which no reader takes for a number.
MAX_EXPONENT = 30
TEXTS_AT_HAND = 4096

Cell = str | list[str]


class Damaged(Exception):
    """It cannot be read."""


class NotFlat(Damaged):
    """It is JSON, and no list of flat objects."""


class BeyondLimits(Exception):
    """It is larger than a sheet may be, or takes more memory or time to read than any such sheet."""


def read_rows(file: IO[bytes]) -> Iterator[list[Cell]]:
    """Every row from the first on, a number as a list of its digits; all is read before the first one comes.

    Raises:
        Damaged, NotFlat, BeyondLimits
    """
    # -P: the modules beside this file are not the program's
    command = [sys.executable, "-P", __file__]
    file.seek(0)
    with tempfile.TemporaryFile() as rows:
        try:
            done = subprocess.run(
                command, stdin=file, stdout=rows, stderr=subprocess.PIPE, timeout=2 * SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise BeyondLimits from error
        if done.returncode == TOO_LARGE or done.returncode in STOPPED:
            raise BeyondLimits
        if done.returncode == NOT_FLAT:
            raise NotFlat
        if done.returncode:
            raise Damaged(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])
        rows.seek(0)
        for row in rows:
            yield json.loads(row)


def are_within_limits(rows: int, columns: int, cells: int) -> bool:
    """May a sheet have so many?"""
    return rows <= MAX_ROWS and columns <= MAX_COLUMNS and cells <= MAX_CELLS


def main() -> int:
    """Read the file on the standard input and write its rows; the code says what is wrong with it."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        # macOS knows no limit of memory
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))
    try:
        size = 0
        for row in _rows(sys.stdin.buffer):
            written = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode(errors="replace") + b"\n"
            size += len(written)
            if size > MAX_TEXT:
                return TOO_LARGE
            sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
    except (MemoryError, BeyondLimits):
        return TOO_LARGE
    except NotFlat:
        return NOT_FLAT
    # a damaged file fails in as many ways as there are ways to damage it
    except Exception as error:
        print(type(error).__name__, file=sys.stderr)
        return DAMAGED
    return 0


def _rows(file: IO[bytes]) -> Iterator[list[Cell]]:
    signature = file.read(4)
    file.seek(0)
    if signature == ZIP_SIGNATURE:
        try:
            workbook = _Workbook(file)
        except (MemoryError, BeyondLimits):
            raise
        # .xlsb and .ods, and .xlsx with styles that openpyxl does not admit
        except Exception:
            file.seek(0)
            return _rows_as_a_whole(file)
        return workbook.rows()
    return _rows_as_a_whole(file) if signature == OLD_EXCEL_SIGNATURE else _rows_of_json(file)


class _Workbook:
    """An .xlsx file, read row by row; its memory depends on the widest row and not on the number of rows.

    openpyxl knows the parts of the file and the cells. Its own walk over the rows keeps an element and the height of
    each, and its list of shared texts is kept in memory.
    """

    def __init__(self, file: IO[bytes]) -> None:
        from openpyxl.reader.excel import SHARED_STRINGS, ExcelReader
        from openpyxl.styles.stylesheet import apply_stylesheet

        reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        self.archive = reader.archive
        # the archive gives no more of a part than the part says that it has
        if sum(part.file_size for part in self.archive.infolist()) > MAX_UNPACKED:
            raise BeyondLimits
        reader.read_manifest()
        reader.read_workbook()
        apply_stylesheet(self.archive, reader.wb)
        self.book = reader.wb
        self.path = next(rel.target for _, rel in reader.parser.find_sheets() if "chartsheet" not in rel.Type)
        part = reader.package.find(SHARED_STRINGS)
        self.texts: Any = _SharedTexts(self.archive.open(part.PartName[1:])) if part else []

    def rows(self) -> Iterator[list[Cell]]:
        from openpyxl.utils.escape import unescape
        from openpyxl.worksheet._reader import DATA_TAG, ROW_TAG, WorkSheetParser
        from openpyxl.xml.functions import iterparse

        with self.archive.open(self.path) as source:
            parser = WorkSheetParser(
                source,
                self.texts,
                data_only=True,
                epoch=self.book.epoch,
                date_formats=self.book._date_formats,
                timedelta_formats=self.book._timedelta_formats,
            )
            last = widest = 0
            data = None
            for event, element in iterparse(source, ("start", "end")):
                if element.tag == DATA_TAG:
                    if event == "end":
                        return
                    data = element
                elif data is not None and event == "end" and element.tag == ROW_TAG:
                    number, cells = parser.parse_row(element)
                    width = max((cell["column"] for cell in cells), default=0)
                    widest = max(widest, width)
                    if not are_within_limits(number, widest, number * widest):
                        raise BeyondLimits
                    if number <= last:
                        raise Damaged("rows out of order")
                    # rows without a cell need not be in the file
                    yield from ([] for _ in range(last + 1, number))
                    row: list[Cell] = [""] * width
                    for cell in cells:
                        value = cell["value"]
                        row[cell["column"] - 1] = _cell(unescape(value) if isinstance(value, str) else value)
                    yield row
                    last = number
                    data.clear()
                    parser.row_dimensions.clear()


class _SharedTexts:
    """The texts that the cells of a workbook share, on disk."""

    def __init__(self, source: IO[bytes]) -> None:
        from openpyxl.xml.constants import SHEET_MAIN_NS
        from openpyxl.xml.functions import iterparse

        item, text, run = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("si", "t", "r"))
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - the program ends with it
        self.ends = array("I", [0])
        elements = iterparse(source, ("start", "end"))
        _, root = next(elements)
        for event, element in elements:
            if event == "end" and element.tag == item:
                parts = (part.text or "" for path in (text, f"{run}/{text}") for part in element.iterfind(path))
                self.ends.append(self.ends[-1] + self.file.write("".join(parts).encode()))
                if self.ends[-1] > MAX_TEXT:
                    raise BeyondLimits
                root.clear()
        self.file.flush()
        self.read = functools.lru_cache(TEXTS_AT_HAND)(self._read)

    def __getitem__(self, index: int) -> str:
        return self.read(index)

    def _read(self, index: int) -> str:
        if index < 0:
            raise IndexError(index)
        start, end = self.ends[index], self.ends[index + 1]
        return os.pread(self.file.fileno(), end - start, start).decode()


def _rows_as_a_whole(file: IO[bytes]) -> Iterator[list[Cell]]:
    """The old formats, which say how large a sheet is before it is read."""
    import python_calamine

    sheet = python_calamine.CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
    row, column = sheet.end or (0, 0)
    if not are_within_limits(row + 1, column + 1, (row + 1) * (column + 1)):
        raise BeyondLimits
    for line in sheet.to_python(skip_empty_area=False):
        yield [_cell(value) for value in line]


def _rows_of_json(file: IO[bytes]) -> Iterator[list[Cell]]:
    content = json.loads(
        file.read().decode("utf-8-sig"),
        parse_float=Decimal,
        parse_int=Decimal,
        parse_constant=str,
        object_pairs_hook=_object,
    )
    rows = content.get("rows") if isinstance(content, dict) else content
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise NotFlat
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not are_within_limits(len(rows) + 1, len(names), (len(rows) + 1) * len(names)):
        raise BeyondLimits
    yield [name.strip() for name in names]
    for row in rows:
        yield [_cell(row.get(name)) for name in names]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotFlat
    return found


def _cell(value: Any) -> Cell:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float() | Decimal():
            return _number(value)
        case datetime():
            return value.date().isoformat() if value.time() == time.min else value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case list() | dict():
            raise NotFlat
        case _:
            return str(value).strip()


def _number(value: int | float | Decimal) -> Cell:
    exact = Decimal(f"{value:.{SIGNIFICANT_DIGITS}g}" if isinstance(value, float) else value)
    if not exact.is_finite() or (exact and abs(exact.adjusted()) > MAX_EXPONENT):
        return str(value)
    digits = f"{exact:f}"
    return [digits.rstrip("0").rstrip(".") if "." in digits else digits]


if __name__ == "__main__":
    sys.exit(main())
