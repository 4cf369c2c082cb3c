"""Differences of shares, as people read them."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import ngettext


def points(share: Decimal | str) -> str:
    """A difference of shares of 0 to 1 in percentage points, without idle zeros."""
    number = Decimal(share) * 100
    # a part of a point is spoken of in the plural
    return ngettext("%(number)s percentage point", "%(number)s percentage points", 1 if number == 1 else 2) % {
        "number": plain_points(share)
    }


def plain_points(share: Decimal | str) -> str:
    """The number of points alone."""
    return f"{Decimal(share) * 100:.2f}".rstrip("0").rstrip(".")
