"""Adjusting what a province pays: one officer opens it, a second one approves it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from catalog.errors import (
    AdjustmentOpen,
    CeilingExceeded,
    NoGuidePrice,
    NoProcurementPrice,
    PriceAlreadyFixed,
    PriceNotPositive,
    ReasonNeeded,
)
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from catalog.models import PriceAdjustment, Product, Region
from catalog.policies import may_decide_adjustment, require_person, require_province
from catalog.queries import guide_prices, procurement_price
from catalog.services.procurement_prices import NewProcurementPrice, end_procurement_prices, fix_procurement_prices
from catalog.states import ADJUSTMENT, PriceSource


def open_adjustment(
    *,
    product_id: int,
    province_id: str,
    price: Decimal,
    valid_from: date,
    reason: str,
    actor: Actor,
    at: datetime,
    evidence: dict[str, Any] | None = None,
) -> PriceAdjustment:
    """Ask for a new price from a day on, with the reason and what it rests on, such as other provinces' prices.

    Raises:
        NoProcurementPrice: the province pays none on the day.
        NoGuidePrice, CeilingExceeded, PriceNotPositive, ReasonNeeded, AdjustmentOpen, NotVisible, NotAllowed
    """
    require_province(actor, province_id)
    person = require_person(actor)
    with unit_of_work():
        product = lock(Product.objects.all(), pk=product_id)
        province = find(Region.objects.filter(parent=None), code=province_id)
        if not reason.strip():
            raise ReasonNeeded(pointer="/reason")
        former = procurement_price(product, province_id, valid_from)
        if former is None:
            raise NoProcurementPrice(province=province, product=product, on=valid_from, pointer="/valid_from")
        if former.validity.lower >= valid_from:
            raise PriceAlreadyFixed(product=product, period=former.validity, pointer="/valid_from")
        _refuse_price(product, price, valid_from)
        try:
            with transaction.atomic():
                adjustment = PriceAdjustment.objects.create(
                    product=product,
                    province=province,
                    former=former,
                    price=price,
                    valid_from=valid_from,
                    reason=reason.strip(),
                    evidence=evidence or {},
                    opened_by_id=person,
                )
        except IntegrityError as error:
            raise AdjustmentOpen(product=product, province=province) from error
        record(
            actor=actor,
            action="price_adjustment.open",
            subject=adjustment,
            at=at,
            changes={"price": [str(former.price), str(price)], "valid_from": [None, valid_from]},
        )
    return adjustment


def _refuse_price(product: Product, price: Decimal, on: date) -> None:
    if price <= 0:
        raise PriceNotPositive(product=product, price=price, pointer="/price")
    ceiling = guide_prices([product], on).get(product.pk)
    if ceiling is None:
        raise NoGuidePrice(product=product, on=on)
    if price > ceiling.price:
        raise CeilingExceeded(price=price, product=product, ceiling=ceiling.price, pointer="/price")


def approve_adjustment(
    *, adjustment_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> PriceAdjustment:
    """Let the new price hold: the former one ends on its first day, and it runs as long as the former would have.

    Raises:
        RulesBroken: the ceiling has changed meanwhile, and the price is above it.
        NoProcurementPrice: the province pays none on the day any more.
        PriceAlreadyFixed: another price than the one so far holds on the day by now.
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
    """
    with perform(
        "approve",
        PriceAdjustment.objects.visible_to(actor).select_related("product", "province"),
        pk=adjustment_id,
        machine=ADJUSTMENT,
        policy=may_decide_adjustment,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as adjustment:
        on, product = adjustment.valid_from, adjustment.product
        former = procurement_price(product, adjustment.province_id, on)
        if former is None:
            raise NoProcurementPrice(province=adjustment.province, product=product, on=on)
        adjustment.decided_by_id, adjustment.decided_at = actor.user_id, at
        valid_until = former.validity.upper
        if former.pk != adjustment.former_id:
            raise PriceAlreadyFixed(product=product, period=former.validity)
        end_procurement_prices([(product.pk, adjustment.province_id)], on=on)
        fix_procurement_prices(
            prices=[NewProcurementPrice(product, adjustment.province_id, adjustment.price, str(adjustment.pk))],
            source=PriceSource.ADJUSTMENT,
            valid_from=on,
            valid_until=valid_until,
        )
    return adjustment


def drop_adjustment(*, adjustment_id: int, reason: str, actor: Actor, at: datetime) -> PriceAdjustment:
    """Give an adjustment up, with the reason.

    Raises:
        ReasonNeeded, NotVisible, NotAllowed, WrongState, AlreadyDone
    """
    with perform(
        "drop",
        PriceAdjustment.objects.visible_to(actor),
        pk=adjustment_id,
        machine=ADJUSTMENT,
        policy=may_decide_adjustment,
        actor=actor,
        at=at,
    ) as adjustment:
        if not reason.strip():
            raise ReasonNeeded(pointer="/reason")
        adjustment.decided_at = at
        adjustment.evidence = adjustment.evidence | {"dropped_because": reason.strip()}
        if actor.user_id != adjustment.opened_by_id:
            adjustment.decided_by_id = actor.user_id
    return adjustment
