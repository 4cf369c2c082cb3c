"""Files into rows, one after the other: workbooks, CSV and JSON, judged by their content and of limited size."""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.errors import Malformed
from catalog.foundation.readers import ExactNumber
from catalog.foundation.workbooks import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    OLD_EXCEL_SIGNATURE,
    ZIP_SIGNATURE,
    BeyondLimits,
    Damaged,
    NotFlat,
    are_within_limits,
    read_rows,
)

ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = ",;\t"
MAX_BYTES = 20 * 1024 * 1024
BLOCK = 64 * 1024
# A list of objects, or an object; a heading in brackets is neither.
JSON_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*[{\]]|\{\s*[\"}])")

Source = bytes | memoryview | Path | IO[bytes]


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


def open_rows(source: Source, *, name: str) -> Generator[list[str], None, None]:
    """Every row of the file from the first on, its cells without the spaces around them.

    What a workbook or a JSON file holds as a number is an ``ExactNumber``, a day is written year-month-day, a truth
    ``true`` or ``false``, an error as people see it. The rows of a JSON file are its names, in the order in which they
    first appear, and the objects. An open file is read from where it stands. Closing the iterator gives back what it
    holds.

    Raises:
        DamagedFile, TooLarge: a workbook or a JSON file before its first row, a CSV at the row that is wrong.
    """
    try:
        with _on_disk(source) as file:
            start = file.read(BLOCK)
            if start.startswith((ZIP_SIGNATURE, OLD_EXCEL_SIGNATURE)) or JSON_START.match(start):
                for row in read_rows(file):
                    yield [ExactNumber(cell[0]) if isinstance(cell, list) else cell for cell in row]
            else:
                yield from _rows_of_csv(file, name)
    except BeyondLimits as error:
        size = MAX_BYTES // 1024 // 1024
        raise TooLarge(name=name, size=size, rows=MAX_ROWS, columns=MAX_COLUMNS, cells=MAX_CELLS) from error
    except NotFlat as error:
        raise DamagedFile(name=name, problem=_("it is not a list of flat objects")) from error
    except Damaged as error:
        raise DamagedFile(name=name, problem=_("it is damaged")) from error


def _on_disk(source: Source) -> IO[bytes]:
    """The file from its beginning, where another process can read it too."""
    if isinstance(source, bytes | memoryview):
        source = io.BytesIO(source)
    given = source.open("rb") if isinstance(source, Path) else source
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - it is the caller's
    try:
        size = 0
        while block := given.read(BLOCK):
            size += len(block)
            if size > MAX_BYTES:
                raise BeyondLimits
            copy.write(block)
        copy.seek(0)
    except BaseException:
        copy.close()
        raise
    finally:
        if given is not source:
            given.close()
    return copy


def _rows_of_csv(file: IO[bytes], name: str) -> Iterator[list[str]]:
    encoding = _encoding(file)
    if not encoding:
        raise DamagedFile(name=name, problem=_("it is neither a workbook nor text"))
    file.seek(0)
    lines = io.TextIOWrapper(file, encoding, newline="")
    delimiter = _delimiter(lines)
    lines.seek(0)
    cells = 0
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=delimiter, strict=True), start=1):
            cells += len(row)
            if not are_within_limits(number, len(row), cells):
                raise BeyondLimits
            yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise DamagedFile(name=name, problem=str(error)) from error


def _encoding(file: IO[bytes]) -> str | None:
    """The first encoding in which all of it is text."""
    for encoding in ENCODINGS:
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while block := file.read(BLOCK):
                if "\x00" in decoder.decode(block):
                    return None
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    return None


def _delimiter(lines: IO[str]) -> str:
    """What alone parts the cells of the header line; a comma where that is not sure."""
    header = next((line for line in lines if line.strip(f' "\r\n{DELIMITERS}')), "")
    unquoted = re.sub(r'"[^"]*"', "", header)
    found = [delimiter for delimiter in DELIMITERS if delimiter in unquoted]
    return found[0] if len(found) == 1 else ","
