from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.errors import UnknownCode
from catalog.foundation.errors import NotAllowed, NothingGiven
from catalog.foundation.journal.models import Event
from catalog.models import Product
from distribution.errors import (
    LotNotUsable,
    NotEnoughStock,
    NotEnoughToIssue,
    ReasonMissing,
    UnitsNotPositive,
    UnknownLot,
)
from distribution.models import LotHold, StockEntry, StockLot
from distribution.services.issues import Wish, WrittenOff, issue_stock, write_off
from distribution.services.reserve import fill_reserve
from distribution.states import HoldKind, StockMove
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, TODAY
from tests.refusals import refused


@pytest.fixture
def product(line: AgreementLine) -> Product:
    return line.product


@pytest.fixture
def lots(cast: Cast, product: Product) -> dict[str, StockLot]:
    """By what is said about them; together 400 units, of which 200 may be issued."""
    days = {"first": 100, "second": 200, "expired": -1, "held": 50}
    lots = {
        name: factories.stock_lot(cast.pharmacist, product, 100, lot_number=name.upper(), days=days[name])
        for name in days
    }
    hold(product, "HELD")
    return lots


def hold(product: Product, lot_number: str = "") -> LotHold:
    return LotHold.objects.create(
        product=product, lot_number=lot_number, kind=HoldKind.RECALL, reason="异物", source="省药监局", held_at=NOW
    )


def left(lots: dict[str, StockLot]) -> dict[str, int]:
    rows = StockLot.objects.in_bulk([lot.pk for lot in lots.values()])
    return {name: rows[lot.pk].units for name, lot in lots.items()}


class TestIssueStock:
    def test_takes_what_expires_first_and_never_what_is_expired_or_held(
        self, cast: Cast, product: Product, lots: dict[str, StockLot]
    ) -> None:
        issued = issue_stock(wishes=[Wish(product.code, 150)], actor=cast.pharmacist, at=NOW)
        assert [(item.lot.lot_number, item.units, item.warning) for item in issued] == [
            ("FIRST", 100, ""),
            ("SECOND", 50, ""),
        ]
        assert left(lots) == {"first": 0, "second": 50, "expired": 100, "held": 100}
        entries = StockEntry.objects.filter(kind=StockMove.ISSUE).order_by("pk")
        event = Event.objects.get(action="stock.issue")
        assert [(entry.units, entry.reference, entry.entered_by_id) for entry in entries] == [
            (-100, f"issue-{event.pk}", cast.pharmacist.user_id),
            (-50, f"issue-{event.pk}", cast.pharmacist.user_id),
        ]

    def test_takes_the_last_day_of_use_and_two_lines_one_after_the_other(self, cast: Cast, product: Product) -> None:
        today = factories.stock_lot(cast.pharmacist, product, 5, days=0)
        later = factories.stock_lot(cast.pharmacist, product, 5, days=9)
        issued = issue_stock(wishes=[Wish(product.code, 4)] * 2, actor=cast.pharmacist, at=NOW)
        assert [(item.lot.pk, item.units) for item in issued] == [(today.pk, 4), (today.pk, 1), (later.pk, 3)]

    def test_of_a_scanned_lot_warns_that_another_one_expires_earlier(
        self, cast: Cast, product: Product, lots: dict[str, StockLot]
    ) -> None:
        wishes = [Wish(product.code, 10, "SECOND"), Wish(product.code, 10, "FIRST")]
        later, first = issue_stock(wishes=wishes, actor=cast.pharmacist, at=NOW)
        assert "FIRST" in later.warning and str(lots["first"].expires_on) in later.warning
        assert first.warning == ""
        assert left(lots) == {"first": 90, "second": 90, "expired": 100, "held": 100}

    def test_refuses_every_bad_line_and_takes_nothing(
        self, cast: Cast, product: Product, lots: dict[str, StockLot]
    ) -> None:
        wishes = [
            Wish("nonsense", 1),
            Wish(product.code, 0),
            Wish(product.code, 201),
            Wish(product.code, 1, "EXPIRED"),
            Wish(product.code, 1, "HELD"),
            Wish(product.code, 1, "OTHER"),
            Wish(product.code, 101, "FIRST"),
            Wish(product.code, 5),
        ]
        with refused(
            UnknownCode, UnitsNotPositive, NotEnoughToIssue, LotNotUsable, LotNotUsable, UnknownLot, NotEnoughStock
        ) as refusal:
            issue_stock(wishes=wishes, actor=cast.pharmacist, at=NOW)
        assert refusal.errors[2].facts["available"] == 200
        assert refusal.pointers[3] == "/lines/3/lot_number"
        assert set(left(lots).values()) == {100}

    def test_refuses_everything_while_the_whole_product_is_held(
        self, cast: Cast, product: Product, lots: dict[str, StockLot]
    ) -> None:
        hold(product)
        with refused(NotEnoughToIssue) as refusal:
            issue_stock(wishes=[Wish(product.code, 1)], actor=cast.pharmacist, at=NOW)
        assert refusal.facts["available"] == 0

    def test_leaves_the_reserve_and_the_shelves_of_others_alone(self, cast: Cast, product: Product) -> None:
        factories.stock_lot(cast.outsider, product)
        factories.stock_lot(cast.pharmacist, product, 100, lot_number="OWN")
        plan = factories.reserve_plan(cast, product, holder=cast.hospital)
        own = StockLot.objects.get(holder=cast.hospital, plan=None)
        fresh = factories.fresh(100, lot_number="OWN", days=(own.expires_on - TODAY).days)
        fill_reserve(plan_id=plan.pk, fresh=[fresh], actor=cast.pharmacist, at=NOW)
        for lot_number, error in (("", NotEnoughToIssue), ("OWN", UnknownLot)):
            with refused(error):
                issue_stock(wishes=[Wish(product.code, 1, lot_number)], actor=cast.pharmacist, at=NOW)

    def test_is_refused_without_lines_and_to_who_is_no_pharmacist(self, cast: Cast, product: Product) -> None:
        with refused(NothingGiven):
            issue_stock(wishes=[], actor=cast.pharmacist, at=NOW)
        for actor in (cast.buyer, cast.officer, cast.distributor):
            with refused(NotAllowed):
                issue_stock(wishes=[Wish(product.code, 1)], actor=actor, at=NOW)


