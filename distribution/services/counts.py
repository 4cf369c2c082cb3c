"""What lies on the shelf: at the beginning, and whenever somebody counts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.errors import UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import unit_of_work
from catalog.models import Product
from distribution.errors import LineTwice, LotAlreadyKept, ReasonMissing, StockMoved, UnitsNotPositive, UnknownLot
from distribution.models import StockCount, StockCountLine, StockEntry, StockLot
from distribution.policies import require_institution
from distribution.services.lots import locked_lots, move
from distribution.services.stock import Move, enter_stock
from distribution.states import StockMove


@dataclass(frozen=True, slots=True)
class OpeningLot:
    """Units of a lot that were there before the ledger; ``expires_on`` is its last day of use."""

    product_code: str
    lot_number: str
    expires_on: date
    units: int


@dataclass(frozen=True, slots=True)
class Found:
    """Units of a lot as counted; ``seen`` is what the ledger said when the counting began, where it is known."""

    lot_id: int
    units: int
    reason: str = ""
    seen: int | None = None


def enter_opening_stock(*, lots: Sequence[OpeningLot], actor: Actor, at: datetime) -> list[StockEntry]:
    """Enter what was there before the institution's ledger began; each lot once.

    Raises:
        NotAllowed, NothingGiven
        RulesBroken: an unknown product, no units, a lot twice.
        LotAlreadyKept: something was entered of the lot before; alone or as one of several.
    """
    institution_id = require_institution(actor, Role.PHARMACIST)
    if not lots:
        raise NothingGiven(pointer="/lines")
    codes = {item.product_code for item in lots}
    products = {
        product.code: product
        for product in Product.objects.filter(code__in=codes).select_related("presentation__medicine", "manufacturer")
    }
    with unit_of_work():
        _check_opening(institution_id, lots, products)
        try:
            with transaction.atomic():
                entries = enter_stock(
                    [
                        Move(
                            institution_id, products[item.product_code].pk, item.lot_number, item.expires_on, item.units
                        )
                        for item in lots
                    ],
                    kind=StockMove.OPENING,
                    reference="opening",
                    actor=actor,
                    at=at,
                )
        except IntegrityError as error:
            # the same lots came at once by another way
            first = lots[0]
            raise LotAlreadyKept(
                product=products[first.product_code], lot=first.lot_number, pointer="/lines"
            ) from error
        institution = Organization.objects.get(pk=institution_id)
        record(actor=actor, action="stock.open", subject=institution, at=at, changes={"lines": [None, len(lots)]})
    return entries


def _check_opening(institution_id: int, lots: Sequence[OpeningLot], products: dict[str, Product]) -> None:
    kept = set(
        StockLot.objects.filter(holder=institution_id, plan=None, product__in=products.values()).values_list(
            "product__code", "lot_number", "expires_on"
        )
    )
    broken: list[DomainError] = []
    seen: set[tuple[str, str, date]] = set()
    for index, item in enumerate(lots):
        pointer = f"/lines/{index}"
        product = products.get(item.product_code)
        key = (item.product_code, item.lot_number, item.expires_on)
        if product is None:
            broken.append(UnknownCode(field="product", value=item.product_code, pointer=f"{pointer}/product"))
        elif item.units < 1:
            broken.append(UnitsNotPositive(what=product, units=item.units, pointer=f"{pointer}/units"))
        elif key in seen:
            broken.append(LineTwice(line=item.lot_number, pointer=pointer))
        elif key in kept:
            broken.append(LotAlreadyKept(product=product, lot=item.lot_number, pointer=f"{pointer}/lot_number"))
        seen.add(key)
    refuse(broken)


def count_stock(*, found: Sequence[Found], actor: Actor, at: datetime) -> StockCount:
    """Record what was counted and correct the ledger; whoever issues meanwhile waits, or makes the count invalid.

    Raises:
        NotAllowed, NothingGiven
        RulesBroken: a lot of others or twice, a difference without a reason, a lot that moved since it was ``seen``.
    """
    institution_id = require_institution(actor, Role.PHARMACIST)
    if not found:
        raise NothingGiven(pointer="/lines")
    with unit_of_work():
        asked = StockLot.objects.filter(holder=institution_id, plan=None, pk__in=[item.lot_id for item in found])
        lots = {lot.pk: lot for lot in locked_lots(asked)}
        _check_count(found, lots)
        institution = Organization.objects.get(pk=institution_id)
        count = StockCount.objects.create(
            institution=institution,
            province_id=institution.province_id,
            counted_at=at,
            counted_by_id=actor.user_id,
        )
        StockCountLine.objects.bulk_create(
            StockCountLine(
                count=count,
                lot=lots[item.lot_id],
                expected_units=lots[item.lot_id].units,
                found_units=item.units,
                reason=item.reason.strip(),
            )
            for item in found
        )
        moves = [move(lots[item.lot_id], item.units - lots[item.lot_id].units) for item in found]
        enter_stock(moves, kind=StockMove.COUNT, reference=f"count-{count.pk}", actor=actor, at=at)
        differing = sum(1 for change in moves if change.units)
        record(
            actor=actor,
            action="stock_count.record",
            subject=count,
            at=at,
            changes={"lines": [None, len(found)], "differences": [None, differing]},
        )
    return count


def _check_count(found: Sequence[Found], lots: dict[int, StockLot]) -> None:
    broken: list[DomainError] = []
    seen: set[int] = set()
    for index, item in enumerate(found):
        pointer = f"/lines/{index}"
        lot = lots.get(item.lot_id)
        if lot is None:
            broken.append(UnknownLot(lot=item.lot_id, pointer=f"{pointer}/lot"))
        elif item.lot_id in seen:
            broken.append(LineTwice(line=lot.lot_number, pointer=pointer))
        elif item.units < 0:
            broken.append(UnitsNotPositive(what=lot.product, units=item.units, pointer=f"{pointer}/units"))
        elif item.seen is not None and item.seen != lot.units:
            broken.append(
                StockMoved(product=lot.product, lot=lot.lot_number, seen=item.seen, units=lot.units, pointer=pointer)
            )
        elif item.units != lot.units and not item.reason.strip():
            broken.append(ReasonMissing(product=lot.product, pointer=f"{pointer}/reason"))
        seen.add(item.lot_id)
    refuse(broken)
