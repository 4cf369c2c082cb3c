from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.rules.price_alarm_rules import PriceAlarmRules
from catalog.rules.ratio_rules import UnfitParameter


class TestRead:
    def test_has_the_tiers_of_2021_as_its_defaults(self) -> None:
        assert PriceAlarmRules.read({}) == PriceAlarmRules(*map(Decimal, (1, 2, 5, 10, 10)))

    def test_reads_what_is_stated_in_place_of_the_default(self) -> None:
        stated = {"yellow_above": "1.3", "red_3_from": "8", "suspended_from": "5"}
        assert PriceAlarmRules.read(stated) == PriceAlarmRules(*map(Decimal, ("1.3", 2, 5, 8, 5)))

    @pytest.mark.parametrize(
        ("parameters", "place", "problem"),
        [
            ({"tiers": []}, "tiers", "not known"),
            ({"red_1_from": 2}, "red_1_from", "decimal number as text"),
            ({"suspended_from": "0"}, "suspended_from", "above 0"),
            ({"yellow_above": "0.9"}, "yellow_above", "at least 1"),
            ({"yellow_above": "2"}, "red_1_from", "above 2"),
            ({"red_2_from": "10"}, "red_3_from", "above 10"),
        ],
    )
    def test_says_which_parameter_it_cannot_use(self, parameters: dict[str, Any], place: str, problem: str) -> None:
        with pytest.raises(UnfitParameter, match=problem) as refusal:
            PriceAlarmRules.read(parameters)
        assert refusal.value.name == place
