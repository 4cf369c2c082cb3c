"""What leaves the shelf: to patients first expired first out, and what has to be written off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.errors import UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import unit_of_work
from catalog.models import Product
from distribution.errors import NotEnoughToIssue, ReasonMissing, UnitsNotPositive, UnknownLot
from distribution.models import StockLot
from distribution.policies import require_institution, require_keeper
from distribution.queries.stock import balances
from distribution.rules.fefo import LotBalance, NotEnough, in_order_of_issue, pick
from distribution.services.lots import locked_lots, move, short, unusable
from distribution.services.stock import enter_stock
from distribution.states import StockMove


@dataclass(frozen=True, slots=True)
class Wish:
    """Smallest units of a product for patients: of the lot whose number was scanned, else of what expires first."""

    product_code: str
    units: int
    lot_number: str = ""


@dataclass(frozen=True, slots=True)
class IssuedLot:
    """What was taken of a lot; ``warning`` where another lot would have been first."""

    lot: StockLot
    units: int
    warning: str = ""


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """Units of a lot that nobody can use any more."""

    lot_id: int
    units: int


def issue_stock(*, wishes: Sequence[Wish], actor: Actor, at: datetime) -> list[IssuedLot]:
    """Issue to patients: all lines or none, never a lot that is expired, held or of the reserve.

    Raises:
        NotAllowed, NothingGiven
        RulesBroken: an unknown product or lot, no units, a lot that may not be used, less than is wanted.
    """
    institution_id = require_institution(actor, Role.PHARMACIST)
    if not wishes:
        raise NothingGiven(pointer="/lines")
    with unit_of_work():
        products = _products(wishes)
        lots = locked_lots(
            StockLot.objects.on_hand().filter(holder=institution_id, plan=None, product__in=products.values())
        )
        shelf = _Shelf(lots, localdate(at))
        issued = shelf.take(wishes, products)
        institution = Organization.objects.get(pk=institution_id)
        event = record(
            actor=actor,
            action="stock.issue",
            subject=institution,
            at=at,
            changes={"lines": [None, len(wishes)], "units": [None, sum(wish.units for wish in wishes)]},
        )
        enter_stock(
            [move(item.lot, -item.units) for item in issued],
            kind=StockMove.ISSUE,
            reference=f"issue-{event.pk}",
            actor=actor,
            at=at,
        )
    return issued


def _products(wishes: Sequence[Wish]) -> dict[str, Product]:
    rows = Product.objects.filter(code__in={wish.product_code for wish in wishes})
    return {product.code: product for product in rows.select_related("presentation__medicine", "manufacturer")}


class _Shelf:
    """The locked lots of an issue, from which one line after the other takes."""

    def __init__(self, lots: list[StockLot], today: date) -> None:
        self.today = today
        self.lots = {lot.pk: lot for lot in lots}
        self.left = {lot.pk: lot.units for lot in lots}
        self.balances = {balance.id: balance for balance in balances(lots)}

    def take(self, wishes: Sequence[Wish], products: dict[str, Product]) -> list[IssuedLot]:
        issued: list[IssuedLot] = []
        broken: list[DomainError] = []
        for index, wish in enumerate(wishes):
            try:
                issued += self._take(wish, products.get(wish.product_code), f"/lines/{index}")
            except DomainError as error:
                broken.append(error)
        refuse(broken)
        return issued

    def _take(self, wish: Wish, product: Product | None, pointer: str) -> list[IssuedLot]:
        if product is None:
            raise UnknownCode(field="product", value=wish.product_code, pointer=f"{pointer}/product")
        if wish.units < 1:
            raise UnitsNotPositive(what=product, units=wish.units, pointer=f"{pointer}/units")
        if wish.lot_number:
            return [self._take_lot(wish, product, pointer)]
        try:
            picks = pick(self._of(product), wish.units, today=self.today)
        except NotEnough as error:
            raise NotEnoughToIssue(
                product=product, wanted=error.wanted, available=error.available, pointer=f"{pointer}/units"
            ) from error
        for picked in picks:
            self.left[picked.id] -= picked.units
        return [IssuedLot(self.lots[picked.id], picked.units) for picked in picks]

    def _take_lot(self, wish: Wish, product: Product, pointer: str) -> IssuedLot:
        found = [
            lot
            for lot in self.lots.values()
            if (lot.product_id, lot.lot_number) == (product.pk, wish.lot_number) and self.left[lot.pk]
        ]
        if not found:
            raise UnknownLot(lot=wish.lot_number, pointer=f"{pointer}/lot_number")
        lot = min(found, key=lambda lot: (lot.expires_on < self.today, lot.expires_on, lot.pk))
        error = unusable(lot, self.today, pointer=f"{pointer}/lot_number") or short(
            lot, wish.units, left=self.left[lot.pk], pointer=f"{pointer}/units"
        )
        if error is not None:
            raise error
        first = self.lots[in_order_of_issue(self._of(product), today=self.today)[0].id]
        self.left[lot.pk] -= wish.units
        return IssuedLot(lot, wish.units, _later_than(first) if first.expires_on < lot.expires_on else "")

    def _of(self, product: Product) -> list[LotBalance]:
        return [
            LotBalance(pk, lot.expires_on, self.left[pk], self.balances[pk].is_held)
            for pk, lot in self.lots.items()
            if lot.product_id == product.pk
        ]


def _later_than(first: StockLot) -> str:
    return _("Lot %(lot)s expires earlier, on %(day)s: it should have been first.") % {
        "lot": first.lot_number,
        "day": first.expires_on,
    }


def write_off(*, lots: Sequence[WrittenOff], reason: str, actor: Actor, at: datetime) -> list[IssuedLot]:
    """Take units that are expired, recalled or broken off the stock, or off the reserve that one keeps.

    Raises:
        NotAllowed, NothingGiven, ReasonMissing
        RulesBroken: a lot that is not the actor's, no units, more than there are.
    """
    keeper_id = require_keeper(actor)
    if not lots:
        raise NothingGiven(pointer="/lines")
    keeper = Organization.objects.get(pk=keeper_id)
    if not reason.strip():
        raise ReasonMissing(product=keeper, pointer="/reason")
    with unit_of_work():
        own = {
            lot.pk: lot
            for lot in locked_lots(StockLot.objects.filter(holder=keeper_id, pk__in=[item.lot_id for item in lots]))
        }
        left = {lot.pk: lot.units for lot in own.values()}
        broken: list[DomainError | None] = []
        for index, item in enumerate(lots):
            pointer = f"/lines/{index}"
            if (lot := own.get(item.lot_id)) is None:
                broken.append(UnknownLot(lot=item.lot_id, pointer=f"{pointer}/lot"))
            elif item.units < 1:
                broken.append(UnitsNotPositive(what=lot.product, units=item.units, pointer=f"{pointer}/units"))
            else:
                broken.append(short(lot, item.units, left=left[lot.pk], pointer=f"{pointer}/units"))
                left[lot.pk] -= item.units
        refuse([error for error in broken if error is not None])
        event = record(
            actor=actor, action="stock.write_off", subject=keeper, at=at, changes={"lines": [None, len(lots)]}
        )
        enter_stock(
            [move(own[item.lot_id], -item.units) for item in lots],
            kind=StockMove.WRITE_OFF,
            reference=f"write-off-{event.pk}",
            reason=reason.strip(),
            actor=actor,
            at=at,
        )
    return [IssuedLot(own[item.lot_id], item.units) for item in lots]
