from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.foundation.money import UNIT_PRICE, allocate, round_half_up

weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any)


class TestRoundHalfUp:
    @pytest.mark.parametrize(
        ("value", "expected"), [("0.005", "0.01"), ("0.0049", "0.00"), ("2.675", "2.68"), ("-0.005", "-0.01")]
    )
    def test_takes_a_half_away_from_zero(self, value: str, expected: str) -> None:
        assert str(round_half_up(Decimal(value))) == expected

    def test_keeps_the_digits_of_the_step(self) -> None:
        assert str(round_half_up(Decimal(1), UNIT_PRICE)) == "1.0000"


class TestAllocate:
    @pytest.mark.parametrize(
        ("total", "shares", "expected"),
        [
            (10, [1, 1, 1], [4, 3, 3]),
            (100, [50, 30, 20], [50, 30, 20]),
            (5, [1, 0, 1], [3, 0, 2]),
            (0, [1, 2], [0, 0]),
            (1, [1, 9], [0, 1]),
        ],
    )
    def test_gives_the_rest_to_the_largest_remainders(self, total: int, shares: list[int], expected: list[int]) -> None:
        assert allocate(total, shares) == expected

    @given(st.integers(0, 10**13), weights)
    def test_sums_exactly_and_strays_by_less_than_one(self, total: int, shares: list[int]) -> None:
        parts = allocate(total, shares)
        assert sum(parts) == total
        whole = sum(shares)
        assert all(abs(part * whole - total * share) <= whole for part, share in zip(parts, shares, strict=True))

    @given(st.integers(0, 10**13), weights)
    def test_gives_nothing_to_a_weight_of_nothing(self, total: int, shares: list[int]) -> None:
        assert all(part == 0 for part, share in zip(allocate(total, shares), shares, strict=True) if share == 0)

    @pytest.mark.parametrize("shares", [[], [0], [0, 0]])
    def test_refuses_to_split_among_nobody(self, shares: list[int]) -> None:
        with pytest.raises(ValueError, match="positive"):
            allocate(10, shares)
