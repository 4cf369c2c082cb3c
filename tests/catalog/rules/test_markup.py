from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.markup import highest_retail_price, markup_of

PARAMETERS = {"markup": "0.05", "markup_primary": "0", "markup_secondary": "0.15"}

yuan = st.decimals(min_value="0.01", max_value=5000, places=2)
markups = st.decimals(min_value=0, max_value=1, places=2)


class TestMarkupOf:
    @pytest.mark.parametrize(
        ("tier", "expected"), [("primary", "0"), ("secondary", "0.15"), ("tertiary", "0.05"), ("", "0.05")]
    )
    def test_takes_the_number_of_the_tier_before_the_general_one(self, tier: str, expected: str) -> None:
        assert markup_of(PARAMETERS, tier) == Decimal(expected)

    def test_does_without_numbers_of_tiers(self) -> None:
        assert markup_of({"markup": "0"}, "primary") == 0


class TestHighestRetailPrice:
    @pytest.mark.parametrize(
        ("purchase_price", "guide_price", "markup", "expected", "rule"),
        [
            ("8.00", "8.72", "0", "8.00", "CN.2009-78.zero-markup"),
            ("8.00", "8.72", "0.15", "8.72", "CN.2009-2498.ceiling"),
            ("7.50", "8.72", "0.15", "8.63", "CN.2009-78.zero-markup"),  # 8.625
            ("8.72", "8.72", "0", "8.72", "CN.2009-2498.ceiling"),
            ("8.00", None, "0.15", "9.20", "CN.2009-78.zero-markup"),
            (None, "8.72", "0", "8.72", "CN.2009-2498.ceiling"),
        ],
    )
    def test_is_the_lower_of_both_limits_and_names_its_rule(
        self, purchase_price: str | None, guide_price: str | None, markup: str, expected: str, rule: str
    ) -> None:
        highest, evidence = highest_retail_price(
            purchase_price=purchase_price and Decimal(purchase_price),  # type: ignore[arg-type]
            guide_price=guide_price and Decimal(guide_price),  # type: ignore[arg-type]
            markup=Decimal(markup),
        )
        assert str(highest) == evidence["highest"] == expected
        assert evidence["rule"] == rule

    def test_shows_the_values_that_it_compared(self) -> None:
        _highest, evidence = highest_retail_price(
            purchase_price=Decimal("7.50"), guide_price=Decimal("8.72"), markup=Decimal("0.15")
        )
        assert evidence == {
            "markup": "0.15",
            "guide_price": "8.72",
            "purchase_price": "7.50",
            "allowed": "8.63",
            "rule": "CN.2009-78.zero-markup",
            "highest": "8.63",
        }

    def test_states_no_limit_where_no_price_is_known(self) -> None:
        assert highest_retail_price(purchase_price=None, guide_price=None, markup=Decimal(0)) == (None, {"markup": "0"})

    def test_refuses_a_negative_markup(self) -> None:
        with pytest.raises(ValueError, match="not negative"):
            highest_retail_price(purchase_price=Decimal(1), guide_price=None, markup=Decimal("-0.1"))

    @given(yuan, yuan, markups)
    def test_exceeds_neither_limit_and_reaches_one(self, purchase: Decimal, guide: Decimal, markup: Decimal) -> None:
        highest, _evidence = highest_retail_price(purchase_price=purchase, guide_price=guide, markup=markup)
        assert highest is not None
        assert highest <= guide
        assert highest == guide or abs(highest - purchase * (1 + markup)) <= Decimal("0.005")
