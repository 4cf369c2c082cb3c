"""The lots of a tender from a sheet."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.errors import UnknownCode
from catalog.foundation.imports import (
    INTEGER_MAX,
    SMALL_INTEGER_MAX,
    Checked,
    Column,
    DuplicateRow,
    Table,
    check,
    optional,
    optional_text_up_to,
    price,
    text_up_to,
    whole_number,
    whole_number_up_to,
)
from catalog.foundation.money import allocate
from catalog.queries import presentations_of
from procurement.services.lots import LotPlan

COLUMNS = [
    Column("number", whole_number),
    Column("medicine", text_up_to(200)),
    Column("form", text_up_to(50)),
    Column("strength", optional_text_up_to(100)),
    Column("ceiling_price", optional(price), is_required=False),
    Column("ceiling_strength", optional_text_up_to(100), is_required=False),
    Column("surveyed_price", optional(price), is_required=False),
    Column("survey_source", optional_text_up_to(200), is_required=False),
    Column("max_winners", optional(whole_number_up_to(SMALL_INTEGER_MAX)), is_required=False),
    Column("quantity", optional(whole_number_up_to(INTEGER_MAX)), is_required=False),
]


def plan_lots(table: Table, province_ids: Sequence[str] = ()) -> tuple[list[LotPlan], Checked]:
    """Read the lots; the plans are complete only where nothing is wrong with any row.

    ``ceiling_strength`` is the strength that the ceiling was decided for, empty where it is the lot's own. A
    ``quantity`` takes the place of the reported demand; of several provinces each is given an equal part.

    Raises:
        MissingColumns
    """
    checked = check(table, COLUMNS, key=("number",))
    known = presentations_of(row["medicine"] for _number, row in checked.rows)
    plans: list[LotPlan] = []
    first_row_of: dict[int, int] = {}
    for number, row in checked.rows:
        presentation = known.get((row["medicine"], row["form"], row["strength"]))
        stated_for = known.get((row["medicine"], row["form"], row["ceiling_strength"] or row["strength"]))
        if presentation is None or stated_for is None:
            strength = row["strength"] if presentation is None else row["ceiling_strength"]
            value = f"{row['medicine']} {row['form']} {strength}"
            field = "medicine" if presentation is None else "ceiling_strength"
            checked.add(number, UnknownCode(field=field, value=value, pointer=f"/rows/{number}/{field}"))
            continue
        first = first_row_of.setdefault(presentation.pk, number)
        if first != number:
            checked.add(number, DuplicateRow(row=number, first=first, key=str(presentation)))
            continue
        plans.append(
            LotPlan(
                number=row["number"],
                presentation=presentation,
                ceiling_price=row["ceiling_price"],
                max_winners=row["max_winners"],
                ceiling_presentation=stated_for,
                surveyed_price=row["surveyed_price"],
                survey_source=row["survey_source"],
                quantities=_parts(row["quantity"], province_ids),
            )
        )
    return plans, checked


def _parts(quantity: int | None, province_ids: Sequence[str]) -> dict[str, int] | None:
    if quantity is None or not province_ids:
        return None
    return dict(zip(province_ids, allocate(quantity, [1] * len(province_ids)), strict=True))
