from __future__ import annotations

from decimal import Decimal
from statistics import pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.procedure_rules import Anchor, EntryRule
from procurement.rules.entry import LetInBy, PriceFigures, anchor_price, let_in_by

PRICES = st.lists(st.decimals("0.0001", "999", places=4), min_size=1, max_size=12)


def figures(*prices: str) -> PriceFigures:
    return PriceFigures.of([Decimal(price) for price in prices])


class TestAnchor:
    def test_is_the_lowest(self) -> None:
        assert anchor_price(figures("1", "9", "9"), Anchor.LOWEST) == 1

    @pytest.mark.parametrize(("prices", "expected"), [(("1", "3"), "1"), (("0.9999", "3.0001"), "2")])
    def test_is_the_mean_where_the_lowest_is_under_half_of_it(self, prices: tuple[str, ...], expected: str) -> None:
        assert anchor_price(figures(*prices), Anchor.MEAN_IF_LOWEST_UNDER_HALF) == Decimal(expected)

    @pytest.mark.parametrize(
        ("prices", "expected"),
        # mean 7, population deviation √12 = 3.4641
        [(("1", "9", "9", "9"), "3.5359"), (("5", "5"), "5"), (("4", "6"), "4")],
    )
    def test_is_the_higher_of_the_lowest_and_the_mean_less_a_deviation(
        self, prices: tuple[str, ...], expected: str
    ) -> None:
        assert anchor_price(figures(*prices), Anchor.LOWEST_OR_MEAN_MINUS_SD) == Decimal(expected)

    @given(PRICES, st.sampled_from(Anchor))
    def test_is_never_under_the_lowest_nor_over_the_mean(self, prices: list[Decimal], anchor: Anchor) -> None:
        found = PriceFigures.of(prices)
        assert found.lowest <= anchor_price(found, anchor) <= found.mean


class TestFigures:
    @given(PRICES)
    def test_the_deviation_is_that_of_a_whole_population(self, prices: list[Decimal]) -> None:
        assert abs(PriceFigures.of(prices).deviation - pstdev(prices)) <= Decimal("0.00005001")

    def test_a_price_exactly_two_deviations_under_the_mean_is_not_under_it(self) -> None:
        # of five prices the one that is apart lies two deviations off, never more
        found = figures("1", "2", "2", "2", "2")
        assert not found.is_under_mean_less(Decimal(1), Decimal(2))
        assert found.is_under_mean_less(Decimal("0.9999"), Decimal(2))

    def test_the_share_of_the_mean_is_not_rounded(self) -> None:
        # half of the mean is 0.50001…
        found = figures("0.5", "1.2", "1.3001")
        assert found.is_under_share_of_mean(Decimal("0.5"), Decimal("0.5"))
        assert not figures("0.5", "1.2", "1.3").is_under_share_of_mean(Decimal("0.5"), Decimal("0.5"))


class TestLetIn:
    RULE = EntryRule(Decimal("1.8"), cut=Decimal("0.5"), floor=Decimal("0.1"), anchor=Anchor.LOWEST)

    @pytest.mark.parametrize(
        ("price", "anchor", "ceiling", "condition"),
        [
            ("1.8", "1", "2", LetInBy.MULTIPLE),
            ("1.8001", "1", "4", LetInBy.CUT),
            ("2", "1", "4", LetInBy.CUT),
            ("2.0001", "1", "4", None),
            ("0.1", "0.01", "0.15", LetInBy.FLOOR),
            ("0.1001", "0.01", "0.15", None),
        ],
    )
    def test_any_one_of_the_conditions_is_enough(
        self, price: str, anchor: str, ceiling: str, condition: LetInBy | None
    ) -> None:
        found = let_in_by(Decimal(price), anchor=Decimal(anchor), ceiling=Decimal(ceiling), rule=self.RULE)
        assert found == condition

    def test_a_condition_that_is_not_stated_lets_nobody_in(self) -> None:
        rule = EntryRule(Decimal("1.8"), cut=None, floor=None, anchor=Anchor.LOWEST)
        assert let_in_by(Decimal("0.09"), anchor=Decimal("0.01"), ceiling=Decimal(9), rule=rule) is None
