from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.rules.screens import screen_tender
from procurement.rules.screens.flags import Contest, Evidence, Flag, Kind, ScreenLimits

FIRST = datetime(2020, 1, 1, tzinfo=UTC)


def contests(winners: str, bidders: str | None = None, group: str = "amoxicillin") -> list[Contest]:
    present = frozenset(bidders or winners)
    return [
        Contest(group, FIRST + timedelta(days=90 * number), present, winner) for number, winner in enumerate(winners)
    ]


def flags(held: list[Contest], limits: ScreenLimits | None = None) -> list[Flag]:
    return screen_tender([], Evidence(contests=tuple(held)), limits or ScreenLimits())


class TestRotation:
    def test_in_a_cycle_is_flagged_with_its_figures(self) -> None:
        (flag,) = flags(contests("ABCABC"))
        assert (flag.kind, flag.suppliers, flag.lot) == (Kind.ROTATION, ("A", "B", "C"), None)
        assert flag.figures == {
            "group": "amoxicillin",
            "contests": "6",
            "bidders": "3",
            "winners": "A → B → C → A → B → C",
            "evenness": "1.0000",
            "chance": "0.0082",
        }

    @pytest.mark.parametrize(
        ("winners", "bidders"),
        [
            pytest.param("ABAB", "AB", id="too short to tell from chance"),
            pytest.param("AAAAAAAA", "ABC", id="one always wins"),
            pytest.param("ABBABAAB", "AB", id="somebody wins twice in a row"),
            pytest.param("ABC", "ABCD", id="too few contests"),
        ],
    )
    def test_is_not_seen_where_there_is_none(self, winners: str, bidders: str) -> None:
        assert flags(contests(winners, bidders)) == []

    def test_without_a_cycle_needs_longer_to_show(self) -> None:
        assert flags(contests("ABCBACBCA"))[0].figures["chance"] == "0.0390"
        assert flags(contests("ABCBAC")) == []

    def test_needs_the_winners_to_have_been_rivals_every_time(self) -> None:
        held = contests("ABABABAB")
        assert len(flags(held)) == 1
        absent = Contest(held[0].group, held[0].decided_at, frozenset("A"), "A")
        assert flags([absent, *held[1:]]) == []

    def test_is_looked_for_within_one_group(self) -> None:
        assert flags(contests("AAAA", "AB", "one") + contests("BBBB", "AB", "other")) == []

    def test_needs_shares_that_are_even(self) -> None:
        held = contests("ABABABAB")
        assert flags(held, ScreenLimits(evenness=Decimal("1.1"))) == []

    @given(st.integers(2, 4), st.integers(3, 4), st.randoms(use_true_random=False))
    def test_that_was_planted_is_found_in_any_order(self, bidders: int, laps: int, order: random.Random) -> None:
        held = contests("ABCD"[:bidders] * laps)
        assert flags(order.sample(held, len(held))) == flags(held) != []

    def test_among_equal_rivals_is_rarely_seen(self) -> None:
        drawn = random.Random(3)
        seen = sum(bool(flags(contests("".join(drawn.choices("ABC", k=8)), "ABC"))) for _ in range(500))
        assert seen <= 500 * 0.05
