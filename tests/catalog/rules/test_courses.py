"""What a course of treatment takes, from the words of guidelines."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.rules.courses import read_course, units_for


class TestReadCourse:
    @pytest.mark.parametrize(
        ("dose", "frequency", "course", "units"),
        [
            ("一次0.5g", "一日3次", "7日", "42"),
            # of a range the upper dose, the shorter interval, the longer time
            ("一次0.25～0.5g", "每6～8小时1次", "7～10日", "80"),
            ("一日1.5g，分3次", "", "疗程5天", "30"),
            ("一次2片", "每日三次", "2周", "84"),
            ("0.5 g", "3 times daily", "7 days", "42"),
            ("250-500 mg", "every 6 hours", "1 week", "56"),
            # a dose that is no multiple of the unit takes a whole one more
            ("一次0.3g", "每天2次", "1个月", "120"),
        ],
    )
    def test_reckons_units_of_a_quarter_of_a_gram(self, dose: str, frequency: str, course: str, units: str) -> None:
        read = read_course(dose, frequency, course)

        assert read is not None
        assert units_for(read, Decimal(250), "mg") == Decimal(units)

    @pytest.mark.parametrize(
        ("dose", "frequency", "course"),
        [
            ("每日20mg/kg", "一日3次", "7日"),
            ("按体重一次10mg", "一日3次", "7日"),
            ("一次0.5g", "需要时，间隔4～6小时", "7日"),
            ("一次0.5g", "一日3次", ""),
            ("适量", "一日3次", "7日"),
        ],
    )
    def test_does_not_guess(self, dose: str, frequency: str, course: str) -> None:
        assert read_course(dose, frequency, course) is None

    def test_compares_like_with_like_alone(self) -> None:
        read = read_course("一次10ml", "一日3次", "7日")

        assert read is not None
        assert units_for(read, Decimal(250), "mg") is None
        assert units_for(read, None, "") is None
