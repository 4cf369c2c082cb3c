"""Who received what of some lots, and what became of it: from receipts, ledger and shelves, in one query."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.models import Product
from distribution.querysets import OFFICERS, sees_everything

# An empty list of lots means every lot of the product; great and small letters are one.
OF_LOTS = "(%(lots)s::text[] = '{{}}' OR upper({column}) = ANY(%(lots)s::text[]))"

TRACE = f"""
WITH line AS (
    SELECT coalesce(ordered.recipient_id, ordered.institution_id) AS holder_id, sent.status, sent_line.id,
        sent_line.packs, product.pack_quantity
    FROM distribution_orderline order_line
    JOIN catalog_product product ON product.id = order_line.product_id
    JOIN distribution_despatchline sent_line ON sent_line.order_line_id = order_line.id
    JOIN distribution_despatch sent ON sent.id = sent_line.despatch_id
    JOIN distribution_order ordered ON ordered.id = sent.order_id
    WHERE order_line.product_id = %(product)s AND {OF_LOTS.format(column="sent_line.lot_number")}
), arrived AS (
    SELECT line.holder_id, sum(receipt_line.accepted_packs * line.pack_quantity) AS units
    FROM line JOIN distribution_receiptline receipt_line ON receipt_line.despatch_line_id = line.id
    GROUP BY line.holder_id
), under_way AS (
    SELECT holder_id, sum(packs * pack_quantity) AS units FROM line WHERE status = 'sent' GROUP BY holder_id
), lot AS (
    SELECT id, holder_id, units FROM distribution_stocklot
    WHERE product_id = %(product)s AND {OF_LOTS.format(column="lot_number")}
), kept AS (
    SELECT holder_id, sum(units) AS units FROM lot GROUP BY holder_id
), moved AS (
    SELECT lot.holder_id,
        -sum(entry.units) FILTER (WHERE entry.kind = 'issue') AS issued,
        -sum(entry.units) FILTER (WHERE entry.kind IN ('return', 'recall') AND entry.entered_at >= %(since)s) AS back,
        -sum(entry.units) FILTER (WHERE entry.kind = 'write_off' AND entry.entered_at >= %(since)s) AS destroyed
    FROM lot JOIN distribution_stockentry entry ON entry.lot_id = lot.id
    GROUP BY lot.holder_id
)
SELECT holder.id, holder.code, coalesce(nullif(holder.short_name, ''), holder.name), coalesce(holder.region_id, ''),
    coalesce(arrived.units, 0)::bigint, coalesce(under_way.units, 0)::bigint, coalesce(kept.units, 0)::bigint,
    coalesce(moved.issued, 0)::bigint, coalesce(moved.back, 0)::bigint, coalesce(moved.destroyed, 0)::bigint
FROM arrived FULL JOIN under_way USING (holder_id) FULL JOIN kept USING (holder_id) LEFT JOIN moved USING (holder_id)
JOIN accounts_organization holder ON holder.id = holder_id
ORDER BY coalesce(kept.units, 0) DESC, holder.code
"""

UNITS_RECEIVED = f"""
SELECT coalesce(sum(units) FILTER (WHERE {OF_LOTS.format(column="lot_number")}), 0)::bigint,
    coalesce(sum(units), 0)::bigint
FROM (
    SELECT sent_line.lot_number, receipt_line.accepted_packs * product.pack_quantity AS units
    FROM distribution_orderline order_line
    JOIN catalog_product product ON product.id = order_line.product_id
    JOIN distribution_despatchline sent_line ON sent_line.order_line_id = order_line.id
    JOIN distribution_receiptline receipt_line ON receipt_line.despatch_line_id = sent_line.id
    WHERE order_line.product_id = %(product)s
) received
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """One organization and the lots, in units: received and still under way by orders, on hand, issued to patients.

    ``back`` and ``destroyed`` left since the moment that was asked about. Who has a lot without a receipt took it over
    from another, or had it before the platform.
    """

    id: int
    code: str
    name: str
    region: str
    received: int
    under_way: int
    on_hand: int
    issued: int
    back: int
    destroyed: int


def holders_of(product_id: int, lots: Collection[str], *, since: datetime) -> list[Holder]:
    """Everybody who received or keeps the lots (every lot of the product where none is named), the most stock first."""
    return [Holder(*row) for row in _rows(TRACE, product_id, lots, since)]


def holders_seen_by(actor: Actor, product: Product, lots: Collection[str], *, since: datetime) -> list[Holder]:
    """Those of them that the actor may see: all for officers, supervisors and the maker, else one's own alone."""
    rows = holders_of(product.pk, lots, since=since)
    is_maker = actor.has(Role.SUPPLIER_AGENT) and actor.organization_id == product.manufacturer_id
    if is_maker or actor.has(*OFFICERS) or sees_everything(actor):
        return rows
    return [row for row in rows if row.id == actor.organization_id]


def units_received(product_id: int, lot_number: str) -> tuple[int, int]:
    """The units accepted by receipts: of the lot, and of all lots of the product."""
    [(of_lot, of_all)] = _rows(UNITS_RECEIVED, product_id, [lot_number], None)
    return of_lot, of_all


def _rows(statement: str, product_id: int, lots: Collection[str], since: datetime | None) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {"product": product_id, "lots": [lot.upper() for lot in lots], "since": since}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
