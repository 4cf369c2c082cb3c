from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.delivery_rules import DeliveryRules
from distribution.rules.checks import Gate, breaches, warnings
from distribution.rules.indicators import LineFact, judge, measure

PLACED = datetime(2026, 6, 1, 9, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)

# Ten packs, answered, delivered and accepted in time.
GOOD = LineFact(
    order=1,
    line=1,
    packs=10,
    confirmed=10,
    despatched=10,
    accepted=10,
    placed_at=PLACED,
    answered_at=PLACED,
    answer_due_at=PLACED + DAY,
    due_at=PLACED + 2 * DAY,
    fully_received_at=PLACED + DAY,
    is_refused=False,
)
REFUSED = replace(GOOD, confirmed=0, despatched=0, accepted=0, fully_received_at=None, is_refused=True)

moments = st.none() | st.integers(0, 10).map(lambda days: PLACED + days * DAY)
facts = st.lists(
    st.builds(
        LineFact,
        order=st.integers(1, 4),
        line=st.integers(1, 10**6),
        packs=st.integers(0, 50),
        confirmed=st.integers(0, 50),
        despatched=st.integers(0, 60),
        accepted=st.integers(0, 60),
        placed_at=st.just(PLACED),
        answered_at=moments,
        answer_due_at=st.just(PLACED + DAY),
        due_at=st.just(PLACED + 2 * DAY),
        fully_received_at=moments,
        is_refused=st.booleans(),
    ),
    max_size=8,
)


def rates(*lines: LineFact) -> dict[str, Decimal | None]:
    measured = measure(lines, three_days=3)
    return {
        name: getattr(measured, f"{name}_rate")
        for name in ("delivery", "received", "three_day", "in_full_on_time", "response", "refusal")
    }


class TestMeasure:
    def test_has_no_rate_where_nothing_was_ordered(self) -> None:
        assert set(rates().values()) == {None}

    def test_gives_full_marks_for_what_was_done_in_time(self) -> None:
        assert rates(GOOD) == {
            "delivery": 1,
            "received": 1,
            "three_day": 1,
            "in_full_on_time": 1,
            "response": 1,
            "refusal": 0,
        }

    def test_divides_packs_by_packs_and_lines_by_lines(self) -> None:
        short = replace(GOOD, order=2, line=2, packs=20, despatched=10, accepted=5, fully_received_at=None)
        other = replace(REFUSED, order=2, line=3, packs=3)
        assert rates(GOOD, short, other) == {
            "delivery": Decimal("0.6061"),
            "received": Decimal("0.4545"),
            "three_day": Decimal("0.3333"),
            "in_full_on_time": Decimal("0.5"),
            "response": 1,
            "refusal": Decimal("0.3333"),
        }

    @pytest.mark.parametrize(
        ("rate", "changed", "expected"),
        [
            ("three_day", {"fully_received_at": PLACED + 3 * DAY}, 1),
            ("three_day", {"fully_received_at": PLACED + 3 * DAY + SECOND}, 0),
            ("in_full_on_time", {"fully_received_at": PLACED + 2 * DAY}, 1),
            ("in_full_on_time", {"fully_received_at": PLACED + 2 * DAY + SECOND}, 0),
            ("in_full_on_time", {"fully_received_at": None}, 0),
            ("response", {"answered_at": PLACED + DAY}, 1),
            ("response", {"answered_at": PLACED + DAY + SECOND}, 0),
            ("response", {"answered_at": None}, 0),
        ],
    )
    def test_counts_what_is_done_exactly_at_its_limit(self, rate: str, changed: dict[str, Any], expected: int) -> None:
        assert rates(replace(GOOD, **changed))[rate] == expected

    @pytest.mark.parametrize("rate", ["in_full_on_time", "response"])
    def test_counts_an_order_only_where_all_its_lines_did_well(self, rate: str) -> None:
        late = replace(GOOD, line=2, answered_at=None, fully_received_at=None)
        assert rates(GOOD, late)[rate] == 0

    def test_does_not_let_a_surplus_make_up_for_another_line(self) -> None:
        surplus = replace(GOOD, despatched=20, accepted=20)
        assert rates(surplus, replace(REFUSED, order=2, line=2))["delivery"] == Decimal("0.5")

    @given(facts)
    def test_gives_shares_between_nothing_and_all(self, lines: list[LineFact]) -> None:
        assert all(rate is None or 0 <= rate <= 1 for rate in rates(*lines).values())

    @given(facts)
    def test_depends_on_no_order_of_the_lines(self, lines: list[LineFact]) -> None:
        assert measure(lines, three_days=3) == measure(reversed(lines), three_days=3)

    @given(facts, facts)
    def test_sums_the_counts_of_what_shares_no_order(self, some: list[LineFact], others: list[LineFact]) -> None:
        others = [replace(line, order=line.order + 100) for line in others]
        one, two, both = (measure(lines, three_days=3).counts for lines in (some, others, some + others))
        assert all(getattr(both, name) == getattr(one, name) + getattr(two, name) for name in both.__slots__)


class TestJudge:
    def of(self, despatched: int, packs: int, *, lines: int = 10) -> list[bool]:
        line = replace(GOOD, packs=packs, despatched=despatched)
        measured = measure([line, *[replace(GOOD, packs=0, despatched=0)] * (lines - 1)], three_days=3)
        return [check.passed for check in judge(measured, DeliveryRules())]

    @pytest.mark.parametrize(
        ("despatched", "packs", "passed"),
        [
            (95, 100, [True, True]),
            (94, 100, [False, True]),
            (80, 100, [False, True]),
            (79, 100, [False, False]),
            # rounds to 0.9500
            (94_996, 100_000, [False, True]),
        ],
    )
    def test_compares_the_packs_with_the_pass_mark_and_the_warning_mark(
        self, despatched: int, packs: int, passed: list[bool]
    ) -> None:
        assert self.of(despatched, packs) == passed

    @pytest.mark.parametrize(("packs", "lines"), [(100, 9), (0, 10)])
    def test_says_nothing_of_too_few_lines_or_no_packs(self, packs: int, lines: int) -> None:
        assert self.of(0, packs, lines=lines) == []

    def test_shows_its_evidence_and_stops_nothing(self) -> None:
        rules = DeliveryRules(delivery_rate_pass=Decimal("0.9"), least_lines=1)
        checks = judge(measure([replace(GOOD, despatched=7)], three_days=3), rules)
        assert breaches(checks) == []
        assert warnings(checks) == checks
        below_pass, _ = checks
        assert (below_pass.rule, below_pass.source, below_pass.gate) == (
            "CN.contract.delivery-rate-pass",
            "国办发〔2010〕56号",
            Gate.WARNING,
        )
        assert below_pass.sentence == "7 of 10 ordered packs were delivered, at least 90 % are expected."
        assert below_pass.values | {"delivery_rate": "0.7000", "mark": "0.9", "delivered": 7, "packs": 10} == (
            below_pass.values
        )
