"""What the institutions of a province kept and used in a month, product by product, as one set.

The ledger is read backwards from today's balances, so that a month costs what was moved since its first day. Worth is
at the retail price that the institution last reported by the month's end, else at the province's procurement price; a
report from before that price came into force says nothing of it any more.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.timezone import make_aware

from catalog.accounts.kinds import OrganizationKind
from catalog.models import Product
from catalog.queries.essential import essentiality
from catalog.rules.months import months_after
from distribution.states import StockMove

# What lies for the reserve is nobody's use.
SHELF = """
place AS MATERIALIZED (
    SELECT id, tier, region_id FROM accounts_organization
    WHERE kind = %(institution_kind)s AND region_id LIKE %(area)s
        AND (%(institution)s::bigint IS NULL OR id = %(institution)s)
), shelf AS MATERIALIZED (
    SELECT lot.id, lot.holder_id, lot.product_id, lot.units
    FROM distribution_stocklot lot JOIN place ON place.id = lot.holder_id
    WHERE lot.plan_id IS NULL
)"""
# Every kind of move is named, so that the index by kind and time serves.
KEPT = f"""
{SHELF}, moved AS MATERIALIZED (
    SELECT entry.lot_id, sum(entry.units) AS units, bool_or(entry.entered_at < %(until)s) AS is_in_month,
        -coalesce(
            sum(entry.units) FILTER (WHERE entry.kind = %(issue)s AND entry.entered_at < %(until)s), 0
        ) AS issued
    FROM distribution_stockentry entry JOIN shelf ON shelf.id = entry.lot_id
    WHERE entry.kind = ANY(%(moves)s) AND entry.entered_at >= %(since)s
    GROUP BY entry.lot_id
), kept AS MATERIALIZED (
    SELECT shelf.holder_id, shelf.product_id, sum(coalesce(moved.issued, 0))::bigint AS units
    FROM shelf LEFT JOIN moved ON moved.lot_id = shelf.id
    WHERE shelf.units > coalesce(moved.units, 0) OR moved.is_in_month
    GROUP BY shelf.holder_id, shelf.product_id
)"""

# ``price`` is yuan per unit. The product's last procurement price of the month is the one that holds at its end.
USED = f"""
{KEPT}, used AS MATERIALIZED (
    SELECT kept.holder_id, kept.product_id, presentation.medicine_id, kept.units, price.price,
        kept.product_id = ANY(%(essential)s) AS is_essential
    FROM kept
    JOIN catalog_product product ON product.id = kept.product_id
    JOIN catalog_presentation presentation ON presentation.id = product.presentation_id
    LEFT JOIN LATERAL (
        SELECT paid.price, lower(paid.validity) AS since FROM catalog_procurementprice paid
        WHERE kept.units > 0 AND paid.product_id = kept.product_id AND paid.province_id = %(province)s
            AND paid.validity && daterange(%(first)s, %(end)s)
        ORDER BY paid.validity DESC LIMIT 1
    ) paid ON true
    LEFT JOIN LATERAL (
        SELECT reported.price FROM distribution_retailprice reported
        WHERE kept.units > 0 AND reported.institution_id = kept.holder_id AND reported.product_id = kept.product_id
            AND reported.observed_on < %(end)s AND reported.observed_on >= coalesce(paid.since, '-infinity'::date)
        ORDER BY reported.observed_on DESC LIMIT 1
    ) reported ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(reported.price, paid.price) / product.pack_quantity AS price
    ) price
    WHERE presentation.form <> ALL(%(excluded)s)
)"""

EVER_KEPT = f"WITH {SHELF} SELECT DISTINCT product_id FROM shelf"


def use_parameters(
    province_id: str, month: date, *, excluded_forms: Collection[str], institution_id: int | None = None
) -> dict[str, Any]:
    """The values of ``USED``; the products that are essential on the month's last day are judged here, each once."""
    first, end = month.replace(day=1), months_after(month.replace(day=1), 1)
    given: dict[str, Any] = {
        "province": province_id,
        "area": f"{province_id[:2]}%",
        "institution": institution_id,
        "institution_kind": OrganizationKind.INSTITUTION,
        "first": first,
        "end": end,
        "since": _start_of(first),
        "until": _start_of(end),
        "moves": StockMove.values,
        "issue": StockMove.ISSUE,
        "excluded": list(excluded_forms),
    }
    with connection.cursor() as cursor:
        cursor.execute(EVER_KEPT, given)
        products = Product.objects.filter(pk__in=[pk for (pk,) in cursor.fetchall()])
    judged = essentiality(products, months_after(first, 1) - date.resolution, province_id)
    return given | {"essential": [pk for pk, found in judged.items() if found.is_essential]}


def _start_of(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True, slots=True)
class UsedProduct:
    """A product as an institution kept and used it in a month: units issued, and yuan where a price is known."""

    product: Product
    units: int
    amount: Decimal | None
    is_essential: bool


def used_products(
    institution_id: int, province_id: str, month: date, *, excluded_forms: Collection[str]
) -> list[UsedProduct]:
    """The rows behind a figure: every product that the institution kept in the month, what is worth most first."""
    given = use_parameters(province_id, month, excluded_forms=excluded_forms, institution_id=institution_id)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {USED} SELECT product_id, units, round(units * price, 2), is_essential FROM used", given)
        rows = cursor.fetchall()
    products = Product.objects.select_related("presentation__medicine", "manufacturer").in_bulk(
        [row[0] for row in rows]
    )
    found = [UsedProduct(products[pk], units, amount, is_essential) for pk, units, amount, is_essential in rows]
    return sorted(found, key=lambda item: (-(item.amount or 0), -item.units, item.product.code))
