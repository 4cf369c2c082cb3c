"""What a notice says beside its kind."""

from __future__ import annotations

from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime

from distribution.models import OrderNotice

# What the order beside it says already.
LEFT_OUT = ("order", "institution", "hold", "remedy")


def details_of(notice: OrderNotice) -> str:
    """The facts of a notice in their order, moments as people read them."""
    told = [_told(value) for name, value in notice.facts.items() if name not in LEFT_OUT and value not in (None, "")]
    return " · ".join(told)


def _told(value: object) -> str:
    moment = parse_datetime(value) if isinstance(value, str) and "T" in value else None
    return date_format(localtime(moment), "DATETIME_FORMAT") if isinstance(moment, datetime) else str(value)
