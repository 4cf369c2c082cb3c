"""Half-open periods of days, as services take them."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import DateRangeField
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Func, Value

from catalog.errors import PeriodReversed


def period(valid_from: date, valid_until: date | None) -> DateRange:
    """From the first day to the day before ``valid_until``; without an end where there is none.

    Raises:
        PeriodReversed
    """
    if valid_until is not None and valid_until <= valid_from:
        raise PeriodReversed(begin=valid_from, end=valid_until, pointer="/valid_until")
    return DateRange(valid_from, valid_until)


def until(day: date) -> Func:
    """For an update of ``validity``: as it begins, and ending before the day."""
    begin = Func("validity", function="lower")
    return Func(begin, Value(day), function="daterange", output_field=DateRangeField())
