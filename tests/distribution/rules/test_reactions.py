from __future__ import annotations

from datetime import date

import pytest

from catalog.rules.safety_rules import SafetyRules
from distribution.rules.reactions import Limits, conclude_by, limits_of, tells_a_person, tidy

# a Friday
KNOWN = date(2026, 3, 6)


class TestLimitsOf:
    @pytest.mark.parametrize(
        ("seriousness", "due_on", "review_by"),
        [
            ("death", date(2026, 3, 6), date(2026, 3, 11)),
            ("serious", date(2026, 3, 21), date(2026, 3, 11)),
            ("new", date(2026, 3, 21), date(2026, 3, 27)),
            ("other", date(2026, 4, 5), date(2026, 3, 27)),
        ],
    )
    def test_are_those_of_order_81_by_seriousness(self, seriousness: str, due_on: date, review_by: date) -> None:
        found = limits_of(seriousness, known_on=KNOWN, reported_on=KNOWN, rules=SafetyRules())
        assert found == Limits(due_on, review_by)


class TestConcludeBy:
    @pytest.mark.parametrize(
        ("seriousness", "day"),
        [("death", date(2026, 3, 21)), ("serious", date(2026, 3, 18)), ("new", None), ("other", None)],
    )
    def test_is_fifteen_days_of_a_death_and_seven_working_days_of_what_is_serious(
        self, seriousness: str, day: date | None
    ) -> None:
        reviewed_on = date(2026, 3, 9)
        assert conclude_by(seriousness, reported_on=KNOWN, reviewed_on=reviewed_on, rules=SafetyRules()) == day


class TestTellsAPerson:
    @pytest.mark.parametrize(
        "text",
        [
            "身份证41010219800101123X",
            "电话 138-0013-8000",
            "病历号123456",
            "４１０１０２１９８００１０１１２３４",
            "1 3 8 0 0 1",
        ],
    )
    def test_knows_a_number_of_a_person_in_any_grouping(self, text: str) -> None:
        assert tells_a_person(text)

    @pytest.mark.parametrize("text", ["过敏性休克", "QT间期延长", "第8对脑神经损害", "血压 180/110", "ALT 12345"])
    def test_lets_an_event_and_its_values_pass(self, text: str) -> None:
        assert not tells_a_person(text)


def test_equal_terms_are_written_alike() -> None:
    assert tidy("  QT　间期  延长\n") == "QT 间期 延长"
