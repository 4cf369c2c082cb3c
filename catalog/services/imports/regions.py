"""Administrative divisions out of a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.errors import UnknownCode
from catalog.foundation.imports import Column, one_of, optional_text_up_to, text_up_to
from catalog.models import Region
from catalog.services.imports.kinds import Context, Kind, Planned, Row, compared, refused
from catalog.services.regions import region_code
from catalog.states import RegionLevel

COLUMNS = [
    Column("code", region_code, label=_("code"), synonyms=("代码", "行政区划代码")),
    Column("name", text_up_to(50), label=_("name"), synonyms=("名称",)),
    Column("level", one_of("", *RegionLevel.values), label=_("level"), is_required=False),
    Column("parent", optional_text_up_to(6), label=_("lies in"), is_required=False),
]


def survey(rows: Iterable[dict[str, Any]]) -> set[str]:
    """The codes of the file: a region may lie in one that stands further down."""
    return {row["code"] for row in rows}


def placed(row: dict[str, Any], known: set[str]) -> dict[str, Any]:
    """The row with its level and what it lies in, read off the code where they are not given (GB/T 2260).

    A county whose prefecture is not known, as in a municipality, lies in the province.
    """
    code = row["code"]
    province, prefecture = f"{code[:2]}0000", f"{code[:4]}00"
    if code == province:
        level, parent = RegionLevel.PROVINCE, ""
    elif code == prefecture:
        level, parent = RegionLevel.PREFECTURE, province
    else:
        level, parent = RegionLevel.COUNTY, prefecture if prefecture in known else province
    return {
        "code": code,
        "name": row["name"],
        "level": row["level"] or level.value,
        "parent": row["parent"] or parent,
    }


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    regions = Region.objects.in_bulk()
    known = context.surveyed | set(regions)
    planned = []
    for number, row in rows:
        region = placed(row, known)
        if region["parent"] and region["parent"] not in known:
            pointer = f"/rows/{number}/parent"
            planned.append(refused(number, UnknownCode(field="parent", value=region["parent"], pointer=pointer)))
            continue
        standing = regions.get(region["code"])
        before = standing and {
            "code": standing.code,
            "name": standing.name,
            "level": standing.level,
            "parent": standing.parent_id or "",
        }
        planned.append(compared(number, before or None, region))
    return planned


def write(rows: Sequence[Row], context: Context) -> None:
    known = context.surveyed | set(Region.objects.values_list("code", flat=True))
    regions = [placed(row, known) for _number, row in rows]
    Region.objects.bulk_create(
        (
            Region(code=row["code"], name=row["name"], level=row["level"], parent_id=row["parent"] or None)
            for row in regions
        ),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "level", "parent"],
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
