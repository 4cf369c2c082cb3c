"""Entering the State's price decisions with their guide prices."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.models import Organization
from catalog.errors import AlreadyRegistered, PriceAlreadyFixed, PriceNotPositive, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NothingGiven, refuse
from catalog.foundation.imports import (
    Checked,
    Column,
    Table,
    check,
    optional_text,
    optional_text_up_to,
    text_up_to,
    whole_number,
)
from catalog.foundation.imports import price as price_in_yuan
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import unit_of_work
from catalog.models import GuidePrice, Presentation, PriceDecision
from catalog.policies import require_officer
from catalog.queries import presentations_of
from catalog.services.periods import period, until

# The columns of a sheet of guide prices: yuan per pack, and how a price was derived that the decision does not state.
GUIDE_PRICE_COLUMNS = [
    Column("medicine", text_up_to(200)),
    Column("form", text_up_to(50)),
    Column("strength", optional_text_up_to(100)),
    Column("pack_quantity", whole_number),
    Column("price", price_in_yuan),
    Column("derivation", optional_text),
]


@dataclass(frozen=True, slots=True)
class NewGuidePrice:
    """One line of a price decision: yuan per pack of the presentation."""

    presentation: Presentation
    pack_quantity: int
    price: Decimal
    derivation: str = ""
    manufacturer: Organization | None = None
    is_representative: bool = False
    is_temporary: bool = False
    temporary_until: date | None = None


def enter_price_decision(
    *,
    number: str,
    title: str,
    issuer: str,
    decided_on: date,
    source: str,
    valid_from: date,
    valid_until: date | None,
    prices: Collection[NewGuidePrice],
    actor: Actor,
    at: datetime,
) -> PriceDecision:
    """Enter a price decision with its guide prices; all or nothing.

    A guide price of the same key that was there before and has no end yet, or a later one, ends where this one begins.

    Raises:
        PriceAlreadyFixed: a presentation and pack already has a guide price that begins in the period, or the number
            is taken.
        RulesBroken: with a ``PriceNotPositive`` for each price that is none.
        NotAllowed, PeriodReversed
    """
    require_officer(actor)
    validity = period(valid_from, valid_until)
    refuse([PriceNotPositive(product=new.presentation, price=new.price) for new in prices if new.price <= 0])
    with unit_of_work():
        ended = _end_former(prices, valid_from)
        try:
            with transaction.atomic():
                decision = PriceDecision.objects.create(
                    number=number, title=title, issuer=issuer, decided_on=decided_on, source=source
                )
                GuidePrice.objects.bulk_create(
                    GuidePrice(
                        presentation=new.presentation,
                        pack_quantity=new.pack_quantity,
                        manufacturer=new.manufacturer,
                        price=new.price,
                        decision=decision,
                        validity=validity,
                        derivation=new.derivation,
                        is_representative=new.is_representative,
                        is_temporary=new.is_temporary,
                        temporary_until=new.temporary_until,
                    )
                    for new in prices
                )
        except IntegrityError as error:
            raise PriceAlreadyFixed(product=number, period=validity) from error
        record(
            actor=actor,
            action="price_decision.enter",
            subject=decision,
            at=at,
            changes={"guide_prices": [None, len(prices)], "ended": [None, ended]},
        )
    return decision


def _end_former(prices: Collection[NewGuidePrice], valid_from: date) -> list[int]:
    """End what stands under the same keys on the day before; the ids of what was ended."""
    keys = {(new.presentation.pk, new.pack_quantity, new.manufacturer and new.manufacturer.pk) for new in prices}
    standing = GuidePrice.objects.filter(
        presentation__in={key[0] for key in keys}, validity__contains=valid_from, validity__startswith__lt=valid_from
    ).values_list("pk", "presentation", "pack_quantity", "manufacturer")
    ended = [pk for pk, *key in standing if tuple(key) in keys]
    GuidePrice.objects.filter(pk__in=ended).update(validity=until(valid_from))
    return ended


def check_guide_price_table(table: Table, *, within: DateRange | None = None) -> Checked:
    """Check a sheet of guide prices for all makers; given a period, also whether each is the only one in it.

    The values of a good row gain the ``presentation``.

    Raises:
        MissingColumns
    """
    checked = check(table, GUIDE_PRICE_COLUMNS, key=("medicine", "form", "strength", "pack_quantity"))
    presentations = presentations_of(row["medicine"] for _number, row in checked.rows)
    taken: dict[tuple[int, int], DateRange] = {}
    if within is not None:
        standing = GuidePrice.objects.filter(
            presentation__in=presentations.values(),
            manufacturer=None,
            validity__overlap=within,
            validity__startswith__gte=within.lower,
        )
        taken = {(item.presentation_id, item.pack_quantity): item.validity for item in standing}
    for number, row in checked.rows:
        presentation = presentations.get((row["medicine"], row["form"], row["strength"]))
        if presentation is None:
            value = f"{row['medicine']} {row['form']} {row['strength']}".strip()
            checked.add(number, UnknownCode(field="medicine", value=value, pointer=f"/rows/{number}/medicine"))
            continue
        pack = (presentation.pk, row["pack_quantity"])
        if pack in taken:
            product = f"{presentation} × {row['pack_quantity']}"
            checked.add(number, PriceAlreadyFixed(product=product, period=taken[pack]))
        row["presentation"] = presentation
    return checked


def load_guide_prices(
    *,
    number: str,
    title: str,
    issuer: str,
    decided_on: date,
    source: str,
    valid_from: date,
    valid_until: date | None,
    table: Table,
    actor: Actor,
    at: datetime,
) -> PriceDecision:
    """Enter a price decision with the guide prices of a sheet; all or nothing.

    Raises:
        RulesBroken: with every bad row.
        MissingColumns, NothingGiven, PriceAlreadyFixed
        AlreadyRegistered: the decision's number.
    """
    checked = check_guide_price_table(table, within=period(valid_from, valid_until))
    checked.refuse()
    if not checked.rows:
        raise NothingGiven(pointer="/rows")
    if PriceDecision.objects.filter(number=number).exists():
        raise AlreadyRegistered(field="number", value=number, pointer="/number")
    return enter_price_decision(
        number=number,
        title=title,
        issuer=issuer,
        decided_on=decided_on,
        source=source,
        valid_from=valid_from,
        valid_until=valid_until,
        prices=[
            NewGuidePrice(
                presentation=row["presentation"],
                pack_quantity=row["pack_quantity"],
                price=row["price"],
                derivation=row["derivation"],
            )
            for _number, row in checked.rows
        ],
        actor=actor,
        at=at,
    )
