"""When the keeper of stock is warned: of a lot that nears its last day of use, of a product that runs out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from catalog.rules.months import months_after
from distribution.states import StockWarning


def near_expiry_before(today: date, months: int) -> date:
    """Lots whose last day of use lies before this day are near their expiry; exactly so many months of life is near."""
    return months_after(today, months)


def warning_of_product(*, usable: int, monthly_use: Decimal, cover_months: Decimal) -> StockWarning | None:
    """Whether a product that is used runs out: ``usable`` units for ``cover_months`` of its usual use.

    What nobody uses is not missed.
    """
    if not monthly_use:
        return None
    if not usable:
        return StockWarning.STOCK_OUT
    return StockWarning.LOW if usable < monthly_use * cover_months else None
