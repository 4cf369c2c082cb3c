from __future__ import annotations

import pytest

from catalog.errors import UnknownCode
from catalog.foundation.errors import NotAllowed, NothingGiven
from catalog.foundation.journal.models import Event
from catalog.models import Product
from distribution.errors import LineTwice, LotAlreadyKept, ReasonMissing, StockMoved, UnitsNotPositive, UnknownLot
from distribution.models import StockCount, StockEntry, StockLot
from distribution.services.counts import Found, OpeningLot, count_stock, enter_opening_stock
from distribution.states import StockMove
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, TODAY
from tests.refusals import refused


@pytest.fixture
def product(line: AgreementLine) -> Product:
    return line.product


@pytest.fixture
def lot(cast: Cast, product: Product) -> StockLot:
    return factories.stock_lot(cast.pharmacist, product)


class TestEnterOpeningStock:
    def test_enters_what_was_there_before_the_ledger(self, cast: Cast, lot: StockLot) -> None:
        assert (lot.holder_id, lot.units) == (cast.hospital.pk, 100)
        assert lot.entries.get().kind == StockMove.OPENING
        assert Event.objects.filter(action="stock.open").exists()

    def test_refuses_every_bad_line(self, cast: Cast, product: Product, lot: StockLot) -> None:
        again = OpeningLot(product.code, lot.lot_number, lot.expires_on, 5)
        new = OpeningLot(product.code, "NEW", TODAY, 5)
        lots = [OpeningLot("nonsense", "A", TODAY, 5), OpeningLot(product.code, "B", TODAY, 0), again, new, new]
        with refused(UnknownCode, UnitsNotPositive, LotAlreadyKept, LineTwice):
            enter_opening_stock(lots=lots, actor=cast.pharmacist, at=NOW)
        with refused(NothingGiven):
            enter_opening_stock(lots=[], actor=cast.pharmacist, at=NOW)
        with refused(NotAllowed):
            enter_opening_stock(lots=[new], actor=cast.officer, at=NOW)
        assert StockEntry.objects.count() == 1


class TestCountStock:
    def test_corrects_the_ledger_where_something_else_was_found(
        self, cast: Cast, product: Product, lot: StockLot
    ) -> None:
        right = factories.stock_lot(cast.pharmacist, product, 7)
        found = [Found(lot.pk, 97, "破损", seen=100), Found(right.pk, 7)]
        count = count_stock(found=found, actor=cast.pharmacist, at=NOW)
        assert list(count.lines.values_list("lot", "expected_units", "found_units", "reason")) == [
            (lot.pk, 100, 97, "破损"),
            (right.pk, 7, 7, ""),
        ]
        assert list(StockEntry.objects.filter(kind=StockMove.COUNT).values_list("lot", "units", "reference")) == [
            (lot.pk, -3, f"count-{count.pk}")
        ]
        assert StockLot.objects.get(pk=lot.pk).units == 97
        assert Event.objects.get(action="stock_count.record").changes["differences"] == [None, 1]

    def test_refuses_every_bad_line(self, cast: Cast, product: Product, lot: StockLot) -> None:
        foreign = factories.stock_lot(cast.outsider, product)
        other = factories.stock_lot(cast.pharmacist, product, 7)
        found = [Found(foreign.pk, 1), Found(other.pk, -1), Found(lot.pk, 99, " "), Found(lot.pk, 100)]
        with refused(UnknownLot, UnitsNotPositive, ReasonMissing, LineTwice):
            count_stock(found=found, actor=cast.pharmacist, at=NOW)
        with refused(NothingGiven):
            count_stock(found=[], actor=cast.pharmacist, at=NOW)
        with refused(NotAllowed):
            count_stock(found=[Found(lot.pk, 100)], actor=cast.buyer, at=NOW)
        assert not StockCount.objects.exists()

    def test_refuses_a_lot_that_was_issued_while_it_was_counted(
        self, cast: Cast, product: Product, lot: StockLot
    ) -> None:
        factories.issue(cast.pharmacist, product, 4)
        with refused(StockMoved) as refusal:
            count_stock(found=[Found(lot.pk, 100, seen=100)], actor=cast.pharmacist, at=NOW)
        assert (refusal.facts["seen"], refusal.facts["units"]) == (100, 96)
