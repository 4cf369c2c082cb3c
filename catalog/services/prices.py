"""Entering guide prices, and fixing what a province pays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.models import Organization
from catalog.errors import CeilingExceeded, NoGuidePrice, PriceAlreadyFixed
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.models import GuidePrice, Presentation, PriceDecision, ProcurementPrice, Product
from catalog.queries import guide_prices
from catalog.states import PriceSource


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
