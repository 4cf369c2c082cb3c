from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.procedure_rules import ShortlistMethod, ShortlistRule
from procurement.rules.shortlist import shortlist

TABLE = ((4, 2), (6, 3), (7, 4))


def passing(*scores: str, pass_mark: str | None = None, places: tuple[tuple[int, int], ...] = TABLE) -> set[int]:
    rule = ShortlistRule(ShortlistMethod.SCORE, places, Decimal(pass_mark) if pass_mark else None)
    judged = shortlist({bid: Decimal(score) for bid, score in enumerate(scores, start=1)}, rule)
    return {standing.bid for standing in judged if standing.passes}


class TestShortlist:
    @pytest.mark.parametrize(("bidders", "advancing"), [(3, 3), (4, 2), (5, 2), (6, 3), (7, 4), (20, 4)])
    def test_the_number_of_bidders_says_how_many_go_on(self, bidders: int, advancing: int) -> None:
        assert passing(*(str(score) for score in range(bidders))) == set(range(bidders - advancing + 1, bidders + 1))

    def test_equal_scores_at_the_last_place_all_go_on(self) -> None:
        assert passing("90", "80", "80", "80", "70") == {1, 2, 3, 4}

    def test_the_pass_mark_holds_beside_the_table(self) -> None:
        assert passing("90", "59.99", "50", "40", pass_mark="60") == {1}

    def test_the_pass_mark_alone_lets_all_who_reach_it_go_on(self) -> None:
        assert passing("60", "59.9999", "100", "60", "61", pass_mark="60", places=()) == {1, 3, 4, 5}

    def test_nobody_goes_on_where_nobody_bid(self) -> None:
        assert passing() == set()

    @given(st.dictionaries(st.integers(1, 99), st.decimals(0, 100, places=4), max_size=12))
    def test_no_score_goes_on_past_a_better_or_equal_one(self, scores: dict[int, Decimal]) -> None:
        judged = shortlist(scores, ShortlistRule(ShortlistMethod.SCORE, TABLE, Decimal(60)))
        best_out = max((standing.score for standing in judged if not standing.passes), default=Decimal(-1))
        assert all(standing.score > best_out for standing in judged if standing.passes)
        assert [standing.score for standing in judged] == sorted(scores.values(), reverse=True)
