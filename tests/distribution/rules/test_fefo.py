from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from distribution.rules.fefo import LotBalance, NotEnough, Pick, in_order_of_issue, pick

TODAY = date(2026, 6, 15)

lots_of_stock = st.lists(
    st.builds(
        LotBalance,
        id=st.integers(1, 10**6),
        expires_on=st.dates(TODAY - timedelta(days=60), TODAY + timedelta(days=700)),
        units=st.integers(0, 500),
        is_held=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda lot: lot.id,
)


def lot(id: int, expires_on: date, units: int = 10, *, is_held: bool = False) -> LotBalance:
    return LotBalance(id, expires_on, units, is_held)


SOON, LATER = lot(2, date(2026, 8, 31)), lot(1, date(2027, 8, 31))


class TestPick:
    def test_takes_what_expires_first(self) -> None:
        assert pick([LATER, SOON], 4, today=TODAY) == [Pick(2, 4)]

    def test_goes_on_to_the_next_lot(self) -> None:
        assert pick([LATER, SOON], 14, today=TODAY) == [Pick(2, 10), Pick(1, 4)]

    @pytest.mark.parametrize("unfit", [lot(3, date(2026, 6, 14)), lot(3, date(2026, 7, 1), is_held=True)])
    def test_never_takes_what_is_expired_or_held(self, unfit: LotBalance) -> None:
        assert pick([unfit, SOON], 10, today=TODAY) == [Pick(2, 10)]

    def test_takes_a_lot_on_its_last_day_of_use(self) -> None:
        assert pick([lot(3, TODAY), SOON], 10, today=TODAY) == [Pick(3, 10)]

    def test_takes_the_lower_id_of_two_that_expire_on_one_day(self) -> None:
        assert pick([lot(9, TODAY), lot(4, TODAY)], 1, today=TODAY) == [Pick(4, 1)]

    def test_says_how_much_there_is_where_that_is_not_enough(self) -> None:
        with translation.override("en"), pytest.raises(NotEnough, match="21 units are wanted and 20") as refusal:
            pick([SOON, LATER, lot(3, TODAY, is_held=True)], 21, today=TODAY)
        assert (refusal.value.wanted, refusal.value.available) == (21, 20)

    def test_takes_nothing_where_nothing_is_wanted(self) -> None:
        assert pick([], 0, today=TODAY) == []

    def test_refuses_a_negative_number(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            pick([SOON], -1, today=TODAY)

    @given(lots_of_stock, st.integers(0, 3000))
    def test_takes_exactly_the_units_and_leaves_nothing_that_expires_earlier(
        self, lots: list[LotBalance], units: int
    ) -> None:
        usable = {lot.id: lot for lot in lots if lot.units and not lot.is_held and lot.expires_on >= TODAY}
        available = sum(lot.units for lot in usable.values())
        if units > available:
            with pytest.raises(NotEnough) as refusal:
                pick(lots, units, today=TODAY)
            assert refusal.value.available == available
            return
        taken = {picked.id: picked.units for picked in pick(lots, units, today=TODAY)}
        assert sum(taken.values()) == units
        assert all(0 < taken[id] <= usable[id].units for id in taken)
        left = [lot.expires_on for lot in usable.values() if taken.get(lot.id, 0) < lot.units]
        assert all(usable[id].expires_on <= min(left) for id in taken if left)


class TestInOrderOfIssue:
    def test_leaves_out_empty_lots(self) -> None:
        assert in_order_of_issue([LATER, lot(3, TODAY, 0), SOON], today=TODAY) == [SOON, LATER]
