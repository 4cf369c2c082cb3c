"""The worked examples are those of the price-ratio rules (发改价格〔2011〕2452号), recomputed."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.price_ratio import PRECISION, PROPORTIONAL, carry, ratio
from catalog.rules.strengths import Strength, parse_strength

STRENGTH_BASE = Decimal("1.7")
MICRO = Decimal("0.000001")

quantity_ratios = st.decimals(min_value="0.001", max_value="1000", places=3)
bases = st.decimals(min_value="1.1", max_value="2", places=2)


class TestRatio:
    @pytest.mark.parametrize(
        ("quantity_ratio", "base", "expected"),
        [
            ("2", "1.7", "1.700000"),
            ("0.5", "1.7", "0.588235"),
            ("1.5", "1.7", "1.363967"),
            ("1.5", "1.95", "1.477949"),
            ("2.4", "1.95", "2.324469"),
            ("0.6", "1.9", "0.623115"),
            ("10", "2", "10.000000"),
        ],
    )
    def test_follows_the_worked_examples(self, quantity_ratio: str, base: str, expected: str) -> None:
        assert ratio(Decimal(quantity_ratio), Decimal(base)).quantize(MICRO) == Decimal(expected)

    @pytest.mark.parametrize(
        ("price", "pack", "milligrams", "expected"),
        [("3.85", 7, 10, "0.5500"), ("11.90", 14, 20, "0.5000"), ("6.60", 28, 5, "0.4007")],
    )
    def test_brings_prices_of_a_tablet_to_one_strength(
        self, price: str, pack: int, milligrams: int, expected: str
    ) -> None:
        of_ten = Decimal(price) / pack / ratio(Decimal(milligrams) / 10, STRENGTH_BASE)
        assert of_ten.quantize(Decimal("0.0001")) == Decimal(expected)

    @given(bases)
    def test_of_equal_quantities_is_one(self, base: Decimal) -> None:
        assert ratio(Decimal(1), base) == 1

    @given(quantity_ratios, bases)
    def test_there_and_back_is_one(self, quantity_ratio: Decimal, base: Decimal) -> None:
        with localcontext(PRECISION):
            assert abs(ratio(quantity_ratio, base) * ratio(1 / quantity_ratio, base) - 1) < Decimal("1e-30")

    def test_is_exact_to_all_its_digits(self) -> None:
        # By bc -l: 1.47794873987441427982046585052331259…; to six digits it rounds to 1.477949 and is cut to 1.477948.
        assert str(ratio(Decimal("1.5"), Decimal("1.95"))) == "1.477948739874414279820465850523313"

    @given(st.integers(min_value=-10, max_value=10), bases)
    def test_of_doubled_quantities_is_a_power_of_the_base(self, times: int, base: Decimal) -> None:
        with localcontext(PRECISION):
            assert abs(ratio(Decimal(2) ** times, base) / base**times - 1) < Decimal("1e-32")

    @given(bases)
    def test_of_twice_the_quantity_is_the_base_itself(self, base: Decimal) -> None:
        assert ratio(Decimal(2), base) == base
        assert ratio(Decimal(8), base) == base**3

    @given(quantity_ratios)
    def test_is_the_quantity_where_nothing_is_rebated(self, quantity_ratio: Decimal) -> None:
        assert ratio(quantity_ratio, PROPORTIONAL) == quantity_ratio

    @given(quantity_ratios, quantity_ratios, bases)
    def test_grows_with_the_quantity(self, one: Decimal, other: Decimal, base: Decimal) -> None:
        assert (one < other) == (ratio(one, base) < ratio(other, base))

    @given(st.decimals(min_value="1.001", max_value="1000", places=3))
    def test_makes_the_milligram_cheaper_as_the_strength_grows(self, quantity_ratio: Decimal) -> None:
        assert ratio(quantity_ratio, STRENGTH_BASE) < quantity_ratio

    @pytest.mark.parametrize(("quantity_ratio", "base"), [("0", "1.7"), ("-1", "1.7"), ("2", "0"), ("2", "-1.7")])
    def test_is_refused_for_what_is_not_positive(self, quantity_ratio: str, base: str) -> None:
        with pytest.raises(ValueError, match="positive"):
            ratio(Decimal(quantity_ratio), Decimal(base))


class TestCarry:
    @pytest.mark.parametrize(
        ("price", "source", "target", "expected"),
        [
            ("8.72", "0.25g", "0.5g", "14.8240"),
            ("8.72", "0.25g", "0.125g", "5.1294"),
            ("8.72", "0.25g", "0.375g", "11.8938"),
            ("8.72", "0.25g", "250mg", "8.7200"),
            ("0.3788", "1mg", "2mg", "0.6440"),
        ],
    )
    def test_follows_the_worked_examples(self, price: str, source: str, target: str, expected: str) -> None:
        carried = carry(
            Decimal(price),
            source=parse_strength(source),
            target=parse_strength(target),
            strength_base=STRENGTH_BASE,
        )
        assert str(carried.price) == expected

    def test_tells_every_step(self) -> None:
        carried = carry(
            Decimal("0.3788"),
            source=parse_strength("1mg"),
            target=parse_strength("2mg"),
            strength_base=STRENGTH_BASE,
        )
        assert carried.steps == {
            "price": "0.3788",
            "quantity_ratio": "2.000000",
            "strength_base": "1.7",
            "price_ratio": "1.700000",
            "carried_price": "0.6440",
        }

    def test_refuses_strengths_that_are_measured_otherwise(self) -> None:
        with pytest.raises(ValueError, match="cannot be compared"):
            carry(
                Decimal(1),
                source=Strength(Decimal(1), "mg"),
                target=Strength(Decimal(1), "单位"),
                strength_base=STRENGTH_BASE,
            )
