"""What a notice says beside its kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from distribution.models import OrderNotice
from distribution.states import ShortageGrade

# What the order beside it says already.
LEFT_OUT = ("order", "institution", "hold", "remedy")
# Facts that say nothing without their word.
_WORDS: dict[str, Callable[[Any], str]] = {
    "grade": lambda grade: str(ShortageGrade(grade).label),
    "remaining": lambda units: _("%(units)s units left") % {"units": units},
}


def details_of(notice: OrderNotice) -> str:
    """The facts of a notice in their order, moments as people read them."""
    told = [
        _WORDS[name](value) if name in _WORDS else _told(value)
        for name, value in notice.facts.items()
        if name not in LEFT_OUT and value not in (None, "")
    ]
    return " · ".join(told)


def _told(value: object) -> str:
    moment = parse_datetime(value) if isinstance(value, str) and "T" in value else None
    return date_format(localtime(moment), "DATETIME_FORMAT") if isinstance(moment, datetime) else str(value)
