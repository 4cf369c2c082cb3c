from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.rules.screens import screen_tender
from procurement.rules.screens.flags import RULES, SOURCES, Evidence, Flag, Kind, OpenedBid, ScreenLimits

LIMITS = ScreenLimits()
HONEST = ["1.2000", "1.7300", "2.9100", "4.0700", "6.8500"]


def bids(prices: list[str] | list[Decimal], *, lot: int = 1, step: str = "0.0010") -> list[OpenedBid]:
    return [
        OpenedBid(bid=number, lot=lot, supplier=f"S{number}", price=Decimal(price), step=Decimal(step))
        for number, price in enumerate(prices, start=1)
    ]


def flags(
    offered: list[OpenedBid], limits: ScreenLimits = LIMITS, *, ceiling: str | None = "10.0000"
) -> dict[Kind, Flag]:
    evidence = Evidence(ceilings={bid.lot: Decimal(ceiling) for bid in offered} if ceiling else {})
    return {flag.kind: flag for flag in screen_tender(offered, evidence, limits)}


class TestFlag:
    def test_names_its_rule_and_where_it_is_written(self) -> None:
        assert set(RULES) == set(Kind)
        assert set(RULES.values()) == set(SOURCES)
        flag = Flag(kind=Kind.COMMON_OWNER, suppliers=("A", "B"), figures={})
        assert flag.rule == "CN.613-2011.34"
        assert "第34条" in flag.source


class TestHonestPrices:
    def test_raise_no_flag(self) -> None:
        assert flags(bids(HONEST)) == {}

    def test_of_two_bidders_show_no_pattern(self) -> None:
        assert flags(bids(["1.0000", "1.0100"])) == {}

    @pytest.mark.parametrize("bidders", [4, 6, 10, 20])
    def test_drawn_at_random_are_rarely_flagged(self, bidders: int) -> None:
        drawn = random.Random(bidders)
        rounds = 400
        counts = Counter(
            kind
            for _ in range(rounds)
            for kind in flags(bids([f"{drawn.lognormvariate(0, 0.4):.3f}" for _ in range(bidders)]), ceiling="20")
        )
        assert all(count <= rounds * 0.05 for count in counts.values()), counts


class TestLowVariance:
    def test_is_flagged_with_its_figures(self) -> None:
        flag = flags(bids(["1.0000", "1.0130", "1.0310", "1.0420"]))[Kind.LOW_VARIANCE]
        assert flag.figures == {"variation": "0.0183", "limit": "0.05", "mean": "1.0215"}
        assert (flag.lot, flag.bids, flag.suppliers) == (1, (1, 2, 3, 4), ("S1", "S2", "S3", "S4"))

    def test_ends_at_the_limit(self) -> None:
        # mean 1, sample deviation exactly 0.05
        offered = bids(["0.9500", "1.0000", "1.0500"])
        assert Kind.LOW_VARIANCE not in flags(offered)
        assert Kind.LOW_VARIANCE in flags(offered, ScreenLimits(variation=Decimal("0.0501")))


class TestIdenticalPrices:
    def test_are_flagged_where_chance_does_not_explain_them(self) -> None:
        flag = flags(bids([*HONEST, "2.9100"]))[Kind.IDENTICAL_PRICES]
        # 15 pairs, a step of 0.001 in 5.65
        assert flag.figures == {"price": "2.9100", "bidders": "6", "chance": "0.0027"}
        assert flag.suppliers == ("S3", "S6")

    def test_are_no_wonder_where_prices_are_coarse(self) -> None:
        coarse = bids(["0.0300", "0.0300", "0.0100", "0.0800", "0.0500"], step="0.0100")
        assert Kind.IDENTICAL_PRICES not in flags(coarse, ceiling="0.1000")

    def test_at_the_published_ceiling_say_nothing(self) -> None:
        assert flags(bids([*HONEST, "10.0000", "10.0000"])) == {}

    def test_of_different_lots_say_nothing(self) -> None:
        assert flags(bids(HONEST) + bids(HONEST, lot=2)) == {}

    def test_of_everybody_are_measured_by_the_price_itself(self) -> None:
        assert flags(bids(["2.0000", "2.0000"]))[Kind.IDENTICAL_PRICES].figures["chance"] == "0.0005"

    def test_of_three_are_less_likely_than_of_two(self) -> None:
        close = ["5.0000", "5.0000", "5.1000", "5.0800"]
        assert Kind.IDENTICAL_PRICES not in flags(bids(close))
        assert flags(bids([*close, "5.0000"]))[Kind.IDENTICAL_PRICES].figures["chance"] == "0.0010"


