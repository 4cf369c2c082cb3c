"""Drawing an evaluation committee by lot, so that anybody can repeat it (Bidding Law 1999, art. 37: odd, ≥ 5, ≥ 2/3
from outside the purchaser; 国办发〔2010〕56号: a share of primary institutions)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from catalog.rules.procedure_rules import CommitteeRule


@dataclass(frozen=True, slots=True)
class Candidate:
    """An expert who can be drawn; who is of a primary institution is from outside the agency."""

    expert: int
    is_outside: bool
    is_primary: bool


def draw(
    pool: Collection[Candidate], seed: str, rule: CommitteeRule, *, without: Collection[int] = ()
) -> list[Candidate]:
    """Draw from the pool in the order of SHA-256(``seed:expert``), passing over who would break a share.

    ``without`` names experts who cannot come: the others stay drawn, and the next of the order come in their stead.
    Fewer than the rule's size come back only where no committee of that size can be had from the pool.
    """
    most_inside = rule.size - rule.outside_members
    most_not_primary = rule.size - rule.primary_members
    drawn: list[Candidate] = []
    for candidate in sorted(pool, key=lambda item: _lot(seed, item.expert)):
        inside = sum(not item.is_outside for item in drawn)
        not_primary = sum(not item.is_primary for item in drawn)
        fits = (candidate.is_outside or inside < most_inside) and (
            candidate.is_primary or not_primary < most_not_primary
        )
        if fits and candidate.expert not in without and len(drawn) < rule.size:
            drawn.append(candidate)
    return drawn


def _lot(seed: str, expert: int) -> str:
    return hashlib.sha256(f"{seed}:{expert}".encode()).hexdigest()
