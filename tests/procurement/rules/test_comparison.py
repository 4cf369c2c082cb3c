from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.price_ratio import ratio
from procurement.rules.comparison import comparable_price, unit_price

BASE = Decimal("1.7")


def stored(price_ratio: Decimal) -> Decimal:
    """A ratio as a column with thirty decimals holds it."""
    return Decimal(f"{price_ratio:.30f}")


class TestComparablePrice:
    @pytest.mark.parametrize(
        ("price", "pack", "quantity_ratio", "expected"),
        [
            ("3.85", 7, "1", "0.5500"),
            ("11.90", 14, "2", "0.5000"),
            ("6.60", 28, "0.5", "0.4007"),
        ],
    )
    def test_follows_the_worked_examples(self, price: str, pack: int, quantity_ratio: str, expected: str) -> None:
        price_ratio = stored(ratio(Decimal(quantity_ratio), BASE))
        assert str(comparable_price(Decimal(price), pack, price_ratio)) == expected

    @pytest.mark.parametrize(("price", "pack", "expected"), [("1.0001", 2, "0.5001"), ("0.0001", 3, "0.0000")])
    def test_rounds_a_half_up(self, price: str, pack: int, expected: str) -> None:
        assert str(comparable_price(Decimal(price), pack, Decimal(1))) == expected

    def test_rounds_a_half_up_though_the_stored_ratio_is_cut_off(self) -> None:
        # 0.01 ÷ 20 × 1.7 = 0.00085, and 1 ÷ 1.7 has no last decimal
        assert str(comparable_price(Decimal("0.01"), 20, stored(1 / BASE))) == "0.0009"

    @given(st.decimals("0.01", "99999", places=2), st.integers(1, 1000))
    def test_of_the_lots_own_strength_is_the_nearest_to_offer_by_pack(self, price: Decimal, pack: int) -> None:
        distance = Fraction(comparable_price(price, pack, Decimal(1))) - Fraction(price) / pack
        assert Fraction(-1, 20000) < distance <= Fraction(1, 20000)


class TestUnitPrice:
    @given(st.decimals("0.01", "99999", places=2), st.integers(1, 1000))
    def test_is_the_nearest_with_six_decimals(self, price: Decimal, pack: int) -> None:
        distance = Fraction(unit_price(price, pack)) - Fraction(price) / pack
        assert Fraction(-1, 2_000_000) < distance <= Fraction(1, 2_000_000)
