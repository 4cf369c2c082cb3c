from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.safety_rules import SafetyRules
from distribution.rules.lot_clusters import (
    DEATH,
    EXPOSURE,
    SAME_EVENT,
    SERIOUS,
    Exposure,
    Ground,
    LotReport,
    clusters,
    poisson_tail,
)

DAY = date(2026, 3, 1)
# every lot alike, and the lot half of all: nothing crowds by exposure
USUAL = Exposure(reports=20, lot_units=500, units=1000)


def report(day: int, event: str = "皮疹", seriousness: str = "other", *, is_fresh: bool = True) -> LotReport:
    return LotReport(DAY + timedelta(days=day), event, seriousness, is_fresh)


def rules_of(reports: list[LotReport], exposure: Exposure = USUAL) -> list[str]:
    return [ground.rule for ground in clusters(reports, exposure, SafetyRules())]


class TestClusters:
    @pytest.mark.parametrize(
        ("reports", "grounds"),
        [
            ([], []),
            ([report(0, seriousness="death")], [DEATH]),
            ([report(0, "皮疹", "serious"), report(13, "发热", "serious")], [SERIOUS]),
            ([report(0, "皮疹", "serious"), report(14, "发热", "serious")], []),
            ([report(0, "休克", "death"), report(1, "发热", "serious")], [DEATH, SERIOUS]),
            # three of one event within fourteen days, the first and the last of them counted
            ([report(0), report(5), report(13)], [SAME_EVENT]),
            ([report(0), report(5), report(14)], []),
            ([report(0), report(5), report(6, "发热")], []),
            # the window slides: the cluster may begin late, and be given in any order
            ([report(40), report(0), report(30), report(35)], [SAME_EVENT]),
        ],
    )
    def test_are_seen_in_a_sliding_window(self, reports: list[LotReport], grounds: list[str]) -> None:
        assert rules_of(reports) == grounds

    def test_say_what_was_compared_and_when_it_was(self) -> None:
        [ground] = clusters([report(0), report(30), report(35), report(40)], USUAL, SafetyRules())
        assert ground == Ground(
            SAME_EVENT,
            {"event": "皮疹", "reports": 3, "least": 3},
            DAY + timedelta(days=30),
            DAY + timedelta(days=40),
        )

    def test_of_few_units_are_seen_against_the_rate_of_the_product(self) -> None:
        mixed = [report(0, "皮疹"), report(3, "发热"), report(6, "头痛")]
        # 20 reports of a million units: 0.02 are expected of a thousand
        [ground] = clusters(mixed, Exposure(20, 1000, 1_000_000), SafetyRules())
        assert (ground.rule, ground.values["expected"], ground.values["probability"]) == (
            EXPOSURE,
            "0.0200",
            "1.31e-06",
        )
        assert rules_of(mixed) == []
        assert rules_of(mixed[:2], Exposure(2, 1, 1_000_000)) == []
        assert rules_of(mixed, Exposure(20, 0, 0)) == []

    def test_that_somebody_decided_about_are_not_raised_again(self) -> None:
        known = [report(day, is_fresh=False) for day in (0, 5, 10)]
        assert rules_of(known) == []
        assert rules_of([*known, report(60)]) == []
        assert rules_of([*known, report(12)]) == [SAME_EVENT]

    @given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["皮疹", "发热"])), max_size=12), st.integers(0, 300))
    def test_do_not_depend_on_order_or_on_the_calendar(self, rows: list[tuple[int, str]], shift: int) -> None:
        reports = [report(day, event) for day, event in rows]
        moved = [report(day + shift, event) for day, event in reversed(rows)]
        assert rules_of(reports) == rules_of(moved)

    @given(st.lists(st.integers(0, 60), max_size=12))
    def test_are_three_reports_that_lie_less_than_fourteen_days_apart(self, days: list[int]) -> None:
        rows = sorted(days)
        assert bool(rules_of([report(day) for day in days])) == any(
            later - first < 14 for first, later in zip(rows, rows[2:], strict=False)
        )


class TestPoissonTail:
    @pytest.mark.parametrize(
        ("count", "expected", "tail"),
        [(0, 5, 1), (1, 0, 0), (1, 1, 0.632121), (3, 0.02, 1.3135e-06), (10, 3, 0.0011025), (2000, 1000, 0)],
    )
    def test_is_the_probability_of_so_many_or_more(self, count: int, expected: float, tail: float) -> None:
        assert poisson_tail(count, expected) == pytest.approx(tail, rel=1e-3, abs=1e-9)

    @given(st.integers(1, 50), st.floats(0.01, 60))
    def test_falls_with_the_count_and_grows_with_what_is_expected(self, count: int, expected: float) -> None:
        tail = poisson_tail(count, expected)
        assert 0 <= poisson_tail(count + 1, expected) <= tail + 1e-12
        assert poisson_tail(count, expected * 2) >= tail - 1e-12
