"""The shares of use as rule sets state them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.rules.ratio_rules import UnfitParameter
from catalog.rules.use_share_rules import Measure, TierShare, UseShareRules
from config.demo.supervision_rules import USE_OF_2009, USE_OF_2013, USE_OF_2019


class TestRead:
    def test_is_986_where_nothing_is_stated(self) -> None:
        rules = UseShareRules.read({})

        assert rules == UseShareRules()
        assert {tier: share.least for tier, share in rules.shares.items()} == {
            "primary": Decimal("0.9"),
            "secondary": Decimal("0.8"),
            "tertiary": Decimal("0.6"),
        }
        assert all(share.measures == (Measure.VARIETIES,) for share in rules.shares.values())

    def test_reads_the_rules_of_three_times(self) -> None:
        of_2009, of_2013 = UseShareRules.read(USE_OF_2009), UseShareRules.read(USE_OF_2013)

        assert of_2009.shares == {"primary": TierShare((Measure.VARIETIES,), Decimal(1))}
        assert of_2013.shares["tertiary"] == TierShare(
            (Measure.QUANTITY, Measure.AMOUNT), Decimal("0.25"), aim=Decimal("0.3")
        )
        assert UseShareRules.read(USE_OF_2019).shares == UseShareRules().shares

    def test_asks_more_of_pilot_counties(self) -> None:
        rules = UseShareRules.read({**USE_OF_2013, "pilot_counties": ["410102"]})

        assert rules.least_for("secondary", "410102") == Decimal("0.5")
        assert rules.least_for("secondary", "410103") == Decimal("0.4")
        assert rules.least_for("tertiary", "410102") == Decimal("0.25")
        assert rules.least_for("", "410102") is None

    def test_reads_what_a_province_must_stock(self) -> None:
        rules = UseShareRules.read(
            {"must_stock": {"410000": ["阿莫西林", " 阿莫西林 ", "布洛芬"]}, "must_stock_tiers": []}
        )

        assert rules.must_stock == {"410000": ("阿莫西林", "布洛芬")}
        assert rules.must_stock_tiers == ()

    @pytest.mark.parametrize(
        ("parameters", "name"),
        [
            ({"shares": {"village": {"least": "0.5"}}}, "shares.village"),
            ({"shares": {"primary": {}}}, "shares.primary.least"),
            ({"shares": {"primary": {"least": "1.5"}}}, "shares.primary.least"),
            ({"shares": {"primary": {"least": "0.5", "measures": []}}}, "shares.primary.measures"),
            ({"shares": {"primary": {"least": "0.5", "aim": "0.4"}}}, "shares.primary.aim"),
            ({"shares": {"primary": {"least": "0.5", "pilot_least": "0.4"}}}, "shares.primary.pilot_least"),
            ({"must_stock": ["阿莫西林"]}, "must_stock"),
            ({"must_stock": {"410000": "阿莫西林"}}, "must_stock.410000"),
            ({"must_stock_tiers": ["village"]}, "must_stock_tiers"),
            ({"excluded_forms": [1]}, "excluded_forms"),
            ({"substitute_atc_length": 6}, "substitute_atc_length"),
            ({"least": "0.5"}, "least"),
        ],
    )
    def test_says_what_cannot_be_used(self, parameters: dict[str, Any], name: str) -> None:
        with pytest.raises(UnfitParameter) as caught:
            UseShareRules.read(parameters)

        assert caught.value.name == name
