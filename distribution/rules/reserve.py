"""The reserve of medicines: its floor, which lots to rotate, and when to refill.

Sources: 国经贸医药〔1999〕544号 and 工信部联消费〔2021〕195号 (a holder keeps at least 70 % of the plan at any time,
lots are rotated before they grow old, what is released is replaced). The numbers are those of the rule set.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from catalog.rules.months import months_after
from distribution.rules.fefo import LotBalance, in_order_of_issue


def floor_units(plan: int, floor_share: Decimal) -> int:
    """The fewest units that a holder of the plan keeps; a part of a unit counts as one."""
    return int((plan * floor_share).to_integral_value(ROUND_CEILING))


def is_below_floor(units: int, *, plan: int, floor_share: Decimal) -> bool:
    """Whether units that may be used are fewer than the floor; exactly at it is enough."""
    return units < floor_units(plan, floor_share)


def lots_to_rotate(lots: Iterable[LotBalance], *, today: date, months: int) -> list[LotBalance]:
    """The lots to issue and replace now: those with fewer than so many months of life left, first expired first.

    What is expired or held cannot be issued and is left out. The last day of use counts as a day of life.
    """
    enough_until = months_after(today, months) - timedelta(days=1)
    return [lot for lot in in_order_of_issue(lots, today=today) if lot.expires_on < enough_until]


def refill_due_on(released_on: date, days: int) -> date:
    """The last day on which released goods are to be replaced, in calendar days."""
    return released_on + timedelta(days=days)
