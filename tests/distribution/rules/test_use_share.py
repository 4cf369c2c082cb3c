"""The share of essential medicines against what the rules ask for."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.use_share_rules import Measure, UseShareRules
from config.demo.supervision_rules import USE_OF_2009, USE_OF_2013, USE_OF_2019
from distribution.rules.use_share import Kept, Use, after_move, gain, judge, margin, together, use_of

COUNTY = "410102"


def use(essential: int, whole: int) -> Use:
    """The same share by every measure."""
    return Use(essential, whole, essential, whole, Decimal(essential), Decimal(whole))


class TestJudge:
    @pytest.mark.parametrize(
        ("parameters", "tier", "essential", "passes"),
        [
            # exactly the share is enough, one in a thousand less is not
            (USE_OF_2009, "primary", 1000, [True]),
            (USE_OF_2009, "primary", 999, [False]),
            (USE_OF_2009, "secondary", 0, []),
            (USE_OF_2013, "primary", 999, [False]),
            (USE_OF_2013, "secondary", 400, [True, True]),
            (USE_OF_2013, "secondary", 399, [False, False]),
            (USE_OF_2013, "tertiary", 250, [True, True]),
            (USE_OF_2013, "tertiary", 249, [False, False]),
            (USE_OF_2019, "primary", 900, [True]),
            (USE_OF_2019, "primary", 899, [False]),
            (USE_OF_2019, "secondary", 800, [True]),
            (USE_OF_2019, "secondary", 799, [False]),
            (USE_OF_2019, "tertiary", 600, [True]),
            (USE_OF_2019, "tertiary", 599, [False]),
            (USE_OF_2019, "", 0, []),
        ],
    )
    def test_asks_for_the_share_of_the_rules_in_force(
        self, parameters: dict[str, object], tier: str, essential: int, passes: list[bool]
    ) -> None:
        rules = UseShareRules.read(parameters)

        checks = judge(use(essential, 1000), rules, tier=tier, county=COUNTY, source="文号")

        assert [check.passed for check in checks] == passes

    def test_carries_rule_source_and_values(self) -> None:
        [check] = judge(use(8, 9), UseShareRules(), tier="primary", county=COUNTY, source="国办发〔2019〕47号")

        assert (check.rule, check.source, check.passed) == ("CN.2019-47.986.varieties", "国办发〔2019〕47号", False)
        assert check.values == {"part": "8", "whole": "9", "share": "0.8889", "least": "0.9"}
        assert check.sentence == "varieties kept: 8 of 9 are essential, 88.89 %; at least 90.00 % are asked for"

    def test_leaves_out_what_has_no_whole(self) -> None:
        rules = UseShareRules.read(USE_OF_2013)

        checks = judge(Use(1, 1, 5, 10), rules, tier="tertiary", county=COUNTY, source="")

        assert [check.rule for check in checks] == ["CN.2013-16.use-share.quantity"]


class TestMargin:
    def test_is_that_of_the_worst_measure(self) -> None:
        rules = UseShareRules.read(USE_OF_2013)
        used = Use(0, 0, 50, 100, Decimal(30), Decimal(100))

        assert margin(used, rules, tier="secondary", county=COUNTY) == Decimal("-0.1")
        assert margin(Use(), rules, tier="secondary", county=COUNTY) is None
        assert margin(used, rules, tier="", county=COUNTY) is None


shelves = st.lists(
    st.builds(Kept, st.integers(1, 6), st.booleans(), st.integers(0, 500), st.decimals(0, 1000, places=2)), max_size=12
)


class TestUse:
    def test_counts_a_generic_name_once(self) -> None:
        shelf = [Kept(1, False, 10, Decimal(5)), Kept(1, True, 30, Decimal(1)), Kept(2, False, 60, Decimal(4))]

        assert use_of(shelf) == Use(1, 2, 30, 100, Decimal(1), Decimal(10))

    @given(shelves)
    def test_has_shares_between_nothing_and_all(self, shelf: list[Kept]) -> None:
        for measure in Measure:
            share = use_of(shelf).share(measure)

            assert share is None or 0 <= share <= 1

    def test_adds_up(self) -> None:
        assert together([use(1, 2), use(3, 4)]) == use(4, 6)
        assert together([]) == Use()


class TestAfterMove:
    def test_puts_an_essential_medicine_in_the_place_of_another(self) -> None:
        shelf = [Kept(1, True, 60, Decimal(6)), Kept(2, False, 40, Decimal(20))]

        assert after_move(shelf, 1, 3, Decimal("0.25")) == Use(2, 2, 100, 100, Decimal(16), Decimal(16))
        # a medicine that is kept already is no variety more
        assert after_move(shelf, 1, 1, Decimal("0.25")).varieties == 1

    @given(shelves.filter(lambda shelf: any(not row.is_essential for row in shelf)), st.integers(1, 6))
    def test_never_lowers_the_share_of_units_or_varieties(self, shelf: list[Kept], medicine_id: int) -> None:
        place = next(index for index, row in enumerate(shelf) if not row.is_essential)

        after = after_move(shelf, place, medicine_id, Decimal("0.5"))

        assert gain(use_of(shelf), after, [Measure.QUANTITY]) >= 0
        assert after.essential_varieties >= use_of(shelf).essential_varieties
        assert after.units == use_of(shelf).units
