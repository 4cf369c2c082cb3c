"""Who could give what another lacks: the nearest first, and of the equally near the one with the most to spare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

# Of the six digits of a county's code: the county, the prefecture, the province.
NEARNESS = (6, 4, 2)


@dataclass(frozen=True, slots=True)
class Spare:
    """Units of a product that an institution in a region (county code) has beyond its cover; below nought it lacks."""

    holder_id: int
    region: str
    product_id: int
    units: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Let the giver hand so many units of the product to the taker."""

    product_id: int
    giver_id: int
    taker_id: int
    units: int


def suggest_transfers(spares: Iterable[Spare]) -> list[Suggestion]:
    """Cover what is lacking, the largest want first, from what others have to spare, each unit once."""
    givers: defaultdict[int, list[Spare]] = defaultdict(list)
    wants: list[Spare] = []
    for spare in spares:
        if spare.units > 0:
            givers[spare.product_id].append(spare)
        elif spare.units < 0:
            wants.append(spare)
    left = {(giver.product_id, giver.holder_id): giver.units for of in givers.values() for giver in of}
    suggestions: list[Suggestion] = []
    for want in sorted(wants, key=lambda want: (want.product_id, want.units, want.holder_id)):
        short = -want.units
        for giver in sorted(givers[want.product_id], key=lambda giver: _preference(giver, want)):
            key = (giver.product_id, giver.holder_id)
            if taken := min(short, left[key]):
                suggestions.append(Suggestion(want.product_id, giver.holder_id, want.holder_id, taken))
                left[key] -= taken
                short -= taken
            if not short:
                break
    return suggestions


def _preference(giver: Spare, want: Spare) -> tuple[int, int, int]:
    shared = next((digits for digits in NEARNESS if giver.region[:digits] == want.region[:digits]), 0)
    return (-shared, -giver.units, giver.holder_id)
