from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.conduct_rules import ConductRules, Effect, Level, Measure, Offence, Scope
from catalog.rules.months import months_after
from catalog.rules.ratio_rules import UnfitParameter

WARNED = {"effect": "warning", "months": 6, "scope": "province"}
LOWERED = {"effect": "lowers_score", "months": 12, "scope": "province"}
BARRED = {"effect": "barred", "months": 24, "scope": "nation"}
BY_LEVEL = {"general": WARNED, "serious": LOWERED, "very_serious": BARRED}
IN_ONE_PROVINCE = {"effect": "barred", "months": 24, "scope": "province", "elsewhere": "lowers_score"}
PARAMETERS: dict[str, Any] = {
    "bribery": {
        "general": IN_ONE_PROVINCE,
        "serious": IN_ONE_PROVINCE,
        "very_serious": BARRED,
        "repeat": {"count": 2, "years": 5, "scope": "nation"},
    },
    "failed_supply": BY_LEVEL,
    "false_papers": BY_LEVEL,
    "price_abuse": BY_LEVEL,
}
ON = date(2026, 3, 1)


class TestRead:
    def test_reads_a_measure_for_every_offence_and_level(self) -> None:
        rules = ConductRules.read(PARAMETERS)
        assert set(rules.measures) == {(offence, level) for offence in Offence for level in Level}
        assert set(rules.repeats) == {Offence.BRIBERY}

    @pytest.mark.parametrize(
        ("offence", "levels", "place", "problem"),
        [
            ("bribery", None, "bribery", "missing"),
            ("theft", BY_LEVEL, "theft", "not known"),
            ("bribery", BY_LEVEL | {"minor": WARNED}, "bribery.minor", "not known"),
            ("bribery", {"general": WARNED}, "bribery.serious", "missing"),
            ("bribery", BY_LEVEL | {"general": WARNED | {"months": 0}}, "bribery.general.months", "at least 1"),
            ("bribery", BY_LEVEL | {"general": WARNED | {"effect": "fine"}}, "bribery.general.effect", "warning"),
            ("bribery", BY_LEVEL | {"general": WARNED | {"scope": "county"}}, "bribery.general.scope", "province"),
            ("bribery", BY_LEVEL | {"repeat": {"count": 1, "years": 5}}, "bribery.repeat.count", "at least 2"),
            ("bribery", BY_LEVEL | {"repeat": {"count": 2}}, "bribery.repeat.years", "missing"),
            ("bribery", BY_LEVEL | {"grounds": ["rumour"]}, "bribery.grounds", "court_finding"),
            ("false_papers", BY_LEVEL | {"grounds": ["other"]}, "false_papers.grounds", "not known"),
        ],
    )
    def test_says_which_parameter_it_cannot_use(self, offence: str, levels: Any, place: str, problem: str) -> None:
        with pytest.raises(UnfitParameter, match=problem) as refusal:
            ConductRules.read(PARAMETERS | {offence: levels})
        assert refusal.value.name == place


class TestMeasure:
    def test_one_bribery_bars_in_its_province_and_lowers_the_score_elsewhere(self) -> None:
        measure = ConductRules.read(PARAMETERS).measure(Offence.BRIBERY, Level.GENERAL, on=ON)
        assert measure.effect_in("410000", recorded_in="410000") == Effect.BARRED
        assert measure.effect_in("420000", recorded_in="410000") == Effect.LOWERS_SCORE
        assert measure.until(ON) == date(2028, 3, 1)

    def test_two_in_five_years_bar_in_the_whole_nation(self) -> None:
        measure = ConductRules.read(PARAMETERS).measure(
            Offence.BRIBERY, Level.GENERAL, on=ON, earlier=[date(2021, 3, 2)]
        )
        assert measure == Measure(Effect.BARRED, 24, Scope.NATION)
        assert measure.effect_in("420000", recorded_in="410000") == Effect.BARRED

    @pytest.mark.parametrize("earlier", [date(2021, 3, 1), date(2026, 3, 2)])
    def test_counts_no_record_that_is_five_years_old_or_later_than_it(self, earlier: date) -> None:
        rules = ConductRules.read(PARAMETERS)
        assert rules.measure(Offence.BRIBERY, Level.GENERAL, on=ON, earlier=[earlier]).scope == Scope.PROVINCE

    def test_repetition_changes_nothing_where_there_is_no_such_rule(self) -> None:
        rules = ConductRules.read(PARAMETERS)
        measure = rules.measure(Offence.PRICE_ABUSE, Level.GENERAL, on=ON, earlier=[ON, ON])
        assert measure == Measure(Effect.WARNING, 6, Scope.PROVINCE)
        assert measure.effect_in("420000", recorded_in="410000") is None


class TestMonthsAfter:
    @pytest.mark.parametrize(
        ("day", "months", "expected"),
        [
            (date(2024, 1, 31), 1, date(2024, 2, 29)),
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2024, 12, 1), 1, date(2025, 1, 1)),
            (date(2024, 1, 15), -1, date(2023, 12, 15)),
            (date(2024, 3, 31), -1, date(2024, 2, 29)),
        ],
    )
    def test_keeps_the_day_or_takes_the_last_of_the_month(self, day: date, months: int, expected: date) -> None:
        assert months_after(day, months) == expected

    @given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(-240, 240))
    def test_a_later_day_is_never_earlier_so_many_months_on(self, day: date, months: int) -> None:
        assert months_after(day, months) <= months_after(day + timedelta(days=1), months)
