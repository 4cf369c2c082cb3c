"""Counting working days.

Saturdays and Sundays are left out. Public holidays and the weekends that are worked in their stead are announced year
by year and are not known here: a date that this gives may lie before the one of a calendar of holidays, never after.
"""

from __future__ import annotations

from datetime import date, timedelta

SATURDAY = 5


def working_days_after(day: date, count: int) -> date:
    """The day that lies so many working days after another; the first one counted is the next working day."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day
