"""Entering guide prices, and fixing what a province pays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.models import Organization
from catalog.errors import AlreadyRegistered, CeilingExceeded, NoGuidePrice, PriceAlreadyFixed, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
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
from catalog.models import GuidePrice, Presentation, PriceDecision, ProcurementPrice, Product
from catalog.queries import guide_prices, presentations_of
from catalog.states import PriceSource

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


@dataclass(frozen=True, slots=True)
class NewProcurementPrice:
    """What one province is to pay for a pack of the product."""

    product: Product
    province_id: str
    price: Decimal
    reference: str


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

    Raises:
        PriceAlreadyFixed: a presentation and pack already has a guide price in the period, or the number is taken.
    """
    validity = DateRange(valid_from, valid_until)
    with transaction.atomic():
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
            changes={"guide_prices": [None, len(prices)]},
        )
    return decision


def check_guide_price_table(table: Table, *, period: DateRange | None = None) -> Checked:
    """Check a sheet of guide prices for all makers; given the period, also whether each is the only one in it.

    The values of a good row gain the ``presentation``.

    Raises:
        MissingColumns
    """
    checked = check(table, GUIDE_PRICE_COLUMNS, key=("medicine", "form", "strength", "pack_quantity"))
    presentations = presentations_of(row["medicine"] for _number, row in checked.rows)
    taken: dict[tuple[int, int], DateRange] = {}
    if period is not None:
        standing = GuidePrice.objects.filter(
            presentation__in=presentations.values(), manufacturer=None, validity__overlap=period
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
    checked = check_guide_price_table(table, period=DateRange(valid_from, valid_until))
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


def fix_procurement_prices(
    *,
    prices: Collection[NewProcurementPrice],
    source: PriceSource,
    valid_from: date,
    valid_until: date | None,
) -> list[ProcurementPrice]:
    """Fix what provinces pay, each price within the guide price of its first day. Part of the caller's transaction.

    Raises:
        RulesBroken: with a ``NoGuidePrice`` or ``CeilingExceeded`` for each price that cannot stand.
        PriceAlreadyFixed: a province already pays another price for the product in the period.
    """
    ceilings = guide_prices({new.product for new in prices}, valid_from)
    broken: list[DomainError] = []
    # one line per product and price, not one per province
    for product, price in dict.fromkeys((new.product, new.price) for new in prices):
        ceiling = ceilings.get(product.pk)
        if ceiling is None:
            broken.append(NoGuidePrice(product=product, on=valid_from))
        elif price > ceiling.price:
            broken.append(CeilingExceeded(price=price, product=product, ceiling=ceiling.price))
    refuse(broken)
    validity = DateRange(valid_from, valid_until)
    try:
        with transaction.atomic():
            return ProcurementPrice.objects.bulk_create(
                ProcurementPrice(
                    product=new.product,
                    province_id=new.province_id,
                    price=new.price,
                    guide_price=ceilings[new.product.pk],
                    guide_amount=ceilings[new.product.pk].price,
                    validity=validity,
                    source=source,
                    source_reference=new.reference,
                )
                for new in prices
            )
    except IntegrityError as error:
        names = ", ".join(sorted({new.product.code for new in prices}))
        raise PriceAlreadyFixed(product=names, period=validity) from error