class TestRegularPrices:
    def test_with_one_step_between_them_are_flagged(self) -> None:
        flag = flags(bids(["2.4000", "1.0000", "1.7000"]))[Kind.REGULAR_STEPS]
        assert flag.figures == {"step": "0.7000", "prices": "3"}

    def test_with_one_ratio_between_them_are_flagged(self) -> None:
        found = flags(bids(["1.0000", "1.3000", "1.6900", "2.1970"]))
        assert found[Kind.REGULAR_RATIOS].figures == {"ratio": "1.3000", "prices": "4"}
        assert Kind.REGULAR_STEPS not in found

    def test_are_found_among_others_when_they_are_half_of_the_lot(self) -> None:
        others = ["1.0000", "1.3700", "5.0000", "5.5000", "6.0000", "9.1000"]
        assert flags(bids(others))[Kind.REGULAR_STEPS].bids == (3, 4, 5)
        assert Kind.REGULAR_STEPS not in flags(bids([*others, "9.4700"]))

    def test_are_no_wonder_where_the_step_is_the_least_there_is(self) -> None:
        found = flags(bids(["0.1000", "0.1500", "0.2000"], step="0.0100"))
        assert Kind.REGULAR_STEPS not in found

    def test_count_an_equal_price_once(self) -> None:
        assert Kind.REGULAR_STEPS not in flags(bids(["1.0000", "1.0000", "2.0000"]))


class TestDistances:
    def test_of_a_lowest_price_from_a_crowd_of_others_are_flagged(self) -> None:
        flag = flags(bids(["3.0000", "5.0000", "5.0400", "5.1500"]))[Kind.COVER_BIDS]
        assert flag.figures == {
            "lowest": "3.0000",
            "second": "5.0000",
            "mean_gap": "0.0750",
            "distance": "26.6667",
            "limit": "8",
            "losers_variation": "0.0153",
        }

    def test_of_a_second_that_follows_closely_are_flagged(self) -> None:
        flag = flags(bids(["3.0000", "3.0100", "5.1000", "8.3000"]))[Kind.CLOSE_SECOND]
        assert flag.bids == (1, 2)
        assert flag.figures["distance"] == "0.0038"

    def test_are_not_measured_among_too_few(self) -> None:
        assert flags(bids(["3.0000", "5.0000", "5.0400"])) == {}

    def test_are_not_measured_from_losers_with_one_price(self) -> None:
        assert Kind.COVER_BIDS not in flags(bids(["3.0000", "5.0000", "5.0000", "5.0000"]))


prices = st.lists(st.decimals("0.0100", "9.9999", places=4), min_size=2, max_size=9)


class TestEveryLot:
    @given(prices, st.randoms(use_true_random=False))
    def test_is_told_the_same_in_whatever_order_its_bids_came(
        self, offered: list[Decimal], order: random.Random
    ) -> None:
        arrived = bids(offered)
        shuffled = order.sample(arrived, len(arrived))
        evidence = Evidence(ceilings={1: Decimal(10)})
        assert screen_tender(arrived, evidence, LIMITS) == screen_tender(shuffled, evidence, LIMITS)

    @given(st.decimals("0.5", "5", places=3), st.decimals("0.02", "1", places=3), st.integers(min_value=3, max_value=7))
    def test_gives_away_planted_steps(self, lowest: Decimal, step: Decimal, count: int) -> None:
        planted = list(accumulate([step] * (count - 1), initial=lowest))
        assert flags(bids(planted), ceiling="20")[Kind.REGULAR_STEPS].bids == tuple(range(1, count + 1))

    @given(st.decimals("0.5", "5", places=3), st.lists(st.integers(0, 40), min_size=3, max_size=9))
    def test_gives_away_planted_uniformity(self, lowest: Decimal, parts: list[int]) -> None:
        planted = [lowest * (1 + Decimal(part) / 1000) for part in parts]
        assert Kind.LOW_VARIANCE in flags(bids(planted))

    @given(prices)
    def test_of_a_scaled_currency_has_the_same_patterns(self, offered: list[Decimal]) -> None:
        scaled = bids([price * 8 for price in offered], step="0.0080")
        assert set(flags(bids(offered), ceiling=None)) == set(flags(scaled, ceiling=None))
