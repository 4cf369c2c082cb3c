"""What is agreed with the winners: the share of the reported quantities, and for how long.

The shares and terms by number of winners stand in the rule set; national rounds agreed 50 % with one winner, 60, 70 and
80 % with two, three and four or more, for one, two and three years.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from catalog.foundation.money import allocate, round_half_up
from catalog.rules.months import months_after
from catalog.rules.procedure_rules import ProcedureRules


def agreed_quantities(reported: Mapping[str, int], *, winners: int, rules: ProcedureRules) -> dict[str, int]:
    """The agreed part of each area's reported quantity, in smallest units.

    The share is taken of the sum, half-up, and split by what was reported, so that the parts sum to it exactly.
    """
    total = int(round_half_up(sum(reported.values()) * rules.agreed_share(winners), Decimal(1)))
    if not total:
        return dict.fromkeys(reported, 0)
    return dict(zip(reported, allocate(total, list(reported.values())), strict=True))


def supply_until(start: date, *, winners: int, rules: ProcedureRules) -> date | None:
    """The first day after the term that so many winners supply; none: the dates of the tender hold."""
    years = rules.term_years(winners)
    return None if years is None else months_after(start, 12 * years)
