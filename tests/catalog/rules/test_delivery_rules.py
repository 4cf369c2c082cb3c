from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.rules.delivery_rules import DeliveryRules
from catalog.rules.ratio_rules import UnfitParameter


class TestRead:
    def test_has_a_default_for_everything(self) -> None:
        assert DeliveryRules.read({}) == DeliveryRules()

    def test_reads_what_is_stated_in_place_of_the_default(self) -> None:
        stated = {
            "delivery_rate_pass": "0.9000",
            "delivery_rate_warn": "0.9",
            "three_days": 5,
            "least_lines": 1,
            "failing_months_for_conduct": 2,
            "complaint_accept_days": 5,
            "complaint_decide_days": 20,
        }
        assert DeliveryRules.read(stated) == DeliveryRules(Decimal("0.9"), Decimal("0.9"), 5, 1, 2, 5, 20)

    @pytest.mark.parametrize(
        ("parameters", "place", "problem"),
        [
            ({"pass": "0.9"}, "pass", "not known"),
            ({"delivery_rate_pass": "1.01"}, "delivery_rate_pass", "at most 1"),
            ({"delivery_rate_pass": 0.9}, "delivery_rate_pass", "decimal number as text"),
            ({"delivery_rate_warn": "0"}, "delivery_rate_warn", "above 0"),
            ({"delivery_rate_warn": "0.96"}, "delivery_rate_warn", "“delivery_rate_pass”, which is 0.95"),
            *(
                ({name: 0}, name, "at least 1")
                for name in (
                    "three_days",
                    "least_lines",
                    "failing_months_for_conduct",
                    "complaint_accept_days",
                    "complaint_decide_days",
                )
            ),
        ],
    )
    def test_says_which_parameter_it_cannot_use(self, parameters: dict[str, Any], place: str, problem: str) -> None:
        with pytest.raises(UnfitParameter, match=problem) as refusal:
            DeliveryRules.read(parameters)
        assert refusal.value.name == place
