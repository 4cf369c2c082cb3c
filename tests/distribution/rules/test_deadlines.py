from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.supply_rules import SupplyRules
from distribution.rules.deadlines import CHINA, answer_due_at, deliver_by
from distribution.states import Urgency

HOUR = timedelta(hours=1)


def in_june(day: int, hour: int, minute: int = 0) -> datetime:
    """June 2026 in China: the 1st is a Monday, the 5th a Friday."""
    return datetime(2026, 6, day, hour, minute, tzinfo=CHINA)


class TestAnswerDueAt:
    @pytest.mark.parametrize(
        ("placed_at", "hours", "due_at"),
        [
            (in_june(1, 10, 30), 24, in_june(2, 10, 30)),
            (in_june(5, 10), 24, in_june(8, 10)),
            # exactly the rest of the Friday
            (in_june(5, 10), 14, in_june(6, 0)),
            (in_june(5, 10), 15, in_june(8, 1)),
            (in_june(6, 9), 24, in_june(9, 0)),
            (in_june(7, 23, 59), 2, in_june(8, 2)),
            (in_june(1, 0), 240, in_june(13, 0)),
            (in_june(3, 12), 0, in_june(3, 12)),
        ],
    )
    def test_counts_working_days_alone(self, placed_at: datetime, hours: int, due_at: datetime) -> None:
        assert answer_due_at(placed_at, hours, working=True) == due_at

    def test_knows_that_it_is_saturday_in_china_while_it_is_friday_in_greenwich(self) -> None:
        assert answer_due_at(datetime(2026, 6, 5, 20, tzinfo=UTC), 2, working=True) == in_june(8, 2)

    def test_counts_by_the_clock_where_the_hours_are_no_working_hours(self) -> None:
        assert answer_due_at(in_june(6, 9), 2, working=False) == in_june(6, 11)

    @pytest.mark.parametrize("working", [True, False])
    def test_refuses_a_time_without_a_zone(self, working: bool) -> None:
        with pytest.raises(ValueError, match="zone"):
            answer_due_at(datetime(2026, 6, 1), 24, working=working)  # noqa: DTZ001

    @given(st.integers(0, 24 * 21), st.integers(0, 400))
    def test_leaves_so_many_hours_of_working_days_to_answer(self, placed: int, hours: int) -> None:
        placed_at = in_june(1, 0) + placed * HOUR
        due_at = answer_due_at(placed_at, hours, working=True)
        between = (placed_at + passed * HOUR for passed in range((due_at - placed_at) // HOUR))
        assert sum(moment.weekday() < 5 for moment in between) == hours
        assert hours == 0 or (due_at - HOUR).weekday() < 5


class TestDeliverBy:
    @pytest.mark.parametrize(
        ("urgency", "is_remote", "hours"),
        [
            (Urgency.ORDINARY, False, 48),
            (Urgency.ORDINARY, True, 72),
            (Urgency.SPECIAL, False, 48),
            (Urgency.EMERGENCY, False, 4),
            (Urgency.EMERGENCY, True, 4),
        ],
    )
    def test_gives_the_hours_of_the_rule_set_by_the_clock(self, urgency: str, is_remote: bool, hours: int) -> None:
        placed_at = in_june(5, 10)
        due_at = deliver_by(placed_at, urgency, is_remote=is_remote, rules=SupplyRules())
        assert due_at - placed_at == timedelta(hours=hours)
