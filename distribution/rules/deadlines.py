"""Until when an order is to be answered and delivered.

Working time leaves out Saturdays and Sundays; a working day has 24 hours here. Public holidays are not known, as in
``procurement.rules.working_days``: a time that this gives may lie before the one of a calendar of holidays.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from catalog.rules.supply_rules import SupplyRules
from distribution.states import Urgency
from procurement.rules.working_days import SATURDAY

# The whole of China keeps one time; whether it is Saturday does not depend on the zone that a value was stored in.
CHINA = ZoneInfo("Asia/Shanghai")
DAYS_OF_WEEK = 7


def answer_due_at(placed_at: datetime, hours: int, *, working: bool) -> datetime:
    """So many hours after the order was placed, by the clock or of working days alone.

    Raises:
        ValueError: a time without a zone.
    """
    if placed_at.tzinfo is None:
        raise ValueError("a deadline counts from a time with its zone")
    left = timedelta(hours=hours)
    if not working:
        return placed_at + left
    start = placed_at.astimezone(CHINA)
    if start.weekday() >= SATURDAY:
        start = _midnight(start, days=DAYS_OF_WEEK - start.weekday())
    while left > (until_weekend := _midnight(start, days=SATURDAY - start.weekday()) - start):
        left -= until_weekend
        start = _midnight(start, days=DAYS_OF_WEEK - start.weekday())
    return start + left


def answer_by(placed_at: datetime, urgency: str, *, rules: SupplyRules) -> datetime:
    """When the supplier is to have answered; a rescue does not wait for a working day."""
    if urgency == Urgency.EMERGENCY:
        return answer_due_at(placed_at, rules.answer_hours_emergency, working=False)
    return answer_due_at(placed_at, rules.answer_hours, working=True)


def deliver_by(placed_at: datetime, urgency: str, *, is_remote: bool, rules: SupplyRules) -> datetime:
    """When the goods are to arrive, by the clock; an emergency has its own limit however remote the institution."""
    if urgency == Urgency.EMERGENCY:
        hours = rules.delivery_hours_emergency
    else:
        hours = rules.delivery_hours_remote if is_remote else rules.delivery_hours
    return placed_at + timedelta(hours=hours)


def _midnight(moment: datetime, *, days: int) -> datetime:
    """The beginning of the day that lies so many days ahead."""
    return datetime.combine(moment.date() + timedelta(days=days), time.min, moment.tzinfo)
