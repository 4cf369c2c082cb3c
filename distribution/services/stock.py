"""Stock by lot: the one place that changes it, and the ledger that says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import connection

from catalog.foundation.actor import Actor
from catalog.foundation.errors import refuse
from catalog.models import Product
from distribution.errors import NotEnoughStock
from distribution.models import StockEntry
from distribution.states import StockMove

MOVED = """
    SELECT * FROM unnest(
        %(holders)s::bigint[], %(products)s::bigint[], %(lots)s::text[], %(expiries)s::date[], %(plans)s::bigint[],
        %(units)s::bigint[]
    ) WITH ORDINALITY AS moved (holder_id, product_id, lot_number, expires_on, plan_id, units, position)
"""

# In one order of lots, so that two who receive the same new ones cannot wait for each other.
CREATE = f"""
WITH moved AS ({MOVED})
INSERT INTO distribution_stocklot (holder_id, product_id, lot_number, expires_on, plan_id, units)
SELECT holder_id, product_id, lot_number, expires_on, plan_id, 0 FROM moved WHERE units > 0
ORDER BY holder_id, product_id, lot_number, expires_on, plan_id
ON CONFLICT (holder_id, product_id, lot_number, expires_on, plan_id) DO NOTHING
"""

CHANGE = f"""
WITH moved AS ({MOVED}), locked AS (
    SELECT lot.id, moved.units, moved.position
    FROM distribution_stocklot lot JOIN moved
        ON lot.holder_id = moved.holder_id AND lot.product_id = moved.product_id
        AND lot.lot_number = moved.lot_number AND lot.expires_on = moved.expires_on
        AND lot.plan_id IS NOT DISTINCT FROM moved.plan_id
    ORDER BY lot.id
    FOR NO KEY UPDATE OF lot
)
UPDATE distribution_stocklot lot
SET units = lot.units + locked.units
FROM locked
WHERE lot.id = locked.id AND lot.units + locked.units >= 0
RETURNING locked.position, lot.id
"""

BALANCE = f"""
WITH moved AS ({MOVED})
SELECT moved.position, coalesce(lot.units, 0)
FROM moved LEFT JOIN distribution_stocklot lot
    ON lot.holder_id = moved.holder_id AND lot.product_id = moved.product_id
    AND lot.lot_number = moved.lot_number AND lot.expires_on = moved.expires_on
    AND lot.plan_id IS NOT DISTINCT FROM moved.plan_id
"""


@dataclass(frozen=True, slots=True)
class Move:
    """Signed smallest units of a lot that come to or leave its keeper; ``plan_id`` where it lies for a reserve."""

    holder_id: int
    product_id: int
    lot_number: str
    expires_on: date
    units: int
    plan_id: int | None = None


def enter_stock(
    moves: Iterable[Move], *, kind: StockMove, reference: str, actor: Actor, at: datetime, reason: str = ""
) -> list[StockEntry]:
    """Change the stock of lots and write the ledger; a lot that comes for the first time is created.

    Part of the caller's transaction. The lots are locked by one statement in the order of their keys. Several moves of
    one lot are one entry with their sum, and none where it is nought. A reference is entered once per lot and kind.

    Raises:
        RulesBroken: with a ``NotEnoughStock`` for each lot that holds less than is to leave it.
        IntegrityError: the reference was entered before.
    """
    sums = _sums(moves)
    if not sums:
        return []
    columns = _columns(sums)
    with connection.cursor() as cursor:
        cursor.execute(CREATE, columns)
        cursor.execute(CHANGE, columns)
        lot_ids: dict[int, int] = dict(cursor.fetchall())
    if len(lot_ids) < len(sums):
        _refuse_short(sums, lot_ids)
    return StockEntry.objects.bulk_create(
        StockEntry(
            lot_id=lot_ids[position],
            kind=kind,
            units=move.units,
            reference=reference,
            reason=reason,
            entered_at=at,
            entered_by_id=actor.user_id,
        )
        for position, move in enumerate(sums, 1)
    )


def _sums(moves: Iterable[Move]) -> list[Move]:
    totals: Counter[Move] = Counter()
    for move in moves:
        totals[replace(move, units=0)] += move.units
    return [replace(lot, units=units) for lot, units in totals.items() if units]


def _columns(moves: list[Move]) -> dict[str, list[object]]:
    return {
        "holders": [move.holder_id for move in moves],
        "products": [move.product_id for move in moves],
        "lots": [move.lot_number for move in moves],
        "expiries": [move.expires_on for move in moves],
        "plans": [move.plan_id for move in moves],
        "units": [move.units for move in moves],
    }


def _refuse_short(moves: list[Move], changed: dict[int, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BALANCE, _columns(moves))
        balances: dict[int, int] = dict(cursor.fetchall())
    short = {position: move for position, move in enumerate(moves, 1) if position not in changed}
    products = Product.objects.select_related("presentation__medicine").in_bulk(
        {move.product_id for move in short.values()}
    )
    refuse(
        [
            NotEnoughStock(
                product=products[move.product_id],
                lot=move.lot_number,
                units=-move.units,
                available=balances[position],
            )
            for position, move in short.items()
        ]
    )
