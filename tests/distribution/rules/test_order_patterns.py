from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution.rules.order_patterns import HandedIn, bursts

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS = timedelta(days=7)


def handed_in(*items: tuple[float, str]) -> list[HandedIn]:
    """Requisitions under a limit of 1,000 yuan: the day on which, and the amount."""
    return [
        HandedIn(number, START + timedelta(days=day), Decimal(amount), Decimal(1000))
        for number, (day, amount) in enumerate(items, start=1)
    ]


def found(items: list[HandedIn]) -> list[list[int]]:
    runs = bursts(items, share=Decimal("0.9"), count=3, within=DAYS)
    return [[item.requisition for item in run] for run in runs]


class TestBursts:
    @pytest.mark.parametrize(
        ("items", "expected"),
        [
            # at the limit and at nine tenths of it is just below it
            ([(0, "1000"), (1, "900"), (7, "999.99")], [[1, 2, 3]]),
            # one yuan fewer is not, nor what is above the limit
            ([(0, "1000"), (1, "899.99"), (2, "999")], []),
            ([(0, "1000"), (1, "1000.01"), (2, "999")], []),
            # the last comes a moment too late
            ([(0, "950"), (1, "950"), (7.001, "950")], []),
            # two of them are none
            ([(0, "950"), (1, "950")], []),
            # a requisition stands in one run
            ([(0, "950"), (1, "950"), (2, "950"), (8, "950"), (9, "950"), (10, "950")], [[1, 2, 3], [4, 5, 6]]),
            # the first may be alone, and the next three a run
            ([(0, "950"), (8, "950"), (9, "950"), (10, "950")], [[2, 3, 4]]),
        ],
    )
    def test_are_runs_of_several_just_below_the_limit(
        self, items: list[tuple[float, str]], expected: list[list[int]]
    ) -> None:
        assert found(handed_in(*items)) == expected

    @given(
        st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["500", "900", "1000", "1001"])), max_size=20).flatmap(
            lambda items: st.tuples(st.just(items), st.permutations(range(len(items))))
        )
    )
    def test_do_not_depend_on_the_order_of_rows(self, case: tuple[list[tuple[float, str]], list[int]]) -> None:
        items, order = case
        rows = handed_in(*items)
        runs = found(rows)
        assert found([rows[place] for place in order]) == runs
        told = [number for run in runs for number in run]
        assert len(told) == len(set(told))
