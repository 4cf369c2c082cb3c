"""Loading an edition of the national list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict, NothingGiven
from catalog.foundation.imports import (
    Checked,
    Column,
    DuplicateRow,
    Table,
    check,
    one_of,
    optional_text_up_to,
    text_up_to,
    whole_number,
    yes_no,
)
from catalog.foundation.journal.record import record
from catalog.models import Edition, EditionEntry, Presentation
from catalog.services.medicines import register_medicines, register_presentations
from catalog.states import ListPart

COLUMNS = [
    Column("part", one_of(*ListPart.values)),
    Column("number", whole_number),
    Column("name", text_up_to(200)),
    Column("inn", optional_text_up_to(200)),
    Column("category", text_up_to(100)),
    Column("subcategory", optional_text_up_to(100)),
    Column("specialist", yes_no),
    Column("form", text_up_to(50)),
    Column("strength", optional_text_up_to(100)),
]


class EditionExists(Conflict):
    """The edition, or another one in the same period, is already there."""

    code = "edition-exists"
    template = _("An edition “%(code)s”, or one that holds in the same period, is already loaded.")


@dataclass(frozen=True, slots=True)
class LoadedEdition:
    """What was loaded."""

    edition: Edition
    medicines: int
    presentations: int


def check_edition_table(table: Table) -> Checked:
    """Check a sheet with one row per medicine, form and strength.

    Rows of one list number must agree on the medicine, and a medicine has one number.

    Raises:
        MissingColumns
    """
    checked = check(table, COLUMNS, key=("part", "number", "form", "strength"))
    name_of: dict[tuple[str, int], tuple[int, str]] = {}
    place_of: dict[str, tuple[int, tuple[str, int]]] = {}
    for number, row in checked.rows:
        place = (row["part"], row["number"])
        first, name = name_of.setdefault(place, (number, row["name"]))
        if name != row["name"]:
            checked.add(number, DuplicateRow(row=number, first=first, key=f"{row['part']} · {row['number']}"))
            continue
        first, first_place = place_of.setdefault(row["name"], (number, place))
        if first_place != place:
            checked.add(number, DuplicateRow(row=number, first=first, key=row["name"]))
    return checked


def load_edition(
    *,
    code: str,
    title: str,
    source: str,
    valid_from: date,
    valid_until: date | None,
    table: Table,
    actor: Actor,
    at: datetime,
) -> LoadedEdition:
    """Load an edition with its medicines and presentations; all or nothing.

    Raises:
        RulesBroken: with every bad row.
        MissingColumns, NothingGiven, EditionExists
    """
    checked = check_edition_table(table)
    checked.refuse()
    if not checked.rows:
        raise NothingGiven(pointer="/rows")
    rows = [row for _number, row in checked.rows]
    with transaction.atomic():
        try:
            with transaction.atomic():
                edition = Edition.objects.create(
                    code=code, title=title, source=source, validity=DateRange(valid_from, valid_until)
                )
        except IntegrityError as error:
            raise EditionExists(code=code) from error
        medicines = register_medicines({row["name"]: row["inn"] for row in rows})
        presentations = register_presentations(
            [(medicines[row["name"]].pk, row["form"], row["strength"]) for row in rows]
        )
        entries = _create_entries(edition, rows, medicines)
        link = EditionEntry.presentations.through
        link.objects.bulk_create(
            link(
                editionentry_id=entries[row["part"], row["number"]].pk,
                presentation_id=_presentation_of(row, medicines, presentations).pk,
            )
            for row in rows
        )
        record(
            actor=actor,
            action="edition.load",
            subject=edition,
            at=at,
            changes={"medicines": [None, len(entries)], "presentations": [None, len(rows)]},
        )
    return LoadedEdition(edition=edition, medicines=len(entries), presentations=len(rows))


def _create_entries(
    edition: Edition, rows: Sequence[dict[str, Any]], medicines: dict[str, Any]
) -> dict[tuple[str, int], EditionEntry]:
    first_rows = {(row["part"], row["number"]): row for row in reversed(rows)}
    created = EditionEntry.objects.bulk_create(
        EditionEntry(
            edition=edition,
            medicine=medicines[row["name"]],
            part=row["part"],
            number=row["number"],
            category=row["category"],
            subcategory=row["subcategory"],
            specialist_guidance=row["specialist"],
        )
        for row in first_rows.values()
    )
    return {(entry.part, entry.number): entry for entry in created}


def _presentation_of(
    row: dict[str, Any], medicines: dict[str, Any], presentations: dict[tuple[int, str, str], Presentation]
) -> Presentation:
    return presentations[medicines[row["name"]].pk, row["form"], row["strength"]]
