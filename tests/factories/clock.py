"""The present of the suite, and numbers that no two records share."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count

from django.utils import timezone

NOW: datetime = timezone.localtime().replace(second=0, microsecond=0)
TODAY: date = NOW.date()

_numbers = count(1)


def ago(**span: float) -> datetime:
    """A moment before now."""
    return NOW - timedelta(**span)


def ahead(**span: float) -> datetime:
    """A moment after now."""
    return NOW + timedelta(**span)
