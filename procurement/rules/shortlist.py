"""Who goes on to the commercial envelopes after the technical evaluation (国办发〔2010〕56号: double envelope)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from catalog.rules.parameters import value_for
from catalog.rules.procedure_rules import ShortlistRule


@dataclass(frozen=True, slots=True)
class Standing:
    """The place of a technical score (equal scores share one) and whether it goes on."""

    bid: int
    score: Decimal
    rank: int
    passes: bool


def shortlist(scores: Mapping[int, Decimal], rule: ShortlistRule) -> list[Standing]:
    """Judge the scores by bid, the best first.

    The table is read for the number of bidders, whether or not they reach the pass mark. Equal scores at the last
    place all go on.
    """
    places = value_for(rule.places, len(scores)) or len(scores)
    standings = []
    for bid, score in sorted(scores.items(), key=lambda entry: (-entry[1], entry[0])):
        rank = 1 + sum(other > score for other in scores.values())
        reaches = rule.pass_mark is None or score >= rule.pass_mark
        standings.append(Standing(bid, score, rank, reaches and rank <= places))
    return standings
