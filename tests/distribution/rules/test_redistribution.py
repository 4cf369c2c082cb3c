from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from distribution.rules.redistribution import Spare, Suggestion, suggest_transfers

HERE, SAME_PREFECTURE, SAME_PROVINCE = "410102", "410105", "411025"


class TestSuggestTransfers:
    def test_takes_from_the_nearest_first_and_then_from_who_has_the_most(self) -> None:
        spares = [
            Spare(1, HERE, 7, -100),
            Spare(2, SAME_PROVINCE, 7, 500),
            Spare(3, SAME_PREFECTURE, 7, 30),
            Spare(4, SAME_PREFECTURE, 7, 40),
            Spare(5, HERE, 7, 20),
            Spare(6, HERE, 8, 900),
        ]
        assert suggest_transfers(spares) == [
            Suggestion(7, 5, 1, 20),
            Suggestion(7, 4, 1, 40),
            Suggestion(7, 3, 1, 30),
            Suggestion(7, 2, 1, 10),
        ]

    def test_covers_the_largest_want_first(self) -> None:
        spares = [Spare(1, HERE, 7, -10), Spare(2, HERE, 7, -20), Spare(3, HERE, 7, 25)]
        assert suggest_transfers(spares) == [Suggestion(7, 3, 2, 20), Suggestion(7, 3, 1, 5)]

    @given(
        st.lists(
            st.builds(
                Spare,
                holder_id=st.integers(1, 6),
                region=st.sampled_from([HERE, SAME_PREFECTURE, SAME_PROVINCE]),
                product_id=st.integers(1, 2),
                units=st.integers(-50, 50),
            ),
            unique_by=lambda spare: (spare.holder_id, spare.product_id),
        )
    )
    def test_gives_no_unit_twice_and_nobody_more_than_they_lack(self, spares: list[Spare]) -> None:
        given_away: Counter[tuple[int, int]] = Counter()
        taken: Counter[tuple[int, int]] = Counter()
        for suggestion in suggest_transfers(spares):
            assert suggestion.units > 0
            given_away[suggestion.product_id, suggestion.giver_id] += suggestion.units
            taken[suggestion.product_id, suggestion.taker_id] += suggestion.units
        units = {(spare.product_id, spare.holder_id): spare.units for spare in spares}
        assert all(given_away[key] <= units[key] for key in given_away)
        assert all(taken[key] <= -units[key] for key in taken)
        # nothing is left to give where something is lacking
        for product in (1, 2):
            more = sum(max(count, 0) for (item, _), count in units.items() if item == product)
            lack = sum(max(-count, 0) for (item, _), count in units.items() if item == product)
            assert sum(count for (item, _), count in taken.items() if item == product) == min(more, lack)
