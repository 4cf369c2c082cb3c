"""The guide prices of a price decision out of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.accounts.models import Organization
from catalog.errors import PriceAlreadyFixed, UnknownCode
from catalog.foundation.errors import DomainError
from catalog.foundation.imports import (
    BadCell,
    Column,
    day,
    optional_text,
    optional_text_up_to,
    price,
    text_up_to,
    whole_number,
    yes_no,
)
from catalog.foundation.readers import optional
from catalog.models import GuidePrice, Presentation
from catalog.queries import presentations_of
from catalog.services.imports.kinds import Context, Kind, Option, Planned, Row, day_option, refused
from catalog.services.imports.presentations import NAMING, name_of
from catalog.services.imports.products import makers_of
from catalog.services.imports.standing import ends, lock_all
from catalog.services.periods import period
from catalog.services.prices import NewGuidePrice, enter_price_decision
from catalog.states import RowOutcome

COLUMNS = [
    *NAMING,
    Column("pack_quantity", whole_number, label=_("units per pack"), synonyms=("转换系数",)),
    Column("price", price, label=_("guide price (yuan per pack)"), synonyms=("零售指导价格",)),
    Column("manufacturer", optional_text_up_to(200), label=_("only for the maker"), is_required=False),
    Column("representative", yes_no, label=_("representative product"), is_required=False),
    Column("temporary", yes_no, label=_("temporary"), is_required=False),
    Column("temporary_until", optional(day), label=_("temporary until"), is_required=False),
    Column("derivation", optional_text, label=_("derived how"), is_required=False),
]
OPTIONS = [
    Option("number", _("number of the decision"), text_up_to(100)),
    Option("title", _("title"), text_up_to(200)),
    Option("issuer", _("decided by"), text_up_to(100)),
    day_option("decided_on", _("decided on")),
    Option("source", _("source"), optional_text_up_to(300), is_required=False),
    day_option("valid_from", _("in force from")),
    day_option("valid_until", _("in force until (exclusive)"), is_required=False),
]


def admit(context: Context) -> None:
    """The decision's days in their order.

    Raises:
        PeriodReversed
    """
    period(context.options["valid_from"], context.options["valid_until"])


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    presentations = presentations_of(row["medicine"] for _number, row in rows)
    makers = makers_of(row["manufacturer"] for _number, row in rows if row["manufacturer"])
    validity = period(context.options["valid_from"], context.options["valid_until"])
    standing = {
        (item.presentation_id, item.pack_quantity, item.manufacturer_id): item
        for item in _overlapping(presentations, validity).order_by("validity")
    }
    planned = []
    for number, row in rows:
        presentation, maker, errors = _named(number, row, presentations, makers)
        if presentation is None or errors:
            planned.append(refused(number, *errors))
            continue
        former = standing.get((presentation.pk, row["pack_quantity"], maker.pk if maker else None))
        product = f"{presentation} × {row['pack_quantity']}"
        claims = [f"{product} {maker}" if maker else product]
        if former is None:
            planned.append(Planned(number, RowOutcome.ADDED, claims=claims))
            continue
        changes = _changes(former, row) | ends(former.validity, validity)
        if not changes:
            planned.append(Planned(number, RowOutcome.UNCHANGED, claims=claims))
        elif former.validity.lower >= validity.lower:
            planned.append(refused(number, PriceAlreadyFixed(product=product, period=former.validity)))
        else:
            planned.append(Planned(number, RowOutcome.CHANGED, changes, claims=claims))
    return planned


def _overlapping(
    presentations: Mapping[tuple[str, str, str], Presentation], validity: DateRange
) -> QuerySet[GuidePrice]:
    return GuidePrice.objects.filter(presentation__in=presentations.values(), validity__overlap=validity)


def _changes(former: GuidePrice, row: dict[str, Any]) -> dict[str, list[Any]]:
    """What the row says otherwise, by its columns."""
    before = {
        "price": former.price,
        "representative": former.is_representative,
        "temporary": former.is_temporary,
        "temporary_until": former.temporary_until,
        "derivation": former.derivation,
    }
    after = {name: row[name] for name in before} | {"temporary_until": row["temporary_until"] or None}
    changes = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if "price" in changes:
        changes["price"] = [f"{price.normalize():f}" for price in changes["price"]]
    return changes


def lock(rows: Sequence[Row], context: Context) -> None:
    validity = period(context.options["valid_from"], context.options["valid_until"])
    lock_all(_overlapping(presentations_of(row["medicine"] for _number, row in rows), validity))


def _named(
    number: int,
    row: dict[str, Any],
    presentations: dict[tuple[str, str, str], Presentation],
    makers: dict[str, Organization],
) -> tuple[Presentation | None, Organization | None, list[DomainError]]:
    errors: list[DomainError] = []
    presentation = presentations.get((row["medicine"], row["form"], row["strength"]))
    if presentation is None:
        errors.append(UnknownCode(field="medicine", value=name_of(row), pointer=f"/rows/{number}/medicine"))
    maker = makers.get(row["manufacturer"])
    if row["manufacturer"] and maker is None:
        pointer = f"/rows/{number}/manufacturer"
        errors.append(UnknownCode(field="manufacturer", value=row["manufacturer"], pointer=pointer))
    if row["temporary_until"] and not row["temporary"]:
        pointer, value = f"/rows/{number}/temporary_until", row["temporary_until"]
        problem = gettext("must be empty: only a temporary price ends as one")
        errors.append(BadCell(row=number, column="temporary_until", value=value, problem=problem, pointer=pointer))
    return presentation, maker, errors


def write(rows: Sequence[Row], context: Context) -> None:
    presentations = presentations_of(row["medicine"] for _number, row in rows)
    makers = makers_of(row["manufacturer"] for _number, row in rows if row["manufacturer"])
    enter_price_decision(
        **context.options,
        prices=[
            NewGuidePrice(
                presentation=presentations[row["medicine"], row["form"], row["strength"]],
                pack_quantity=row["pack_quantity"],
                price=row["price"],
                manufacturer=makers.get(row["manufacturer"]),
                derivation=row["derivation"],
                is_representative=row["representative"],
                is_temporary=row["temporary"],
                temporary_until=row["temporary_until"] or None,
            )
            for _number, row in rows
        ],
        actor=context.actor,
        at=context.at,
    )


GUIDE_PRICES = Kind(
    name="guide-prices",
    label=_("guide prices"),
    help=_("The prices of one decision, one row per presentation and pack; what stood before ends where they begin."),
    columns=COLUMNS,
    key=("medicine", "form", "strength", "pack_quantity", "manufacturer"),
    plan=plan,
    lock=lock,
    write=write,
    options=OPTIONS,
    admit=admit,
    is_whole=True,
)
