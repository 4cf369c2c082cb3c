from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.shortage_rules import ShortageRules
from distribution.rules.shortage import (
    RULES,
    Figures,
    Signal,
    answer_days,
    findings,
    grade_of,
    last_follow_up,
    national_listing,
    rank,
)
from distribution.states import NationalListing, ShortageGrade

USUAL = ShortageRules()
WATCH, SHORT, SEVERE = ShortageGrade.WATCH, ShortageGrade.SHORT, ShortageGrade.SEVERE


def stock(usable: int, *, moved: int = -1) -> Figures:
    """With a usual use of 300 a month, ten a day."""
    return Figures(usable=usable, monthly=Decimal(300), moved=moved, users=4, users_out=1)


def orders(unsupplied: int, *, lines: int = 2) -> Figures:
    return Figures(lines=lines, ordered=1000, unsupplied=unsupplied, silent=100)


class TestSignals:
    @pytest.mark.parametrize(
        ("figures", "grade"),
        [
            (Figures(), None),
            (Figures(institutions=1), WATCH),
            (Figures(institutions=2), SHORT),
            (Figures(institutions=5), SEVERE),
            # exactly at a step it is reached
            (orders(199), None),
            (orders(200), WATCH),
            (orders(500), SHORT),
            (orders(799), SHORT),
            (orders(800), SEVERE),
            (orders(1000, lines=1), None),
            (stock(301), None),
            (stock(300), WATCH),
            (stock(151), WATCH),
            (stock(150), SHORT),
            (stock(70), SEVERE),
            # low and not falling is how somebody keeps stock; gone is gone
            (stock(70, moved=0), None),
            (stock(0, moved=0), SEVERE),
            (Figures(usable=0, moved=-5), None),
            (Figures(stops_in=181), None),
            (Figures(stops_in=180), WATCH),
            (Figures(stops_in=90), SHORT),
            (Figures(stops_in=30), SEVERE),
            (Figures(stops_in=-3), SEVERE),
            # while others supply it a stop is only watched
            (Figures(stops_in=-3, others=1), WATCH),
        ],
    )
    def test_reach_their_steps(self, figures: Figures, grade: ShortageGrade | None) -> None:
        assert grade_of(findings(figures, USUAL), USUAL) == grade

    def test_say_which_rule_where_it_stands_and_what_was_compared(self) -> None:
        figures = replace(orders(500), institutions=2, lacking=700, stops_in=90, usable=300, monthly=Decimal(300))
        found = findings(replace(figures, moved=-10), USUAL)
        assert [finding.signal for finding in found] == list(Signal)
        assert [finding.as_check()["rule"] for finding in found] == [rule for rule, _source in RULES.values()]
        assert all(finding.as_check()["source"] for finding in found)
        steps = {"watch": "0.2", "short": "0.5", "severe": "0.8"}
        assert found[1].values == {
            "share": "0.5000",
            "unsupplied": 500,
            "silent": 100,
            "ordered": 1000,
            "lines": 2,
            **steps,
        }
        assert found[2].values["days"] == "30.0"

    def test_of_which_three_are_short_are_severe_together(self) -> None:
        two = replace(orders(500), institutions=2)
        three = replace(two, stops_in=90)
        assert [grade_of(findings(figures, USUAL), USUAL) for figures in (two, three)] == [SHORT, SEVERE]
        watched = replace(three, institutions=1)
        assert grade_of(findings(watched, USUAL), USUAL) == SHORT

    @given(
        figures=st.builds(
            Figures,
            institutions=st.integers(0, 8),
            lines=st.integers(0, 4),
            ordered=st.integers(0, 1000),
            unsupplied=st.integers(0, 1000),
            usable=st.integers(0, 900),
            monthly=st.decimals(0, 900, places=2),
            moved=st.integers(-5, 5),
            stops_in=st.none() | st.integers(-10, 200),
            others=st.integers(0, 2),
        ),
        worse=st.sampled_from(["institutions", "unsupplied", "usable", "stops_in", "others"]),
    )
    def test_never_grade_milder_what_is_worse(self, figures: Figures, worse: str) -> None:
        steps = {"institutions": 1, "unsupplied": 50}
        value = getattr(figures, worse)
        changed = None if value is None else max(value + steps.get(worse, -1), 0 if worse != "stops_in" else -99)
        after = replace(figures, **{worse: changed})
        if worse == "usable" and figures.moved >= 0 and after.usable:
            after = replace(after, moved=-1)
        before_grade, after_grade = (grade_of(findings(item, USUAL), USUAL) for item in (figures, after))
        assert before_grade is None or (after_grade is not None and rank(after_grade) <= rank(before_grade))


class TestAnswers:
    def test_are_due_by_the_grade_and_followed_up_in_time(self) -> None:
        assert [answer_days(grade, USUAL) for grade in (WATCH, SHORT, SEVERE)] == [None, 5, 2]
        assert last_follow_up(date(2026, 3, 1), USUAL) == date(2026, 3, 31)


class TestNationalListing:
    @pytest.mark.parametrize(
        ("provinces", "times", "listing"),
        [
            (0, 2, None),
            (1, 2, None),
            (1, 3, NationalListing.EASILY_SHORT),
            (2, 0, NationalListing.EASILY_SHORT),
            (3, 0, NationalListing.SHORT),
        ],
    )
    def test_follows_from_provinces_and_from_how_often(
        self, provinces: int, times: int, listing: NationalListing | None
    ) -> None:
        found = national_listing(provinces=provinces, times=times, rules=USUAL)
        assert (found and found[0]) == listing
        if found:
            assert found[1]["values"]["provinces"] == provinces
            assert found[1]["source"]
