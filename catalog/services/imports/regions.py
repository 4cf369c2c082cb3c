"""Administrative divisions out of a file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.errors import KeptByOperators
from catalog.foundation.actor import Actor
from catalog.foundation.imports import Column, one_of, optional_text_up_to, text_up_to
from catalog.foundation.journal.record import record
from catalog.models import Region
from catalog.services.imports.kinds import Context, Kind, Planned, Row, compared, refused
from catalog.services.regions import misplaced, region_code
from catalog.states import RegionLevel, RowOutcome

WRITTEN = (RowOutcome.ADDED, RowOutcome.CHANGED)

COLUMNS = [
    Column("code", region_code, label=_("code"), synonyms=("代码", "行政区划代码")),
    Column("name", text_up_to(50), label=_("name"), synonyms=("名称",)),
    Column("level", one_of("", *RegionLevel.values), label=_("level"), is_required=False),
    Column("parent", optional_text_up_to(6), label=_("lies in"), is_required=False),
]


def survey(rows: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The levels of the file's regions by their codes: a region may lie in one that stands further down."""
    return {row["code"]: row["level"] or read_off(row["code"])[0].value for row in rows}


def read_off(code: str) -> tuple[RegionLevel, str, str]:
    """The level of a code, its province and its prefecture (GB/T 2260)."""
    province, prefecture = f"{code[:2]}0000", f"{code[:4]}00"
    if code == province:
        return RegionLevel.PROVINCE, province, prefecture
    return (RegionLevel.PREFECTURE if code == prefecture else RegionLevel.COUNTY), province, prefecture


def placed(row: dict[str, Any], known: Collection[str]) -> dict[str, str]:
    """The row with its level and what it lies in, read off the code where they are not given.

    A county whose prefecture is not known, as in a municipality, lies in the province.
    """
    level, province, prefecture = read_off(row["code"])
    parent = {
        RegionLevel.PROVINCE: "",
        RegionLevel.PREFECTURE: province,
        RegionLevel.COUNTY: prefecture if prefecture in known else province,
    }[RegionLevel(row["level"] or level)]
    return {
        "code": row["code"],
        "name": row["name"],
        "level": row["level"] or level.value,
        "parent": row["parent"] or parent,
    }


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    regions = Region.objects.in_bulk()
    level_of = {code: region.level for code, region in regions.items()} | context.surveyed
    planned = []
    for number, row in rows:
        region = placed(row, level_of)
        error = misplaced(number, region, level_of)
        if error is not None:
            planned.append(refused(number, error))
            continue
        standing = regions.get(region["code"])
        before = standing and {
            "code": standing.code,
            "name": standing.name,
            "level": standing.level,
            "parent": standing.parent_id or "",
        }
        item = compared(number, before or None, region)
        if item.outcome in WRITTEN and not _is_the_officers(context.actor, region):
            error = KeptByOperators(organization=region["name"], pointer=f"/rows/{number}/code")
            item = refused(number, error)
        planned.append(item)
    return planned


def _is_the_officers(actor: Actor, region: dict[str, str]) -> bool:
    """Officers keep what lies in their province; the provinces themselves are the operators'."""
    return actor.is_platform or (region["level"] != RegionLevel.PROVINCE and region["code"][:2] == actor.province[:2])


def write(rows: Sequence[Row], context: Context) -> None:
    known = set(context.surveyed) | set(Region.objects.values_list("code", flat=True))
    regions = [placed(row, known) for _number, row in rows]
    written = Region.objects.bulk_create(
        (
            Region(code=row["code"], name=row["name"], level=row["level"], parent_id=row["parent"] or None)
            for row in regions
        ),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "level", "parent"],
    )
    # a region's key is its code, which the journal keeps as a number
    record(
        actor=context.actor,
        action="region.load",
        subject=written[0],
        at=context.at,
        changes={"regions": [None, [f"{row['code']} {row['name']}" for row in regions]]},
    )


REGIONS = Kind(
    name="regions",
    label=_("regions"),
    help=_("One row per administrative division; level and province are read off the code where they are not given."),
    columns=COLUMNS,
    key=("code",),
    plan=plan,
    write=write,
    survey=survey,
)
