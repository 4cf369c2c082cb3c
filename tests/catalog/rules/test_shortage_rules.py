from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.rules.ratio_rules import UnfitParameter
from catalog.rules.shortage_rules import ShortageRules, Steps


class TestRead:
    def test_has_a_default_for_what_is_left_out(self) -> None:
        assert ShortageRules.read({}) == ShortageRules()

    def test_takes_the_steps_of_a_province(self) -> None:
        given = {
            "reports": {"watch": "1", "short": "3", "severe": "9"},
            "cover_days": {"watch": "45", "short": "20", "severe": "10"},
            "national_provinces": 4,
        }
        rules = ShortageRules.read(given)
        assert rules.reports == Steps(Decimal(1), Decimal(3), Decimal(9))
        assert rules.cover_days.watch == 45
        assert rules.national_provinces == 4

    @pytest.mark.parametrize(
        ("given", "name"),
        [
            ({"window": 30}, "window"),
            ({"window_days": 0}, "window_days"),
            ({"reports": {"watch": "1", "short": "2"}}, "reports.severe"),
            ({"reports": {"watch": "3", "short": "2", "severe": "5"}}, "reports.short"),
            ({"cover_days": {"watch": "7", "short": "15", "severe": "30"}}, "cover_days.short"),
            ({"unsupplied": {"watch": "0.2", "short": "0.5", "severe": "1.2"}}, "unsupplied.severe"),
            ({"answer_days_severe": 6}, "answer_days_severe"),
            ({"easily_short_provinces": 4}, "easily_short_provinces"),
        ],
    )
    def test_refuses_what_no_rule_could_use(self, given: dict[str, Any], name: str) -> None:
        with pytest.raises(UnfitParameter) as refusal:
            ShortageRules.read(given)
        assert refusal.value.name == name
