"""The stock of a whole province at once: what its institutions could give each other, and what they are warned of.

The same as ``rules.stock_warnings``, as sets in SQL.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.timezone import localdate

from catalog.rules.supply_rules import SupplyRules
from distribution.queries.stock import since
from distribution.rules.redistribution import Spare
from distribution.rules.stock_warnings import near_expiry_before
from distribution.states import StockWarning

# By institution and product: units used per month, units that may be issued, and lots to look at.
STANDING = """
WITH institution AS (
    SELECT id, region_id FROM accounts_organization
    WHERE kind = 'institution' AND is_active AND region_id LIKE %(province)s
), used AS (
    SELECT lot.holder_id, lot.product_id, -sum(entry.units)::numeric / %(months)s AS monthly
    FROM distribution_stockentry entry JOIN distribution_stocklot lot ON lot.id = entry.lot_id
    JOIN institution ON institution.id = lot.holder_id
    WHERE entry.kind = 'issue' AND entry.entered_at >= %(since)s AND entry.entered_at <= %(at)s
        AND (%(products)s::bigint[] IS NULL OR lot.product_id = ANY(%(products)s::bigint[]))
    GROUP BY lot.holder_id, lot.product_id
), lot AS (
    SELECT lot.holder_id, lot.product_id, lot.units, lot.expires_on, EXISTS (
        SELECT FROM distribution_lothold hold
        WHERE hold.product_id = lot.product_id AND hold.lifted_at IS NULL AND hold.province_id IS NULL
            AND (hold.lot_number = '' OR upper(hold.lot_number) = upper(lot.lot_number))
    ) AS is_held
    FROM distribution_stocklot lot JOIN institution ON institution.id = lot.holder_id
    WHERE lot.plan_id IS NULL AND lot.units > 0
        AND (%(products)s::bigint[] IS NULL OR lot.product_id = ANY(%(products)s::bigint[]))
), kept AS (
    SELECT holder_id, product_id,
        sum(units) FILTER (WHERE expires_on >= %(today)s AND NOT is_held) AS usable,
        count(*) FILTER (WHERE expires_on < %(today)s) AS expired,
        count(*) FILTER (WHERE expires_on >= %(today)s AND is_held) AS held,
        count(*) FILTER (WHERE expires_on >= %(today)s AND NOT is_held AND expires_on < %(near)s) AS near_expiry
    FROM lot GROUP BY holder_id, product_id
), standing AS (
    SELECT holder_id, product_id, coalesce(kept.usable, 0) AS usable, coalesce(used.monthly, 0) AS monthly,
        coalesce(expired, 0) AS expired, coalesce(held, 0) AS held, coalesce(near_expiry, 0) AS near_expiry
    FROM kept FULL JOIN used USING (holder_id, product_id)
)
"""

SPARES = f"""{STANDING}, spare AS (
    SELECT holder_id, product_id, floor(usable - monthly * %(cover)s)::bigint AS units FROM standing
)
SELECT spare.holder_id, institution.region_id, spare.product_id, spare.units
FROM spare JOIN institution ON institution.id = spare.holder_id
WHERE spare.units <> 0 AND spare.product_id IN (SELECT product_id FROM spare WHERE units < 0)
"""

WARNINGS = f"""{STANDING}
SELECT holder_id, sum(expired)::bigint, sum(held)::bigint, sum(near_expiry)::bigint,
    count(*) FILTER (WHERE monthly > 0 AND usable = 0),
    count(*) FILTER (WHERE usable > 0 AND usable < monthly * %(cover)s)
FROM standing GROUP BY holder_id ORDER BY holder_id
"""
COUNTED = (
    StockWarning.EXPIRED,
    StockWarning.HELD,
    StockWarning.NEAR_EXPIRY,
    StockWarning.STOCK_OUT,
    StockWarning.LOW,
)


def spares(
    province_id: str, *, at: datetime, rules: SupplyRules, products: Collection[int] | None = None
) -> list[Spare]:
    """What the institutions of a province lack, and what others have of it beyond the cover by their usual use."""
    return [Spare(*row) for row in _rows(SPARES, province_id, at, rules, products)]


def warning_counts(province_id: str, *, at: datetime, rules: SupplyRules) -> dict[int, dict[StockWarning, int]]:
    """By institution of a province: of how many lots and products its keeper is warned."""
    return {
        holder_id: dict(zip(COUNTED, counts, strict=True))
        for holder_id, *counts in _rows(WARNINGS, province_id, at, rules, None)
    }


def _rows(
    statement: str, province_id: str, at: datetime, rules: SupplyRules, products: Collection[int] | None
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, standing_values(province_id, at=at, rules=rules, products=products))
        return list(cursor.fetchall())


def standing_values(
    province_id: str, *, at: datetime, rules: SupplyRules, products: Collection[int] | None = None
) -> dict[str, Any]:
    """What ``STANDING`` asks for."""
    today = localdate(at)
    return {
        "province": f"{province_id[:2]}%",
        "months": rules.use_months,
        "since": since(at, rules.use_months),
        "at": at,
        "today": today,
        "near": near_expiry_before(today, rules.near_expiry_months),
        "cover": rules.cover_months,
        "products": None if products is None else list(products),
    }