class TestWriteOff:
    def test_takes_what_is_expired_off_the_stock_with_a_reason(self, cast: Cast, lots: dict[str, StockLot]) -> None:
        write_off(lots=[WrittenOff(lots["expired"].pk, 100)], reason="过期 ", actor=cast.pharmacist, at=NOW)
        assert left(lots)["expired"] == 0
        entry = StockEntry.objects.get(kind=StockMove.WRITE_OFF)
        assert (entry.units, entry.reason) == (-100, "过期")
        assert Event.objects.filter(action="stock.write_off").exists()

    def test_takes_lots_of_the_reserve_that_a_firm_keeps(self, cast: Cast, product: Product) -> None:
        factories.filled_reserve(cast, product)
        [lot] = StockLot.objects.filter(plan__isnull=False)
        write_off(lots=[WrittenOff(lot.pk, 1)], reason="破损", actor=cast.distributor, at=NOW)
        assert StockLot.objects.get(pk=lot.pk).units == 999

    def test_refuses_every_bad_line_and_a_write_off_without_a_reason(
        self, cast: Cast, product: Product, lots: dict[str, StockLot]
    ) -> None:
        foreign = factories.stock_lot(cast.outsider, product)
        wanted = [
            WrittenOff(foreign.pk, 1),
            WrittenOff(lots["expired"].pk, 0),
            WrittenOff(lots["expired"].pk, 60),
            WrittenOff(lots["expired"].pk, 41),
        ]
        with refused(UnknownLot, UnitsNotPositive, NotEnoughStock):
            write_off(lots=wanted, reason="过期", actor=cast.pharmacist, at=NOW)
        with refused(ReasonMissing):
            write_off(lots=wanted[2:], reason=" ", actor=cast.pharmacist, at=NOW)
        with refused(NothingGiven):
            write_off(lots=[], reason="过期", actor=cast.pharmacist, at=NOW)
        with refused(NotAllowed):
            write_off(lots=wanted, reason="过期", actor=cast.buyer, at=NOW)
        assert left(lots)["expired"] == 100


def test_the_day_counts_where_the_institution_is(cast: Cast, product: Product) -> None:
    lot = factories.stock_lot(cast.pharmacist, product, 5, days=0)
    with refused(NotEnoughToIssue):
        issue_stock(wishes=[Wish(product.code, 1)], actor=cast.pharmacist, at=NOW + timedelta(days=1))
    assert StockLot.objects.get(pk=lot.pk).units == 5
