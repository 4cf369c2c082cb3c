from __future__ import annotations

from typing import Any

import pytest

from catalog.rules.case_rules import CaseRules
from catalog.rules.ratio_rules import UnfitParameter


class TestRead:
    def test_reads_its_part_and_has_a_default_for_the_rest(self) -> None:
        assert CaseRules.read({"markup": "0"}) == CaseRules()
        assert CaseRules.read({"cases": {"answer_days": 10, "repeat_months": 24}}) == CaseRules(5, 10, 15, 24)

    @pytest.mark.parametrize(
        ("given", "place", "problem"),
        [
            ([], "cases", "not a table"),
            ({"days": 3}, "cases.days", "not known"),
            *(
                ({name: 0}, f"cases.{name}", "at least 1")
                for name in ("notify_days", "answer_days", "correct_days", "repeat_months")
            ),
        ],
    )
    def test_says_which_parameter_it_cannot_use(self, given: Any, place: str, problem: str) -> None:
        with pytest.raises(UnfitParameter, match=problem) as refusal:
            CaseRules.read({"cases": given})
        assert refusal.value.name == place
