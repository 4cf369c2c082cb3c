"""States that a query states, in words."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise

from procurement.states import LotStatus

register = template.Library()


@register.filter
def lot_status(value: str) -> str | Promise:
    """The state of a lot as the public may know it."""
    return LotStatus(value).label
