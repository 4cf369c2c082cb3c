"""What provinces pay, fixed by the service as awards fix it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from catalog.models import ProcurementPrice, Product
from catalog.services.procurement_prices import NewProcurementPrice, fix_procurement_prices
from catalog.states import PriceSource
from tests.cast import HENAN

LONG_AGO = date(2026, 1, 1)


def pays(
    product: Product,
    price: str,
    province_id: str = HENAN,
    *,
    valid_from: date = LONG_AGO,
    valid_until: date | None = None,
    source: PriceSource = PriceSource.AWARD,
) -> ProcurementPrice:
    """The province pays the price for a pack from the day on."""
    [fixed] = fix_procurement_prices(
        prices=[NewProcurementPrice(product, province_id, Decimal(price), "T0001")],
        source=source,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    return fixed
