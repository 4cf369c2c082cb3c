"""A committee is drawn by lot from a seed, keeps its shares, and can be drawn again by anybody."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.procedure_rules import CommitteeRule
from procurement.rules.draw import Candidate, draw

FIVE = CommitteeRule(5, Decimal("0.6667"), Decimal("0.3333"))
INSIDE, OUTSIDE, PRIMARY = (False, False), (True, False), (True, True)

pools = st.lists(st.sampled_from([INSIDE, OUTSIDE, PRIMARY]), max_size=25).map(
    lambda kinds: [Candidate(number, *kind) for number, kind in enumerate(kinds)]
)
rules = st.builds(
    CommitteeRule,
    st.sampled_from([5, 7, 9]),
    st.decimals("0.6667", 1, places=4),
    st.decimals(0, 1, places=4),
)
seeds = st.text("0123456789abcdef", min_size=1, max_size=64)


def has_enough(pool: list[Candidate], rule: CommitteeRule) -> bool:
    outside = sum(item.is_outside for item in pool)
    primary = sum(item.is_primary for item in pool)
    return (
        len(pool) >= rule.size
        and outside >= max(rule.outside_members, rule.primary_members)
        and primary >= rule.primary_members
    )


class TestDraw:
    @given(pools, seeds, rules)
    def test_fills_the_committee_with_its_shares_wherever_the_pool_allows_it(
        self, pool: list[Candidate], seed: str, rule: CommitteeRule
    ) -> None:
        drawn = draw(pool, seed, rule)
        assert (len(drawn) == rule.size) == has_enough(pool, rule)
        if len(drawn) == rule.size:
            assert len({item.expert for item in drawn}) == rule.size
            assert sum(item.is_outside for item in drawn) >= rule.outside_members
            assert sum(item.is_primary for item in drawn) >= rule.primary_members

    @given(pools, seeds, st.randoms())
    def test_does_not_depend_on_the_order_of_the_pool(self, pool: list[Candidate], seed: str, random: object) -> None:
        shuffled = list(pool)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert draw(shuffled, seed, FIVE) == draw(pool, seed, FIVE)

    @given(pools.filter(lambda pool: has_enough(pool, FIVE)), seeds, st.integers(0, 4))
    def test_seats_exactly_one_other_in_the_stead_of_who_cannot_come(
        self, pool: list[Candidate], seed: str, place: int
    ) -> None:
        before = draw(pool, seed, FIVE)
        leaving = before[place].expert
        after = draw(pool, seed, FIVE, without=[leaving])
        if len(after) < FIVE.size:
            assert not has_enough([item for item in pool if item.expert != leaving], FIVE)
            return
        assert {item.expert for item in before} - {item.expert for item in after} == {leaving}

    @given(pools.filter(lambda pool: has_enough(pool, FIVE)), seeds)
    def test_stays_as_it_is_where_somebody_who_was_not_drawn_cannot_come(
        self, pool: list[Candidate], seed: str
    ) -> None:
        drawn = draw(pool, seed, FIVE)
        others = {item.expert for item in pool} - {item.expert for item in drawn}
        assert draw(pool, seed, FIVE, without=others) == drawn

    def test_follows_the_digests_of_seed_and_expert(self) -> None:
        pool = [Candidate(number, *OUTSIDE) for number in range(1, 9)]
        by_hand = sorted(range(1, 9), key=lambda number: hashlib.sha256(f"5eed:{number}".encode()).hexdigest())
        rule = CommitteeRule(5, Decimal("0.6667"), Decimal(0))
        assert [item.expert for item in draw(pool, "5eed", rule)] == by_hand[:5]

    @pytest.mark.parametrize(("size", "inside"), [(5, 1), (7, 2), (9, 3)])
    def test_admits_at_most_a_third_of_the_agency(self, size: int, inside: int) -> None:
        pool = [Candidate(number, *INSIDE) for number in range(20)]
        pool += [Candidate(number, *OUTSIDE) for number in range(20, 40)]
        rule = CommitteeRule(size, Decimal("0.6667"), Decimal(0))
        counts = {sum(not item.is_outside for item in draw(pool, f"{number}", rule)) for number in range(60)}
        assert max(counts) == inside
