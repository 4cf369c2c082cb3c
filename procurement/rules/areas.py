"""Winners choose supply areas in turn: lap by lap in the order of price, each one area or a pass.

The areas of a backup supplier are chosen the same way, and never those that the chooser supplies already.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


class NotTheTurn(ValueError):
    """Another winner's choice is due, or none."""


class AreaNotFree(ValueError):
    """The area is no longer free, not of the lot, or supplied by the chooser already."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a winner chose when it was its turn; no area where it passed."""

    winner: int
    area: str | None


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose choice is due, in which lap, and among what."""

    winner: int
    lap: int
    areas: tuple[str, ...]


def next_turn(
    winners: Sequence[int],
    areas: Collection[str],
    choices: Sequence[Choice],
    *,
    mains: Mapping[str, int] | None = None,
) -> Turn | None:
    """The turn that follows the choices made so far; none where nothing is left to choose or a whole lap passed.

    ``winners`` stand in the order of price. ``mains`` are the main suppliers by area when backups are chosen. Whom no
    free area is open to is left out of the lap; who passes is asked again in the next.

    Raises:
        NotTheTurn, AreaNotFree: the choices themselves are out of turn.
    """
    mains = mains or {}
    free = set(areas)
    made = iter(choices)
    lap = 0
    while True:
        lap += 1
        taken = 0
        for winner in winners:
            open_to = tuple(sorted(area for area in free if mains.get(area) != winner))
            if not open_to:
                continue
            choice = next(made, None)
            if choice is None:
                return Turn(winner, lap, open_to)
            if choice.winner != winner:
                raise NotTheTurn(choice.winner)
            if choice.area is not None:
                if choice.area not in open_to:
                    raise AreaNotFree(choice.area)
                free.remove(choice.area)
                taken += 1
        if not taken:
            if (beyond := next(made, None)) is not None:
                raise NotTheTurn(beyond.winner)
            return None


def chosen(choices: Sequence[Choice]) -> dict[str, int]:
    """The winner of each chosen area."""
    return {choice.area: choice.winner for choice in choices if choice.area is not None}
