"""Shares of a whole, as people read them."""

from __future__ import annotations

from decimal import Decimal


def percent(share: Decimal | str) -> str:
    """A share of 0 to 1 in percent, without idle zeros."""
    value = (Decimal(share) * 100).normalize()
    return f"{value:f}%"
