"""Moments in words."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import localtime


def spoken(moment: datetime) -> str:
    """A moment in the platform's zone to the second, as an error names it."""
    return localtime(moment).strftime("%Y-%m-%d %H:%M:%S")
