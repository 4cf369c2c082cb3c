"""Whole packs for a number of smallest units: rounded up, and saying by how much."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rounded:
    """So many packs with so many units in them, of which ``added`` are more than what was wanted."""

    packs: int
    units: int
    added: int


def packs_for(units: int, pack_quantity: int) -> Rounded:
    """The fewest packs of ``pack_quantity`` units that hold the units.

    Raises:
        ValueError: a negative number of units, or packs that hold nothing.
    """
    if units < 0 or pack_quantity < 1:
        raise ValueError("units are not negative, and a pack holds at least one")
    packs = -(-units // pack_quantity)
    held = packs * pack_quantity
    return Rounded(packs, held, held - units)
