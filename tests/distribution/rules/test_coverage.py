from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution.rules.coverage import Entrusted, covering, most_at_a_time

FIRST = date(2026, 1, 1)
HENAN, ZHENGZHOU, ZHONGYUAN, ERQI, KAIFENG = "410000", "410100", "410102", "410103", "410200"


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def entrusted(distributor: int, region: str, begin: int = 0, end: int | None = 100) -> Entrusted:
    return Entrusted(distributor, region, day(begin), None if end is None else day(end))


some = st.lists(
    st.builds(
        lambda firm, region, begin, length: entrusted(firm, region, begin, length and begin + length),
        st.integers(1, 5),
        st.sampled_from([HENAN, ZHENGZHOU, ZHONGYUAN, ERQI, KAIFENG]),
        st.integers(0, 12),
        st.none() | st.integers(1, 8),
    ),
    min_size=1,
    max_size=8,
)


class TestMostAtATime:
    @pytest.mark.parametrize(
        ("standing", "added", "expected"),
        [
            ([], entrusted(1, ZHONGYUAN), (ZHONGYUAN, 1)),
            # the province's and the prefecture's serve the county as well; the other county's do not
            (
                [entrusted(1, HENAN), entrusted(2, ZHENGZHOU), entrusted(3, ERQI)],
                entrusted(4, ZHONGYUAN),
                (ZHONGYUAN, 3),
            ),
            # a wider one comes to the county where the most are
            ([entrusted(1, ERQI), entrusted(2, ERQI), entrusted(3, ZHONGYUAN)], entrusted(4, HENAN), (ERQI, 3)),
            # for another product: the same firm counts once
            ([entrusted(1, ZHONGYUAN), entrusted(1, HENAN)], entrusted(1, ZHONGYUAN), (ZHONGYUAN, 1)),
            # one follows the other: never three at a time
            (
                [entrusted(1, ZHONGYUAN, 0, 10), entrusted(2, ZHONGYUAN, 10, 20)],
                entrusted(3, ZHONGYUAN, 5, 15),
                (ZHONGYUAN, 2),
            ),
            ([entrusted(1, ZHONGYUAN, 30, None)], entrusted(2, ZHONGYUAN, 0, 30), (ZHONGYUAN, 1)),
        ],
    )
    def test_counts_who_serves_the_fullest_place(
        self, standing: list[Entrusted], added: Entrusted, expected: tuple[str, int]
    ) -> None:
        assert most_at_a_time(standing, added) == expected

    @given(some)
    def test_is_the_most_of_any_day_and_any_place(self, rows: list[Entrusted]) -> None:
        *standing, added = rows
        places = [code for code in (HENAN, ZHENGZHOU, ZHONGYUAN, ERQI, KAIFENG) if added.region in covering(code)]
        days = [day(number) for number in range(30) if added.holds_on(day(number))]
        most = max(
            len({row.distributor for row in rows if row.region in covering(place) and row.holds_on(on)})
            for place in places
            for on in days
        )
        assert most_at_a_time(standing, added)[1] == most
