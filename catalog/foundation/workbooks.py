"""The first sheet of a workbook, read in a process of its own.

The library takes as much memory as a file makes it take: two cells in opposite corners are half a terabyte, and what
ends then is the whole process. So this file is also the program that reads, for which the kernel sets the limits.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import signal
import subprocess
import sys
from typing import Any

MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELLS = 1_000_000
# As UTF-8; one long text may stand in every cell and take no room in the file.
MAX_TEXT = 64 * 1024 * 1024
# What a sheet at these limits needs is half of it.
MEMORY = 768 * 1024 * 1024
SECONDS = 10

DAMAGED, TOO_LARGE = 3, 4
# How it ends at the limits of memory (in Rust, which aborts) and of time.
STOPPED = {-signal.SIGABRT, -signal.SIGKILL, -signal.SIGXCPU}


class Damaged(Exception):
    """It is no workbook."""


class BeyondLimits(Exception):
    """It is larger than a sheet may be, or takes more memory or time to read than any such sheet."""


def read_workbook(content: bytes) -> list[list[str]]:
    """Every line from the first row and column on, as text; all lines are of the same length.

    Raises:
        Damaged, BeyondLimits
    """
    # -P: the modules beside this file are not the program's
    command = [sys.executable, "-P", __file__]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=3 * SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise BeyondLimits from error
    if done.returncode == TOO_LARGE or done.returncode in STOPPED:
        raise BeyondLimits
    if done.returncode:
        raise Damaged(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])
    lines: list[list[str]] = json.loads(done.stdout)
    return lines


def are_within_limits(rows: int, columns: int, cells: int) -> bool:
    """May a sheet have so many?"""
    return rows <= MAX_ROWS and columns <= MAX_COLUMNS and cells <= MAX_CELLS


def main() -> int:
    """Read the workbook on the standard input and write its lines as JSON; the code says what is wrong with it."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        # macOS knows no limit of memory
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        sheet = workbook.get_sheet_by_index(0)
        row, column = sheet.end or (0, 0)
        if not are_within_limits(row + 1, column + 1, (row + 1) * (column + 1)):
            return TOO_LARGE
        lines = [[_cell(value) for value in line] for line in sheet.to_python(skip_empty_area=False)]
        written = json.dumps(lines, ensure_ascii=False).encode(errors="replace")
    except MemoryError:
        return TOO_LARGE
    # a damaged workbook fails in as many ways as there are ways to damage it
    except Exception as error:
        print(type(error).__name__, file=sys.stderr)
        return DAMAGED
    if len(written) > MAX_TEXT:
        return TOO_LARGE
    sys.stdout.buffer.write(written)
    return 0


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


if __name__ == "__main__":
    sys.exit(main())
