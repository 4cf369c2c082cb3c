from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.accounts.models import Organization
from catalog.foundation.errors import DomainError, RulesBroken
from catalog.models import Product
from distribution.errors import NotEnoughStock
from distribution.models import StockEntry, StockLot
from distribution.services.counts import Found, count_stock
from distribution.services.issues import Wish, WrittenOff, issue_stock, write_off
from distribution.services.stock import Move, enter_stock
from distribution.services.transfers import receive_transfer
from distribution.states import StockMove
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, TODAY
from tests.refusals import refused

LATER = TODAY + timedelta(days=300)


@pytest.fixture
def product(line: AgreementLine) -> Product:
    return line.product


def enter(cast: Cast, *moves: Move, reference: str = "receipt-1", kind: StockMove = StockMove.RECEIPT) -> None:
    enter_stock(moves, kind=kind, reference=reference, actor=cast.pharmacist, at=NOW)


class TestEnterStock:
    def test_creates_a_lot_and_adds_to_one_that_is_there(self, cast: Cast, product: Product) -> None:
        enter(cast, Move(cast.hospital.pk, product.pk, "A", LATER, 24))
        enter(cast, Move(cast.hospital.pk, product.pk, "A", LATER, 6), reference="receipt-2")
        [lot] = StockLot.objects.all()
        assert (lot.holder_id, lot.product_id, lot.lot_number, lot.expires_on, lot.plan_id, lot.units) == (
            cast.hospital.pk,
            product.pk,
            "A",
            LATER,
            None,
            30,
        )
        assert list(lot.entries.values_list("kind", "units", "reference", "entered_at", "entered_by")) == [
            ("receipt", 6, "receipt-2", NOW, cast.pharmacist.user_id),
            ("receipt", 24, "receipt-1", NOW, cast.pharmacist.user_id),
        ]

    def test_sums_several_moves_of_a_lot_and_leaves_out_what_moves_nothing(self, cast: Cast, product: Product) -> None:
        of_one = Move(cast.hospital.pk, product.pk, "A", LATER, 5)
        enter(cast, of_one, of_one, Move(cast.hospital.pk, product.pk, "B", LATER, 0))
        assert list(StockEntry.objects.values_list("lot__lot_number", "units")) == [("A", 10)]

    def test_refuses_every_lot_that_would_fall_below_nought_and_moves_nothing(
        self, cast: Cast, product: Product
    ) -> None:
        enter(cast, Move(cast.hospital.pk, product.pk, "A", LATER, 5))
        with refused(NotEnoughStock, NotEnoughStock) as refusal, transaction.atomic():
            enter(
                cast,
                Move(cast.hospital.pk, product.pk, "A", LATER, -6),
                Move(cast.hospital.pk, product.pk, "A", TODAY, -1),
                Move(cast.hospital.pk, product.pk, "B", LATER, 9),
                reference="return-1",
            )
        assert [(error.facts["units"], error.facts["available"]) for error in refusal.errors] == [(6, 5), (1, 0)]
        assert list(StockLot.objects.values_list("lot_number", "units")) == [("A", 5)]

    def test_refuses_the_same_reference_twice(self, cast: Cast, product: Product) -> None:
        enter(cast, Move(cast.hospital.pk, product.pk, "A", LATER, 5))
        with pytest.raises(IntegrityError), transaction.atomic():
            enter(cast, Move(cast.hospital.pk, product.pk, "A", LATER, 5))


# A holder, a lot and signed units; several of them are entered at once.
MOVES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from("AB"), st.integers(0, 1), st.integers(-30, 40)), max_size=4
)


class TestAnySequence:
    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
    )
    @given(sequence=st.lists(MOVES, max_size=8))
    def test_of_moves_leaves_the_ledger_equal_to_the_balances(
        self, cast: Cast, product: Product, sequence: list[list[tuple[int, str, int, int]]]
    ) -> None:
        holders = (cast.hospital.pk, cast.other_hospital.pk)
        expected: defaultdict[tuple[int, str, int], int] = defaultdict(int)
        with transaction.atomic():
            for number, document in enumerate(sequence):
                moves = [
                    Move(holders[holder], product.pk, lot, LATER + timedelta(days=day), units)
                    for holder, lot, day, units in document
                ]
                after = defaultdict(int, expected)
                for holder, lot, day, units in document:
                    after[holder, lot, day] += units
                try:
                    with transaction.atomic():
                        enter(cast, *moves, reference=f"document-{number}")
                except RulesBroken:
                    assert min(after.values()) < 0
                else:
                    expected = after
                    assert min(after.values(), default=0) >= 0
            assert {
                (holders.index(lot.holder_id), lot.lot_number, (lot.expires_on - LATER).days): lot.units
                for lot in StockLot.objects.on_hand()
            } == {key: units for key, units in expected.items() if units}
            assert_ledger_equals_stock()
            transaction.set_rollback(True)


def assert_ledger_equals_stock() -> None:
    """The balance of every lot is the sum of its entries."""
    sums = dict(StockEntry.objects.order_by().values_list("lot").annotate(units=Sum("units")))
    assert {lot.pk: lot.units for lot in StockLot.objects.all()} == {
        lot.pk: sums.get(lot.pk, 0) for lot in StockLot.objects.all()
    }


# What pharmacists do to a shelf with two lots: the act, the lot, the units.
ACTS = st.lists(
    st.tuples(st.sampled_from(["issue", "issue_lot", "write_off", "count", "send"]), st.booleans(), st.integers(0, 60)),
    max_size=6,
)


class TestAnySequenceOfActs:
    @settings(
        max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
    )
    @given(acts=ACTS)
    def test_of_people_leaves_the_ledger_equal_to_the_balances(
        self, cast: Cast, product: Product, acts: list[tuple[str, bool, int]]
    ) -> None:
        with transaction.atomic():
            taker = factories.neighbour()
            lots = [factories.stock_lot(cast.pharmacist, product, 50, days=days) for days in (100, 200)]
            for act, second, units in acts:
                with suppress(DomainError), transaction.atomic():
                    self.perform(cast, act, lots[second], units, taker)
                assert_ledger_equals_stock()
            transaction.set_rollback(True)

    @staticmethod
    def perform(cast: Cast, act: str, lot: StockLot, units: int, taker: Organization) -> None:
        options = {"actor": cast.pharmacist, "at": NOW}
        if act == "write_off":
            write_off(lots=[WrittenOff(lot.pk, units)], reason="破损", **options)
        elif act == "count":
            count_stock(found=[Found(lot.pk, units, "盘点")], **options)
        elif act == "send":
            sent = factories.sent_transfer(lot, taker, units, actor=cast.pharmacist)
            receive_transfer(transfer_id=sent.pk, actor=factories.pharmacist_of(taker), at=NOW)
        else:
            lot_number = lot.lot_number if act == "issue_lot" else ""
            issue_stock(wishes=[Wish(lot.product.code, units, lot_number)], **options)
