"""Another country's price index out of a file, its presentation in one text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.imports import BadCell, Column, text_up_to
from catalog.foundation.imports import price as amount
from catalog.foundation.journal.record import record
from catalog.models import Medicine, ReferencePrice, ReferencePriceIndex
from catalog.rules.foreign_presentations import read_foreign_presentation
from catalog.services.imports.kinds import Context, Kind, Option, Planned, Row, compared, day_option, refused

COLUMNS = [
    Column("item", text_up_to(300), label=gettext_lazy("item")),
    Column("lowest", amount, label=gettext_lazy("lowest price")),
    Column("median", amount, label=gettext_lazy("median price")),
    Column("highest", amount, label=gettext_lazy("highest price")),
]
OPTIONS = [
    Option("code", gettext_lazy("code"), text_up_to(30)),
    Option("title", gettext_lazy("title"), text_up_to(200)),
    Option("country", gettext_lazy("country"), text_up_to(50)),
    Option("currency", gettext_lazy("currency"), text_up_to(3)),
    day_option("as_of", gettext_lazy("as of")),
    Option("source", gettext_lazy("source"), text_up_to(300)),
]
PRICES = ("lowest", "median", "highest")


def prepare(context: Context) -> None:
    """The index that the prices belong to, described anew where it is known."""
    described = {name: value for name, value in context.options.items() if name != "code"}
    index, is_new = ReferencePriceIndex.objects.update_or_create(code=context.options["code"], defaults=described)
    record(
        actor=context.actor,
        action="reference_price_index.enter" if is_new else "reference_price_index.describe",
        subject=index,
        at=context.at,
        changes={"as_of": [None, index.as_of]},
    )


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    items = [row["item"] for _number, row in rows]
    found = ReferencePrice.objects.filter(index__code=context.options["code"], item__in=items)
    standing = {price.item: price for price in found.select_related("medicine")}
    medicines = _medicines_of(items)
    planned = []
    for number, row in rows:
        prices: list[Decimal] = [row[name] for name in PRICES]
        if prices != sorted(prices):
            problem = _("is not between the lowest and the highest price")
            error = BadCell(row=number, column="median", value=row["median"], problem=problem)
            planned.append(refused(number, error))
            continue
        former, medicine = standing.get(row["item"]), medicines.get(row["item"])
        before = former and _described(former, former.medicine)
        planned.append(compared(number, before or None, _described(ReferencePrice(**_prices(row)), medicine)))
    return planned


def _prices(row: dict[str, Any]) -> dict[str, Decimal]:
    return {name: row[name] for name in PRICES}


def _described(price: ReferencePrice, medicine: Medicine | None) -> dict[str, str]:
    said = {name: f"{getattr(price, name).normalize():f}" for name in PRICES}
    return {**said, "medicine": medicine.name if medicine else ""}


def _medicines_of(items: Iterable[str]) -> dict[str, Medicine]:
    """The medicine of each item whose INN a medicine has."""
    name_of = {item: read_foreign_presentation(item).name.lower() for item in items}
    known = Medicine.objects.annotate(folded=Lower("inn")).exclude(inn="").filter(folded__in=set(name_of.values()))
    by_inn = {medicine.folded: medicine for medicine in known.order_by("-pk")}
    return {item: by_inn[name] for item, name in name_of.items() if name in by_inn}


def write(rows: Sequence[Row], context: Context) -> None:
    index = ReferencePriceIndex.objects.get(code=context.options["code"])
    medicines = _medicines_of(row["item"] for _number, row in rows)
    prices = []
    for _number, row in rows:
        read = read_foreign_presentation(row["item"])
        prices.append(
            ReferencePrice(
                index=index,
                item=row["item"],
                medicine=medicines.get(row["item"]),
                strength=read.strength_text[:100],
                form=read.form_text[:200],
                **_prices(row),
            )
        )
    ReferencePrice.objects.bulk_create(
        prices,
        update_conflicts=True,
        unique_fields=["index", "item"],
        update_fields=["medicine", "strength", "form", *PRICES],
    )


REFERENCE_PRICES = Kind(
    name="reference-prices",
    label=gettext_lazy("reference prices"),
    help=gettext_lazy("Another country's price index, one row per item; the medicine is found by its INN."),
    columns=COLUMNS,
    key=("item",),
    plan=plan,
    write=write,
    options=OPTIONS,
    prepare=prepare,
)
