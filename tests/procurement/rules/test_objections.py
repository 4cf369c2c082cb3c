from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from procurement.rules.objections import Wait, stopped_time, window_end

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTES = st.integers(0, 10_000)
WAITS = st.lists(
    st.tuples(MINUTES, st.none() | MINUTES).map(
        lambda pair: (after(pair[0]), None if pair[1] is None else after(pair[0] + pair[1]))
    ),
    max_size=6,
)


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def end(*waits: Wait, at: datetime, days: int = 3) -> datetime:
    return window_end(START, days=days, waits=waits, at=at)


class TestWindowEnd:
    def test_is_after_the_days_where_nobody_objects(self) -> None:
        assert end(at=after(10_000)) == START + timedelta(days=3)

    def test_is_at_once_where_no_days_are_asked(self) -> None:
        assert end(at=START, days=0) == START

    def test_grows_by_the_time_of_an_answered_objection(self) -> None:
        assert end((after(60), after(100)), at=after(5000)) == START + timedelta(days=3, minutes=40)

    def test_grows_as_long_as_an_objection_waits(self) -> None:
        assert [end((after(60), None), at=after(at)) - START for at in (60, 61, 6000)] == [
            timedelta(days=3, minutes=minutes) for minutes in (0, 1, 5940)
        ]

    def test_counts_time_that_two_share_once(self) -> None:
        waits = (after(60), after(100)), (after(80), after(130)), (after(200), after(210))
        assert end(*waits, at=after(5000)) == START + timedelta(days=3, minutes=70 + 10)

    def test_does_not_count_what_was_before_the_publication(self) -> None:
        assert end((after(-100), after(20)), at=after(5000)) == START + timedelta(days=3, minutes=20)

    @given(WAITS, MINUTES, MINUTES)
    def test_never_shrinks(self, waits: list[Wait], one: int, other: int) -> None:
        early, late = sorted((after(one), after(other)))
        assert end(*waits, at=early) <= end(*waits, at=late)

    @given(WAITS, MINUTES, MINUTES)
    def test_never_shrinks_when_the_candidates_are_published_anew(
        self, waits: list[Wait], anew: int, later: int
    ) -> None:
        again, at = after(anew), after(anew + later)
        assert end(*waits, at=at) <= window_end(again, days=3, waits=waits, at=at)

    @given(WAITS, MINUTES)
    def test_stands_still_at_most_all_the_time(self, waits: list[Wait], minutes: int) -> None:
        counted = stopped_time(waits, since=START, at=after(minutes))
        by_minute = sum(
            any(filed <= after(m) and (replied is None or after(m) < replied) for filed, replied in waits)
            for m in range(minutes)
        )
        assert counted == timedelta(minutes=by_minute)
