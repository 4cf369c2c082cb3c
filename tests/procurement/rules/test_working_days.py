"""Counting working days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.rules.working_days import working_days_after

# A Thursday.
DAY = date(2026, 10, 15)


class TestWorkingDaysAfter:
    @pytest.mark.parametrize(
        ("day", "count", "expected"),
        [
            (DAY, 0, DAY),
            (DAY, 1, date(2026, 10, 16)),
            # over the weekend
            (DAY, 3, date(2026, 10, 20)),
            # from a weekend: Monday is the first
            (date(2026, 10, 17), 1, date(2026, 10, 19)),
            (date(2026, 10, 18), 5, date(2026, 10, 23)),
        ],
    )
    def test_leaves_weekends_out(self, day: date, count: int, expected: date) -> None:
        assert working_days_after(day, count) == expected

    @given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 60))
    def test_counts_exactly_the_working_days_between(self, day: date, count: int) -> None:
        last = working_days_after(day, count)
        passed = [day + timedelta(days=number) for number in range(1, (last - day).days + 1)]
        assert sum(item.weekday() < 5 for item in passed) == count
        assert last.weekday() < 5
