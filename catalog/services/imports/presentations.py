"""Medicines and their presentations out of a file, such as a directory of products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.errors import BadIdentifier
from catalog.foundation.imports import Column, optional_text_up_to, text_up_to
from catalog.foundation.journal.record import record
from catalog.models import Medicine
from catalog.queries import presentations_of
from catalog.rules.identifiers import check_identifier
from catalog.services.imports.kinds import Context, Kind, Planned, Row, refused
from catalog.services.medicines import register_medicines
from catalog.services.presentations import register_presentations
from catalog.states import RowOutcome

NAMING = [
    Column("medicine", text_up_to(200), label=_("Chinese generic name"), synonyms=("通用名", "药品名称")),
    Column("form", text_up_to(50), label=_("dosage form"), synonyms=("剂型",)),
    Column("strength", optional_text_up_to(100), label=_("strength"), synonyms=("规格",)),
]
COLUMNS = [
    *NAMING,
    Column("inn", optional_text_up_to(200), label=_("INN"), is_required=False),
    Column("atc", optional_text_up_to(7), label=_("ATC code"), is_required=False),
]


def name_of(row: dict[str, Any]) -> str:
    """Medicine, form and strength as an error names them."""
    return f"{row['medicine']} {row['form']} {row['strength']}".strip()


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    names = {row["medicine"] for _number, row in rows}
    medicines = {medicine.name: medicine for medicine in Medicine.objects.filter(name__in=names)}
    known = presentations_of(names)
    planned = []
    for number, row in rows:
        problem = check_identifier("atc", row["atc"]) if row["atc"] else None
        if problem is not None:
            pointer = f"/rows/{number}/atc"
            error = BadIdentifier(kind=_("ATC code"), value=row["atc"], problem=problem, pointer=pointer)
            planned.append(refused(number, error))
            continue
        medicine = medicines.get(row["medicine"])
        if (row["medicine"], row["form"], row["strength"]) not in known:
            planned.append(Planned(number, RowOutcome.ADDED))
            continue
        filled = {
            name: ["", row[name]] for name in ("inn", "atc") if row[name] and medicine and not getattr(medicine, name)
        }
        planned.append(Planned(number, RowOutcome.CHANGED if filled else RowOutcome.UNCHANGED, filled))
    return planned


def write(rows: Sequence[Row], context: Context) -> None:
    medicines = register_medicines(
        {row["medicine"]: row["inn"] for _number, row in rows},
        atc_of_name={row["medicine"]: row["atc"] for _number, row in rows if row["atc"]},
    )
    register_presentations([(medicines[row["medicine"]].pk, row["form"], row["strength"]) for _number, row in rows])
    record(
        actor=context.actor,
        action="presentation.register",
        subject=medicines[rows[0][1]["medicine"]],
        at=context.at,
        changes={"presentations": [None, [name_of(row) for _number, row in rows]]},
    )


PRESENTATIONS = Kind(
    name="presentations",
    label=_("medicines and presentations"),
    help=_("One row per medicine, form and strength; what is known is left alone, a missing INN or ATC is filled in."),
    columns=COLUMNS,
    key=("medicine", "form", "strength"),
    plan=plan,
    write=write,
)
