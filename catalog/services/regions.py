"""Loading the administrative divisions."""

from __future__ import annotations

from catalog.foundation.imports import Checked, Column, Table, check, one_of, optional_text, text
from catalog.models import Region
from catalog.states import RegionLevel

COLUMNS = [
    Column("code", text),
    Column("name", text),
    Column("level", one_of(*RegionLevel.values)),
    Column("parent", optional_text),
]


def check_regions(table: Table) -> Checked:
    """Check a sheet of regions.

    Raises:
        MissingColumns
    """
    return check(table, COLUMNS, key=("code",))


def load_regions(*, table: Table) -> int:
    """Load regions, renaming those that are known; return how many the sheet holds.

    Raises:
        RulesBroken, MissingColumns
    """
    checked = check_regions(table)
    checked.refuse()
    order = list(RegionLevel.values)
    rows = sorted((row for _number, row in checked.rows), key=lambda row: order.index(row["level"]))
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
