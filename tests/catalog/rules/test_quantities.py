from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.quantities import UnknownUnit, in_smallest_unit

amounts = st.decimals(min_value=0, allow_nan=False, allow_infinity=False)
SIZES = {
    "kg": Fraction(1_000_000),
    "g": Fraction(1000),
    "克": Fraction(1000),
    "mg": Fraction(1),
    "μg": Fraction(1, 1000),
    "µg": Fraction(1, 1000),
    "mcg": Fraction(1, 1000),
    "ng": Fraction(1, 1_000_000),
    "单位": Fraction(1),
    "IU": Fraction(1),
    "万单位": Fraction(10_000),
    "万IU": Fraction(10_000),
    "WU": Fraction(10_000),
    "亿单位": Fraction(100_000_000),
    "kU": Fraction(1000),
    "L": Fraction(1000),
    "ml": Fraction(1),
    "μl": Fraction(1, 1000),
}


class TestInSmallestUnit:
    @pytest.mark.parametrize(
        ("amount", "unit", "expected", "smallest"),
        [
            ("0.25", "g", "250", "mg"),
            ("0.5", "ｇ", "500", "mg"),
            ("100", "µg", "0.1", "mg"),
            ("5", "毫克", "5", "mg"),
            ("80", "万单位", "800000", "单位"),
            ("5000", "IU", "5000", "单位"),
            ("200", "国际单位", "200", "单位"),
            ("1", "L", "1000", "ml"),
            ("0.78", "μl", "0.00078", "ml"),
            ("24", "片", "24", "片"),
            ("0.9", "%", "0.9", "%"),
            ("370", "MBq", "370", "MBq"),
            ("0.5", "mmol", "0.5", "mmol"),
            ("70", "cm²", "70", "cm²"),
        ],
    )
    def test_reads(self, amount: str, unit: str, expected: str, smallest: str) -> None:
        assert in_smallest_unit(Decimal(amount), unit) == (Decimal(expected), smallest)

    @pytest.mark.parametrize("unit", [" ", "公里", "m g g", "剂量", "millilitre"])
    def test_refuses_what_is_no_unit_of_a_medicine(self, unit: str) -> None:
        with pytest.raises(UnknownUnit, match=unit):
            in_smallest_unit(Decimal(1), unit)

    def test_does_not_take_a_thousandth_for_a_million(self) -> None:
        with pytest.raises(UnknownUnit):
            in_smallest_unit(Decimal(1), "mIU")

    @given(amounts, st.sampled_from(sorted(SIZES)))
    def test_is_exact_to_the_last_digit(self, amount: Decimal, unit: str) -> None:
        converted, _smallest = in_smallest_unit(amount, unit)
        assert Fraction(converted) == Fraction(amount) * SIZES[unit]
