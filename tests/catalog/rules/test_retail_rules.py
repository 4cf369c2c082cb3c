from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.rules.ratio_rules import UnfitParameter
from catalog.rules.retail_rules import RetailRules


class TestRead:
    def test_takes_the_usual_numbers_for_what_is_left_out(self) -> None:
        rules = RetailRules.read({"markup": "0"})
        assert (rules.peer_low, rules.peer_high, rules.least_peers) == (Decimal("0.5"), Decimal("1.3"), 5)
        assert rules.cases.answer_days == 7

    @pytest.mark.parametrize(
        ("given", "name"),
        [
            ({}, "markup"),
            ({"markup": 0}, "markup"),
            ({"markup": "1.1"}, "markup"),
            ({"markup": "0", "markup_primary": "x"}, "markup_primary"),
            ({"markup": "0", "peer_high": "1"}, "peer_high"),
            ({"markup": "0", "peer_low": "0"}, "peer_low"),
            ({"markup": "0", "least_peers": 1}, "least_peers"),
            ({"markup": "0", "cases": {"answer_days": 0}}, "cases.answer_days"),
        ],
    )
    def test_refuses_what_it_cannot_use(self, given: dict[str, object], name: str) -> None:
        with pytest.raises(UnfitParameter) as caught:
            RetailRules.read(given)
        assert caught.value.name == name


class TestMarkupOf:
    @pytest.mark.parametrize(("tier", "share"), [("primary", "0"), ("secondary", "0.05"), ("", "0.05")])
    def test_is_the_tiers_own_before_the_general_one(self, tier: str, share: str) -> None:
        assert RetailRules.read({"markup": "0.05", "markup_primary": "0"}).markup_of(tier) == Decimal(share)
