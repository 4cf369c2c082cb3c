from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.rules.order_screen_rules import OrderScreenRules
from catalog.rules.ratio_rules import UnfitParameter


class TestRead:
    def test_has_the_platforms_own_numbers_where_none_are_stated(self) -> None:
        assert OrderScreenRules.read({}) == OrderScreenRules()

    def test_reads_what_is_stated_in_place_of_the_default(self) -> None:
        rules = OrderScreenRules.read({"sudden_times": "4.5", "split_count": 2, "night_until": 0})
        assert (rules.sudden_times, rules.split_count, rules.night_until) == (Decimal("4.5"), 2, 0)
        assert rules.night_from == OrderScreenRules().night_from

    @pytest.mark.parametrize(
        ("parameters", "place", "problem"),
        [
            ({"nights": 1}, "nights", "not known"),
            ({"split_count": 1}, "split_count", "at least 2"),
            ({"night_from": 24}, "night_from", "at most 23"),
            ({"sudden_times": "1"}, "sudden_times", "above 1"),
            ({"near_limit_share": "1.1"}, "near_limit_share", "at most 1"),
        ],
    )
    def test_says_which_parameter_it_cannot_use(self, parameters: dict[str, Any], place: str, problem: str) -> None:
        with pytest.raises(UnfitParameter, match=problem) as refusal:
            OrderScreenRules.read(parameters)
        assert refusal.value.name == place
