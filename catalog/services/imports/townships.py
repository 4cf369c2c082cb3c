"""Townships out of a file: where the last stretch of distribution ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.errors import KeptByOperators, UnknownCode
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import BadCell, BadValue, Column, optional, optional_text_up_to, text_up_to, yes_no
from catalog.foundation.journal.record import record
from catalog.models import Region, Township
from catalog.services.imports.kinds import Context, Kind, Planned, Row, compared, refused
from catalog.services.imports.standing import lock_all
from catalog.states import RowOutcome

WRITTEN = (RowOutcome.ADDED, RowOutcome.CHANGED)


def township_code(value: str) -> str:
    """Nine digits, of which the first six are those of the county (GB/T 10114)."""
    if not re.fullmatch("[0-9]{9}", value):
        raise BadValue(gettext("is not a code of nine digits"))
    return value


COLUMNS = [
    Column("code", township_code, label=_("code"), synonyms=("代码", "乡镇代码")),
    Column("name", text_up_to(50), label=_("name"), synonyms=("名称", "乡镇", "乡镇名称")),
    Column("county", optional_text_up_to(6), label=_("county"), is_required=False, synonyms=("县", "区县代码")),
    Column("remote", optional(yes_no), label=_("remote"), is_required=False, synonyms=("偏远",)),
]


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    standing = _standing(rows)
    counties = set(
        Region.objects.filter(code__in={row["code"][:6] for _number, row in rows}).values_list("code", flat=True)
    )
    planned = []
    for number, row in rows:
        former = standing.get(row["code"])
        errors = _place_problems(number, row, counties)
        if errors:
            planned.append(refused(number, *errors))
            continue
        before = former and {"name": former.name, "remote": former.is_remote}
        item = compared(number, before or None, _as_it_would_be(row, former))
        if item.outcome in WRITTEN and not context.actor.is_platform and row["code"][:2] != context.actor.province[:2]:
            item = refused(number, KeptByOperators(organization=row["name"], pointer=f"/rows/{number}/code"))
        planned.append(item)
    return planned


def _standing(rows: Sequence[Row]) -> dict[str, Township]:
    return Township.objects.in_bulk({row["code"] for _number, row in rows})


def _place_problems(number: int, row: dict[str, Any], counties: set[str]) -> list[DomainError]:
    """A township lies in the county of its code; a city without counties stands for one."""
    code = row["code"][:6]
    pointer = f"/rows/{number}/county"
    if row["county"] not in ("", code):
        problem = gettext("is not the county that the code says (%(code)s)") % {"code": code}
        return [BadCell(row=number, column="county", value=row["county"], problem=problem, pointer=pointer)]
    return [] if code in counties else [UnknownCode(field="county", value=code, pointer=pointer)]


def _as_it_would_be(row: dict[str, Any], former: Township | None) -> dict[str, Any]:
    """An empty cell leaves alone whether the township is remote."""
    remote = row["remote"]
    return {"name": row["name"], "remote": (former is not None and former.is_remote) if remote is None else remote}


def lock(rows: Sequence[Row], context: Context) -> None:
    lock_all(Township.objects.filter(code__in={row["code"] for _number, row in rows}))


def write(rows: Sequence[Row], context: Context) -> None:
    standing = _standing(rows)
    wanted = [(row["code"], _as_it_would_be(row, standing.get(row["code"]))) for _number, row in rows]
    written = Township.objects.bulk_create(
        (Township(code=code, name=it["name"], county_id=code[:6], is_remote=it["remote"]) for code, it in wanted),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "is_remote"],
    )
    # a township's key is its code, which the journal keeps as a number
    record(
        actor=context.actor,
        action="township.load",
        subject=written[0],
        at=context.at,
        changes={"townships": [None, [f"{row.code} {row.name}" for row in written]]},
    )


TOWNSHIPS = Kind(
    name="townships",
    label=_("townships"),
    help=_(
        "One row per township or street; its county is read off the code. Say which are remote: one more invoice is "
        "admitted there, and a longer time of delivery."
    ),
    columns=COLUMNS,
    key=("code",),
    plan=plan,
    lock=lock,
    write=write,
)
