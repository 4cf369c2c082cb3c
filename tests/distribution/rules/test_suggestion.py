from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution.rules.packs import Rounded
from distribution.rules.suggestion import suggest

quantities = st.integers(0, 10**6)
pack_sizes = st.integers(1, 1000)


class TestSuggest:
    @pytest.mark.parametrize(
        ("monthly_use", "stock", "on_the_way", "expected"),
        [
            # 100 × 1.5 = 150 are wanted
            ("100", 0, 0, Rounded(7, 168, 18)),
            ("100", 100, 26, Rounded(1, 24, 0)),
            ("100", 100, 25, Rounded(2, 48, 23)),
            ("100", 100, 50, None),
            ("100", 300, 0, None),
            ("0", 0, 0, None),
            # 0.1 of a unit more than there is
            ("100.1", 100, 50, Rounded(1, 24, 23)),
        ],
    )
    def test_fills_up_to_the_months_to_be_covered(
        self, monthly_use: str, stock: int, on_the_way: int, expected: Rounded | None
    ) -> None:
        suggested = suggest(
            monthly_use=Decimal(monthly_use),
            stock=stock,
            on_the_way=on_the_way,
            cover_months=Decimal("1.5"),
            pack_quantity=24,
        )
        assert suggested == expected

    @given(st.decimals(0, 10**5, places=2), quantities, quantities, st.decimals(0, 12, places=1), pack_sizes)
    def test_covers_the_need_with_less_than_a_pack_too_much(
        self, monthly_use: Decimal, stock: int, on_the_way: int, cover_months: Decimal, pack: int
    ) -> None:
        suggested = suggest(
            monthly_use=monthly_use, stock=stock, on_the_way=on_the_way, cover_months=cover_months, pack_quantity=pack
        )
        need = monthly_use * cover_months
        if suggested is None:
            assert stock + on_the_way >= need
        else:
            assert need <= stock + on_the_way + suggested.units < need + pack + 1

    def test_refuses_a_negative_stock(self) -> None:
        with pytest.raises(ValueError, match="not negative"):
            suggest(monthly_use=Decimal(1), stock=-1, on_the_way=0, cover_months=Decimal(1), pack_quantity=1)
