"""Another country's price index out of a file, its presentation in one text."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.foundation.imports import BadCell, Column, day, text_up_to
from catalog.foundation.imports import price as amount
from catalog.foundation.journal.record import record
from catalog.models import Medicine, ReferencePrice, ReferencePriceIndex
from catalog.rules.foreign_presentations import read_foreign_presentation
from catalog.services.imports.kinds import Context, Kind, Option, Planned, Row, compared, refused

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
    Option("as_of", gettext_lazy("as of"), day),
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
    standing = {
        item.item: item
        for item in ReferencePrice.objects.filter(
            index__code=context.options["code"], item__in=[row["item"] for _number, row in rows]
        )
    }
    planned = []
    for number, row in rows:
        prices: list[Decimal] = [row[name] for name in PRICES]
        if prices != sorted(prices):
            problem = _("is not between the lowest and the highest price")
            error = BadCell(row=number, column="median", value=row["median"], problem=problem)
            planned.append(refused(number, error))
            continue
        former = standing.get(row["item"])
        before = former and {name: f"{getattr(former, name).normalize():f}" for name in PRICES}
        planned.append(compared(number, before or None, {name: f"{row[name].normalize():f}" for name in PRICES}))
    return planned


def write(rows: Sequence[Row], context: Context) -> None:
    index = ReferencePriceIndex.objects.get(code=context.options["code"])
    read = {row["item"]: read_foreign_presentation(row["item"]) for _number, row in rows}
    wanted = {item.name.casefold() for item in read.values()}
    medicines = {
        inn.casefold(): pk
        for inn, pk in Medicine.objects.exclude(inn="").values_list("inn", "pk")
        if inn.casefold() in wanted
    }
    ReferencePrice.objects.bulk_create(
        (
            ReferencePrice(
                index=index,
                item=row["item"],
                medicine_id=medicines.get(read[row["item"]].name.casefold()),
                strength=read[row["item"]].strength_text[:100],
                form=read[row["item"]].form_text[:200],
                **{name: row[name] for name in PRICES},
            )
            for _number, row in rows
        ),
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
