from __future__ import annotations

from datetime import date

import pytest

from catalog.errors import NoRuleSet
from catalog.models import RuleSet
from catalog.queries import rule_set, rule_set_or_none
from tests import factories
from tests.refusals import refused

BEFORE = date(2009, 12, 31)


class TestRuleSet:
    def test_is_the_one_in_force(self, rule_sets: dict[str, RuleSet]) -> None:
        assert rule_set(RuleSet.Kind.PRICE_RATIO, date(2026, 6, 1)) == rule_sets["price_ratio"]

    def test_is_missed_before_the_first_one(self, rule_sets: dict[str, RuleSet]) -> None:
        with refused(NoRuleSet):
            rule_set(RuleSet.Kind.PRICE_RATIO, BEFORE)
        assert rule_set_or_none(RuleSet.Kind.PRICE_RATIO, BEFORE) is None

    @pytest.mark.django_db
    def test_is_the_one_of_the_day(self) -> None:
        for share, year in (("0", 2010), ("0.15", 2017)):
            factories.rule_set(RuleSet.Kind.RETAIL_CHECK, {"markup": share}, valid_from=date(year, 1, 1))
        found = [
            rule_set(RuleSet.Kind.RETAIL_CHECK, on).parameters["markup"]
            for on in (date(2016, 12, 31), date(2017, 1, 1))
        ]
        assert found == ["0", "0.15"]
