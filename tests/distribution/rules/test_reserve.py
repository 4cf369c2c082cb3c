from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution.rules.fefo import LotBalance
from distribution.rules.reserve import floor_units, is_below_floor, lots_to_rotate, refill_due_on

TODAY = date(2026, 6, 15)


class TestFloor:
    @pytest.mark.parametrize(
        ("plan", "share", "floor"), [(1000, "0.7", 700), (1001, "0.7", 701), (1, "0.7", 1), (0, "0.7", 0), (9, "1", 9)]
    )
    def test_counts_a_part_of_a_unit_as_one(self, plan: int, share: str, floor: int) -> None:
        assert floor_units(plan, Decimal(share)) == floor

    @pytest.mark.parametrize(("units", "below"), [(699, True), (700, False), (701, False)])
    def test_is_kept_exactly_at_it(self, units: int, below: bool) -> None:
        assert is_below_floor(units, plan=1000, floor_share=Decimal("0.7")) is below

    @given(st.integers(0, 10**7), st.integers(0, 10**7), st.decimals("0.0001", 1, places=4))
    def test_is_broken_exactly_where_the_units_are_fewer_than_the_share(
        self, units: int, plan: int, share: Decimal
    ) -> None:
        assert is_below_floor(units, plan=plan, floor_share=share) == (units < plan * share)


class TestLotsToRotate:
    def test_are_those_with_less_life_than_the_months_first_expired_first(self) -> None:
        days = {1: date(2026, 12, 14), 2: date(2026, 12, 13), 3: date(2026, 7, 1)}
        lots = [LotBalance(id, day, 10) for id, day in days.items()]
        assert [lot.id for lot in lots_to_rotate(lots, today=TODAY, months=6)] == [3, 2]

    @pytest.mark.parametrize(
        "lot",
        [
            LotBalance(1, date(2026, 6, 14), 10),
            LotBalance(1, date(2026, 7, 1), 10, is_held=True),
            LotBalance(1, date(2026, 7, 1), 0),
        ],
    )
    def test_leave_out_what_cannot_be_issued(self, lot: LotBalance) -> None:
        assert lots_to_rotate([lot], today=TODAY, months=6) == []


class TestRefill:
    def test_is_due_so_many_days_after_the_release(self) -> None:
        assert refill_due_on(date(2026, 2, 1), 30) == date(2026, 3, 3)
