"""Looking at a workbook of 20,000 organizations before anything is written, beside openpyxl and a query for each row.

Both say of every row whether it would be added, changed, left alone or refused. The naive way reads the whole workbook
into memory and looks each row up by itself; it does so for a tenth of the rows. The highest memory, of the process
that looks and of the one that reads the workbook for it, must not grow with five times the rows.
"""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
from collections import Counter
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import openpyxl
import xlsxwriter
from django.db import connection, transaction
from django.utils import timezone

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Region
from catalog.services.imports.checking import check_import
from catalog.services.imports.intake import start_import
from tests.benchmarks import Comparison, Run, timed

ROWS = 20_000
HEADER = ["code", "kind", "name", "short_name", "region", "tier", "uscc"]
MAPPING = {"columns": {name: {"from": name} for name in HEADER}}
PLATFORM = Actor.platform()
# What Linux counts memory in, per MB; and what may differ from one run to the next.
KB = 1024
MARGIN = 25


@dataclass(frozen=True, slots=True)
class World:
    """The workbooks; ``folder`` goes with them."""

    folder: tempfile.TemporaryDirectory[str]
    whole: Path
    rows: int
    part: Path
    part_rows: int
    long: Path


def seed(rows: int) -> World:
    """A third of the organizations is registered as the file says, a third under another name."""
    Region.objects.create(code="410000", name="河南省", level="province")
    Organization.objects.bulk_create(
        Organization(
            code=f"H{number}", kind="institution", name=f"医院{number if number % 3 else ''}", region_id="410000"
        )
        for number in range(rows)
        if number % 3 < 2
    )
    folder = tempfile.TemporaryDirectory()
    names = ("whole.xlsx", "part.xlsx", "long.xlsx")
    whole, part, long = (Path(folder.name, name) for name in names)
    part_rows = max(1, rows // 10)
    for path, count in ((whole, rows), (part, part_rows), (long, 5 * rows)):
        _write(path, count)
    return World(folder, whole, rows, part, part_rows, long)


def _write(path: Path, rows: int) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for number in range(rows):
            region = "410000" if number % 50 else "990000"
            sheet.write_row(number + 1, 0, [f"H{number}", "institution", f"医院{number}", "", region, "", ""])


def preview(path: Path) -> dict[str, int]:
    """How many rows would be added, changed, left alone and refused; what was kept for it is forgotten."""
    with transaction.atomic():
        source = start_import(
            kind="organizations",
            file_name=path.name,
            content=path.read_bytes(),
            mapping=MAPPING,
            options={},
            actor=PLATFORM,
            at=timezone.now(),
        )
        counts = check_import(import_id=source.pk, actor=PLATFORM, at=timezone.now()).counts
        transaction.set_rollback(True)
    return counts


def preview_naively(path: Path) -> dict[str, int]:
    """The same for the whole workbook in memory and with queries for each row."""
    counts: Counter[str] = Counter()
    for row in list(openpyxl.load_workbook(path).active.iter_rows(min_row=2, values_only=True)):
        code, kind, name, _short_name, region, _tier, _uscc = row
        standing = Organization.objects.filter(code=code).first()
        if not Region.objects.filter(code=region).exists() or (standing and standing.kind != kind):
            counts["refused"] += 1
        elif standing is None:
            counts["added"] += 1
        else:
            is_same = (standing.name, standing.region_id) == (name, region)
            counts["unchanged" if is_same else "changed"] += 1
    return dict(counts)


def agree(world: World) -> None:
    """Both find the same, and five times the rows take no more memory."""
    assert preview(world.part) == preview_naively(world.part)
    own, reader = memory_of(world.whole)
    long_own, long_reader = memory_of(world.long)
    assert long_own <= own + MARGIN and long_reader <= reader + MARGIN, (own, reader, long_own, long_reader)


def baseline(world: World) -> Run:
    with timed(world.part_rows) as run:
        preview_naively(world.part)
    return run


def product(world: World) -> Run:
    with timed(world.rows) as run:
        preview(world.whole)
    return run


def memory_of(path: Path) -> tuple[int, int]:
    """The highest memory of a process that looks at the file, and of the one that reads it for that, in MB."""
    connection.close()
    context = multiprocessing.get_context("fork")
    answer = context.SimpleQueue()
    process = context.Process(target=_preview_and_tell, args=(path, answer))
    process.start()
    found: tuple[int, int] = answer.get()
    process.join()
    return found


def _preview_and_tell(path: Path, answer: SimpleQueue[tuple[int, int]]) -> None:
    preview(path)
    own, reader = (resource.getrusage(who).ru_maxrss // KB for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    answer.put((own, reader))


COMPARISONS = [Comparison("excel-preview", "rows", 1.5, agree, baseline, product)]
