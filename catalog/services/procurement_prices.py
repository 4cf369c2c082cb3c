"""Fixing what a province pays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from catalog.errors import CeilingExceeded, NoGuidePrice, PriceAlreadyFixed, PriceNotPositive
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.journal.record import record_all
from catalog.foundation.transitions import unit_of_work
from catalog.models import ProcurementPrice, Product
from catalog.policies import require_province
from catalog.queries import guide_prices
from catalog.services.periods import period, until
from catalog.states import PriceSource


@dataclass(frozen=True, slots=True)
class NewProcurementPrice:
    """What one province is to pay for a pack of the product."""

    product: Product
    province_id: str
    price: Decimal
    reference: str


def enter_procurement_prices(
    *,
    prices: Collection[NewProcurementPrice],
    source: PriceSource,
    valid_from: date,
    valid_until: date | None,
    actor: Actor,
    at: datetime,
) -> list[ProcurementPrice]:
    """Enter what a province pays after a negotiation or by direct listing; all or nothing.

    What it paid so far ends where the new price begins.

    Raises:
        NotAllowed: not an officer of each province.
        RulesBroken: with a ``NoGuidePrice``, ``CeilingExceeded`` or ``PriceNotPositive`` for each that cannot stand.
        NothingGiven, PeriodReversed, PriceAlreadyFixed
    """
    if not prices:
        raise NothingGiven(pointer="/prices")
    for province_id in {new.province_id for new in prices}:
        require_province(actor, province_id)
    with unit_of_work():
        end_procurement_prices([(new.product.pk, new.province_id) for new in prices], on=valid_from)
        fixed = fix_procurement_prices(prices=prices, source=source, valid_from=valid_from, valid_until=valid_until)
        record_all(
            actor=actor,
            action="procurement_price.enter",
            changes_of=[(item, {"price": [None, str(item.price)], "source": [None, source]}) for item in fixed],
            at=at,
        )
    return fixed


def end_procurement_prices(keys: Collection[tuple[int, str]], *, on: date) -> int:
    """End what stands for each product and province on the day; part of the caller's transaction.

    Waits for whoever is ending the same prices: what they ended before the day does not stand any more.
    """
    standing = (
        ProcurementPrice.objects.select_for_update(no_key=True)
        .filter(
            product__in={product for product, _province in keys},
            province__in={province for _product, province in keys},
            validity__contains=on,
            validity__startswith__lt=on,
        )
        .order_by("pk")
        .values_list("pk", "product", "province")
    )
    wanted = set(keys)
    ended = [pk for pk, product, province in standing if (product, province) in wanted]
    return ProcurementPrice.objects.filter(pk__in=ended).update(validity=until(on))


def fix_procurement_prices(
    *,
    prices: Collection[NewProcurementPrice],
    source: PriceSource,
    valid_from: date,
    valid_until: date | None,
) -> list[ProcurementPrice]:
    """Fix what provinces pay, each price within the guide price of its first day. Part of the caller's transaction.

    Raises:
        RulesBroken: with a ``NoGuidePrice``, ``CeilingExceeded`` or ``PriceNotPositive`` for each that cannot stand.
        PriceAlreadyFixed: a province already pays another price for the product in the period.
    """
    ceilings = guide_prices({new.product for new in prices}, valid_from)
    broken: list[DomainError] = []
    # one line per product and price, not one per province
    for product, price in dict.fromkeys((new.product, new.price) for new in prices):
        ceiling = ceilings.get(product.pk)
        if price <= 0:
            broken.append(PriceNotPositive(product=product, price=price))
        elif ceiling is None:
            broken.append(NoGuidePrice(product=product, on=valid_from))
        elif price > ceiling.price:
            broken.append(CeilingExceeded(price=price, product=product, ceiling=ceiling.price))
    refuse(broken)
    validity = period(valid_from, valid_until)
    try:
        with transaction.atomic():
            return ProcurementPrice.objects.bulk_create(
                ProcurementPrice(
                    product=new.product,
                    province_id=new.province_id,
                    price=new.price,
                    guide_price=ceilings[new.product.pk].guide_price,
                    guide_amount=ceilings[new.product.pk].price,
                    ceiling_steps=ceilings[new.product.pk].steps,
                    validity=validity,
                    source=source,
                    source_reference=new.reference,
                )
                for new in prices
            )
    except IntegrityError as error:
        names = ", ".join(sorted({new.product.code for new in prices}))
        raise PriceAlreadyFixed(product=names, period=validity) from error
