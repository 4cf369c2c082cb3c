"""Entering the State's price decisions with their guide prices."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from catalog.accounts.models import Organization
from catalog.errors import PriceAlreadyFixed, PriceNotPositive, TemporaryWithoutMark
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import unit_of_work
from catalog.models import GuidePrice, Presentation, PriceDecision
from catalog.policies import require_officer
from catalog.services.periods import period, until


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
        RulesBroken: with a ``PriceNotPositive`` for each price that is none, and a ``TemporaryWithoutMark`` for each
            that ends as a temporary one and is not marked so.
        NotAllowed, PeriodReversed
    """
    require_officer(actor)
    validity = period(valid_from, valid_until)
    broken: list[DomainError] = []
    for new in prices:
        if new.price <= 0:
            broken.append(PriceNotPositive(product=new.presentation, price=new.price))
        if new.temporary_until is not None and not new.is_temporary:
            broken.append(TemporaryWithoutMark(product=new.presentation, until=new.temporary_until))
    refuse(broken)
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
    standing = (
        GuidePrice.objects.select_for_update(no_key=True)
        .filter(
            presentation__in={key[0] for key in keys},
            validity__contains=valid_from,
            validity__startswith__lt=valid_from,
        )
        .order_by("pk")
        .values_list("pk", "presentation", "pack_quantity", "manufacturer")
    )
    ended = [pk for pk, *key in standing if tuple(key) in keys]
    GuidePrice.objects.filter(pk__in=ended).update(validity=until(valid_from))
    return ended
