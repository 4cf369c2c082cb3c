"""The technical score of a bid from the sheets of a committee, with every step.

国办发〔2010〕56号; a firm's conduct lowers its score (国卫法制发〔2013〕50号).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from catalog.foundation.money import UNIT_PRICE, round_half_up
from catalog.rules.parameters import value_for
from catalog.rules.procedure_rules import ShortlistRule
from procurement.rules.shortlist import Standing

RULE_SCORE = "CN.2010-56.technical-score"
RULE_CONDUCT = "CN.2013-50.conduct-deduction"
RULE_PLACES = "CN.2010-56.shortlist-places"
RULE_PASS_MARK = "CN.2010-56.pass-mark"


def technical_score(sums: Collection[Decimal]) -> Decimal:
    """The mean of what the members gave altogether, to four decimals half-up."""
    return round_half_up(sum(sums, Decimal(0)) / len(sums), UNIT_PRICE)


@dataclass(frozen=True, slots=True)
class Deduction:
    """Points that a score loses, once however many the ``records`` are: named by their documents."""

    points: Decimal
    records: tuple[str, ...]

    def lowers(self, score: Decimal) -> Decimal:
        """What is left of the score, never less than nothing."""
        return round_half_up(max(score - self.points, Decimal(0)), UNIT_PRICE)


def technical_steps(
    sums: Mapping[int, Decimal],
    standing: Standing,
    rule: ShortlistRule,
    *,
    bidders: int,
    deduction: Deduction | None = None,
) -> list[dict[str, str]]:
    """How a bid came to its score, its rank among the lot's ``bidders`` and onto or off the shortlist.

    ``sums`` holds the points of each member by the member's number.
    """
    given = " + ".join(str(points) for _member, points in sorted(sums.items()))
    mean = technical_score(sums.values())
    steps = [_step(RULE_SCORE, f"({given}) ÷ {len(sums)}", str(mean))]
    if deduction is not None:
        computation = f"{mean} − {deduction.points} ({'; '.join(deduction.records)})"
        steps.append(_step(RULE_CONDUCT, computation, str(standing.score)))
    if rule.places:
        places = value_for(rule.places, bidders) or bidders
        computation = f"{bidders} bidders, rank {standing.rank} ≤ {places}"
        steps.append(_step(RULE_PLACES, computation, _yes(standing.rank <= places)))
    if rule.pass_mark is not None:
        computation = f"{standing.score} ≥ {rule.pass_mark}"
        steps.append(_step(RULE_PASS_MARK, computation, _yes(standing.score >= rule.pass_mark)))
    return steps


def _step(rule: str, computation: str, result: str) -> dict[str, str]:
    return {"rule": rule, "computation": computation, "result": result}


def _yes(holds: bool) -> str:
    return "true" if holds else "false"
