"""Loading the administrative divisions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from catalog.errors import UnknownCode
from catalog.foundation.errors import DomainError, NothingGiven
from catalog.foundation.imports import (
    BadCell,
    BadValue,
    Checked,
    Column,
    Table,
    check,
    one_of,
    optional_text_up_to,
    text_up_to,
)
from catalog.models import Region
from catalog.states import RegionLevel

# From the widest to the narrowest: a region lies in one of a wider level.
LEVELS = [RegionLevel.PROVINCE.value, RegionLevel.PREFECTURE.value, RegionLevel.COUNTY.value]


def region_code(value: str) -> str:
    """Six digits, of which the first two are those of the province (GB/T 2260)."""
    if not re.fullmatch("[0-9]{6}", value):
        raise BadValue(_("is not a code of six digits"))
    return value


COLUMNS = [
    Column("code", region_code),
    Column("name", text_up_to(50)),
    Column("level", one_of(*RegionLevel.values)),
    Column("parent", optional_text_up_to(6)),
]


def check_region_table(table: Table) -> Checked:
    """Check a sheet of regions, down to whether each lies in one that is known or in the sheet.

    Raises:
        MissingColumns
    """
    checked = check(table, COLUMNS, key=("code",))
    parents = {row["parent"] for _number, row in checked.rows}
    level_of = dict(Region.objects.filter(code__in=parents).values_list("code", "level"))
    level_of |= {row["code"]: row["level"] for _number, row in checked.rows}
    for number, row in checked.rows:
        error = misplaced(number, row, level_of)
        if error is not None:
            checked.add(number, error)
    return checked


def misplaced(number: int, row: dict[str, str], level_of: Mapping[str, str]) -> DomainError | None:
    """What is wrong with the place of a region among the others, if anything is."""
    code, level, parent = row["code"], row["level"], row["parent"]

    def bad(column: str, problem: str) -> BadCell:
        pointer = f"/rows/{number}/{column}"
        return BadCell(row=number, column=column, value=row[column], problem=problem, pointer=pointer)

    if level == RegionLevel.PROVINCE:
        if parent:
            return bad("parent", _("must be empty: a province lies in none"))
        return None if code.endswith("0000") else bad("code", _("is not the code of a province: it must end in 0000"))
    if not parent:
        return bad("parent", _("must name the region that this one lies in"))
    if parent not in level_of:
        return UnknownCode(field="parent", value=parent, pointer=f"/rows/{number}/parent")
    if LEVELS.index(level_of[parent]) >= LEVELS.index(level):
        return bad("parent", _("is not of a wider level"))
    # the province of a region is read off its code
    return None if parent[:2] == code[:2] else bad("parent", _("lies in another province than the code says"))


def load_regions(*, table: Table) -> int:
    """Load regions, renaming those that are known; all or nothing. Return how many the sheet holds.

    Raises:
        RulesBroken: with every bad row.
        MissingColumns, NothingGiven
    """
    checked = check_region_table(table)
    checked.refuse()
    if not checked.rows:
        raise NothingGiven(pointer="/rows")
    rows = sorted((row for _number, row in checked.rows), key=lambda row: LEVELS.index(row["level"]))
    Region.objects.bulk_create(
        (
            Region(code=row["code"], name=row["name"], level=row["level"], parent_id=row["parent"] or None)
            for row in rows
        ),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "level", "parent"],
    )
    return len(rows)
