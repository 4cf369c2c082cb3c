from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from catalog.foundation.clock import TOLERANCE, ClockNotTrusted, Reading, judge_clock, read_clocks, spoken
from catalog.foundation.web.problems import problem_of

START = Reading(boot_id="a", since_boot=timedelta(seconds=90), wall=datetime(2026, 5, 1, 1, 0, tzinfo=UTC))
SECOND = timedelta(seconds=1)
spans = st.timedeltas(timedelta(0), timedelta(days=400))
within = st.timedeltas(-TOLERANCE, TOLERANCE)
beyond = st.timedeltas(TOLERANCE + timedelta(microseconds=1), timedelta(days=400))


def later(span: timedelta, moved: timedelta = timedelta(0), *, boot_id: str = "a") -> Reading:
    """What the clocks show after a time in which somebody moved the wall clock."""
    return Reading(boot_id=boot_id, since_boot=START.since_boot + span, wall=START.wall + span + moved)


def judge(now: Reading, **changed: Any) -> datetime:
    witnesses: dict[str, Any] = {"first": START, "last": START.wall, "database": now.wall}
    return judge_clock(now, **witnesses | changed)


class TestJudgeClock:
    @given(spans, within)
    def test_believes_a_clock_that_runs_with_the_machine(self, span: timedelta, drift: timedelta) -> None:
        now = later(span, drift)
        assert judge(now) == now.wall

    @given(spans, beyond, st.sampled_from([1, -1]))
    def test_notices_a_clock_that_was_moved(self, span: timedelta, moved: timedelta, direction: int) -> None:
        """Although the database of the same machine shows the moved time too."""
        with pytest.raises(ClockNotTrusted):
            judge(later(span, direction * moved), last=None)

    def test_notices_a_clock_that_is_moved_by_little_again_and_again(self) -> None:
        """Each step would pass against the reading before it."""
        steps = [later(minute * 60 * SECOND, minute * 20 * SECOND) for minute in range(1, 4)]
        assert judge(steps[0]) == steps[0].wall
        for earlier, step in pairwise(steps):
            with pytest.raises(ClockNotTrusted):
                judge(step, last=earlier.wall)

    @given(beyond)
    def test_does_not_go_back_behind_the_last_reading_over_a_new_start(self, moved: timedelta) -> None:
        with pytest.raises(ClockNotTrusted):
            judge(later(timedelta(0), -moved, boot_id="b"))

    @given(spans, within)
    def test_believes_a_machine_after_a_new_start(self, span: timedelta, drift: timedelta) -> None:
        now = replace(later(span, drift, boot_id="b"), since_boot=SECOND)
        assert judge(now) == now.wall

    @given(beyond, st.sampled_from([1, -1]))
    def test_asks_the_database(self, moved: timedelta, direction: int) -> None:
        now = later(SECOND)
        with pytest.raises(ClockNotTrusted):
            judge(now, database=now.wall + direction * moved)

    def test_believes_the_first_reading_that_agrees_with_the_database(self) -> None:
        assert judge(START, first=None, last=None) == START.wall

    @pytest.mark.parametrize(
        ("now", "changed", "expected"),
        [
            (later(60 * SECOND, timedelta(hours=-1)), {}, "2026-05-01 09:01:00 by the time that has passed since"),
            (later(timedelta(0), timedelta(hours=-1), boot_id="b"), {}, "2026-05-01 09:00:00 by its last reading"),
            (later(SECOND), {"database": START.wall + timedelta(hours=1)}, "10:00:00 by the clock of the database"),
        ],
    )
    def test_says_the_two_times_and_the_way_out(self, now: Reading, changed: Any, expected: str) -> None:
        with pytest.raises(ClockNotTrusted) as caught:
            judge(now, **changed)
        with override("en"):
            said = str(caught.value)
        assert f"shows {spoken(now.wall)}" in said and expected in said and "have confirmed it" in said
        problem = problem_of(caught.value)
        assert (problem["title"], problem["status"]) == ("clock-not-trusted", 503)


class TestReadClocks:
    def test_reads_both_clocks_at_one_moment(self) -> None:
        before, reading, after = datetime.now(UTC), read_clocks(), datetime.now(UTC)
        assert before <= reading.wall <= after
        assert len(reading.boot_id) == 36

    def test_is_believed_a_moment_later(self) -> None:
        first = read_clocks()
        time.sleep(0.01)
        now = read_clocks()
        assert now.since_boot > first.since_boot
        assert judge_clock(now, first=first, last=first.wall, database=datetime.now(UTC)) == now.wall
