from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.recall_rules import RecallRules
from distribution.rules.recalls import Reached, effectiveness, limits_of, next_report_before

OPENED = datetime(2026, 3, 6, 15, 30, tzinfo=UTC)
MEASURES_OF_2007: dict[str, Any] = {
    "rule": "CN.2007-29.recall",
    "notify": {"I": {"hours": 24}, "II": {"hours": 48}, "III": {"hours": 72}},
}


def midnight(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


class TestLimitsOf:
    @pytest.mark.parametrize(
        ("level", "hours", "end", "days"),
        [("I", 24, midnight(3, 8), 1), ("II", 48, midnight(3, 10), 3), ("III", 72, midnight(3, 14), 7)],
    )
    def test_are_hours_in_2007_and_days_since_2022(self, level: str, hours: int, end: datetime, days: int) -> None:
        old = limits_of(level, opened_at=OPENED, rules=RecallRules.read(MEASURES_OF_2007))
        assert old.notify_by == OPENED + timedelta(hours=hours)
        new = limits_of(level, opened_at=OPENED, rules=RecallRules())
        assert (new.notify_by, new.progress_days) == (end, days)
        # the plan goes to the province within 1, 3 or 7 days in both
        assert old.plan_by == new.plan_by == end

    def test_of_progress_end_with_the_last_day(self) -> None:
        assert next_report_before(3, OPENED) == midnight(3, 10)


def reached(**changes: Any) -> Reached:
    usual = {"received": 100, "on_hand": 0, "back": 0, "destroyed": 0, "sent_at": OPENED}
    return Reached(**{**usual, **changes})


class TestEffectiveness:
    def test_is_what_was_acknowledged_and_what_came_back_of_what_could(self) -> None:
        rows = [
            reached(back=60, acknowledged_at=OPENED + timedelta(hours=2)),
            # of 100 units 70 were used, which nobody can bring back
            reached(on_hand=20, destroyed=10, acknowledged_at=OPENED + timedelta(hours=6)),
            reached(on_hand=10),
            reached(sent_at=None),
        ]
        found = effectiveness(rows, decided_at=OPENED, stopped_at=OPENED + timedelta(minutes=15))
        assert (found.receivers, found.told, found.acknowledged) == (4, 3, 2)
        assert (found.share_acknowledged, found.share_recovered) == (Decimal("0.5000"), Decimal("0.7000"))
        assert (found.received, found.reachable, found.recovered) == (400, 100, 70)
        assert (found.hours_to_stop, found.hours_to_acknowledge) == (Decimal("0.25"), Decimal("4.00"))
        assert found.kept()["share_recovered"] == "0.7000"

    def test_of_nothing_says_nothing(self) -> None:
        found = effectiveness([], decided_at=OPENED, stopped_at=OPENED)
        assert (found.share_acknowledged, found.share_recovered, found.hours_to_acknowledge) == (None, None, None)

    @given(st.lists(st.builds(reached, on_hand=st.integers(0, 99), back=st.integers(0, 99)), min_size=1))
    def test_is_between_nothing_and_everything(self, rows: list[Reached]) -> None:
        found = effectiveness(rows, decided_at=OPENED, stopped_at=OPENED)
        assert found.recovered <= found.reachable
        assert found.share_recovered is None or 0 <= found.share_recovered <= 1
