from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.rules.areas import AreaNotFree, Choice, NotTheTurn, Turn, chosen, next_turn


def played(winners: list[int], areas: set[str], wishes: Any, mains: dict[str, int] | None = None) -> list[Choice]:
    """All turns, each answered by ``wishes(turn)``."""
    choices: list[Choice] = []
    while (turn := next_turn(winners, areas, choices, mains=mains)) is not None:
        choices.append(Choice(turn.winner, wishes(turn)))
    return choices


class TestNextTurn:
    def test_goes_lap_by_lap_in_the_order_of_price(self) -> None:
        choices = played([7, 3, 5], set("abcdefg"), lambda turn: turn.areas[0])
        assert [choice.winner for choice in choices] == [7, 3, 5, 7, 3, 5, 7]
        assert "".join(choice.area or "" for choice in choices) == "abcdefg"

    def test_says_whose_turn_it_is_and_among_what(self) -> None:
        assert next_turn([7, 3], {"a", "b", "c"}, [Choice(7, "b")]) == Turn(3, 1, ("a", "c"))

    def test_asks_who_passed_again_in_the_next_lap(self) -> None:
        assert next_turn([7, 3], {"a", "b"}, [Choice(7, None), Choice(3, "a")]) == Turn(7, 2, ("b",))

    def test_ends_when_a_whole_lap_passed(self) -> None:
        assert next_turn([7, 3], {"a"}, [Choice(7, None), Choice(3, None)]) is None

    def test_ends_when_every_area_has_a_supplier(self) -> None:
        assert next_turn([7, 3], {"a"}, [Choice(7, "a")]) is None

    @pytest.mark.parametrize(
        ("choices", "error"),
        [
            ([Choice(3, "a")], NotTheTurn),
            ([Choice(7, "a"), Choice(7, "b")], NotTheTurn),
            ([Choice(7, "a"), Choice(3, "b"), Choice(7, "c")], NotTheTurn),
            ([Choice(7, None), Choice(3, None), Choice(7, "a")], NotTheTurn),
            ([Choice(7, "a"), Choice(3, "a")], AreaNotFree),
            ([Choice(7, "z")], AreaNotFree),
        ],
    )
    def test_refuses_choices_out_of_turn(self, choices: list[Choice], error: type[Exception]) -> None:
        with pytest.raises(error):
            next_turn([7, 3], {"a", "b"}, choices)


class TestBackups:
    MAINS = {"a": 7, "b": 3, "c": 7}

    def test_nobody_backs_up_itself(self) -> None:
        assert next_turn([7, 3], set(self.MAINS), [], mains=self.MAINS) == Turn(7, 1, ("b",))
        with pytest.raises(AreaNotFree):
            next_turn([7, 3], set(self.MAINS), [Choice(7, "a")], mains=self.MAINS)

    def test_whom_no_area_is_open_to_is_left_out(self) -> None:
        made = [Choice(7, "b"), Choice(3, "a")]
        assert next_turn([7, 3], set(self.MAINS), made, mains=self.MAINS) == Turn(3, 2, ("c",))

    def test_a_single_winner_has_no_backup(self) -> None:
        assert next_turn([7], {"a"}, [], mains={"a": 7}) is None


class TestAnyPicking:
    @given(
        st.lists(st.integers(1, 99), min_size=1, max_size=6, unique=True),
        st.sets(st.sampled_from("abcdefghij")),
        st.randoms(use_true_random=False),
    )
    def test_gives_every_area_one_supplier_and_shares_that_differ_by_one_at_most(
        self, winners: list[int], areas: set[str], random: Any
    ) -> None:
        choices = played(winners, areas, lambda turn: random.choice(turn.areas))
        found = chosen(choices)
        assert set(found) == areas
        counts = [sum(winner == one for winner in found.values()) for one in winners]
        assert counts == sorted(counts, reverse=True)
        assert max(counts) - min(counts) <= 1

    @given(
        st.lists(st.integers(1, 9), min_size=2, max_size=5, unique=True),
        st.sets(st.sampled_from("abcdefghij")),
        st.randoms(use_true_random=False),
    )
    def test_ends_with_a_backup_other_than_the_main_supplier_everywhere(
        self, winners: list[int], areas: set[str], random: Any
    ) -> None:
        mains = chosen(played(winners, areas, lambda turn: random.choice(turn.areas)))
        backups = chosen(played(winners, areas, lambda turn: random.choice(turn.areas), mains))
        assert set(backups) == areas
        assert all(backups[area] != mains[area] for area in areas)
