"""The signals of shortage of a whole province at once: reports, orders, stock and announced stops, as sets in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Sum
from django.utils.timezone import localdate

from catalog.models import Product
from catalog.rules.shortage_rules import ShortageRules
from catalog.rules.supply_rules import SupplyRules
from distribution.models import ShortageReport, StopNotice
from distribution.queries.province_stock import STANDING, standing_values
from distribution.rules.shortage import Figures
from distribution.states import OrderStatus, StockMove
from procurement.models import AgreementLine

# What a line of the backup supplier stands in for counts with that line: its packs come off what was not supplied, and
# what it does not supply itself comes back. What the institution did not want any more was not refused.
ORDERS = """
SELECT product.presentation_id,
    count(*) FILTER (WHERE first.id IS NULL) AS lines,
    coalesce(sum(line.packs * made.pack_quantity) FILTER (WHERE first.id IS NULL), 0)::bigint AS ordered,
    greatest(sum(lost.packs * made.pack_quantity)
        - coalesce(sum(line.packs * made.pack_quantity) FILTER (WHERE first.id IS NOT NULL), 0), 0)::bigint
        AS unsupplied,
    sum(silent.packs * made.pack_quantity)::bigint AS silent
FROM distribution_order o
JOIN distribution_orderline line ON line.order_id = o.id
JOIN catalog_product made ON made.id = line.product_id
LEFT JOIN distribution_orderline first ON first.id = line.replaces_id
LEFT JOIN distribution_order of_first ON of_first.id = first.order_id
JOIN catalog_product product ON product.id = coalesce(first.product_id, line.product_id)
CROSS JOIN LATERAL (
    SELECT CASE WHEN o.status = %(placed)s AND o.answer_due_at < %(at)s
        THEN line.packs - line.closed_packs ELSE 0 END AS packs
) silent
CROSS JOIN LATERAL (
    SELECT silent.packs + CASE WHEN o.status = %(refused)s OR line.answer_code <> ''
        THEN greatest(line.closed_packs - line.returned_packs, 0) ELSE 0 END AS packs
) lost
WHERE o.province_id = %(province)s AND o.status <> %(cancelled)s
    AND o.placed_at >= %(since)s AND o.placed_at <= %(at)s
    AND coalesce(of_first.placed_at, o.placed_at) >= %(since)s
    AND (first.id IS NOT NULL OR o.status <> %(placed)s OR o.answer_due_at < %(at)s)
    AND (%(presentations)s::bigint[] IS NULL OR product.presentation_id = ANY(%(presentations)s::bigint[]))
GROUP BY product.presentation_id
"""
STOCK = f"""{STANDING}, of_holder AS (
    SELECT product.presentation_id, standing.holder_id, sum(usable) AS usable, sum(monthly) AS monthly
    FROM standing JOIN catalog_product product ON product.id = standing.product_id
    GROUP BY product.presentation_id, standing.holder_id
), moved AS (
    SELECT product.presentation_id, sum(entry.units) AS units
    FROM distribution_stockentry entry
    JOIN distribution_stocklot lot ON lot.id = entry.lot_id
    JOIN institution ON institution.id = lot.holder_id
    JOIN catalog_product product ON product.id = lot.product_id
    -- every kind, named for the index
    WHERE lot.plan_id IS NULL AND entry.kind = ANY(%(kinds)s)
        AND entry.entered_at >= %(window)s AND entry.entered_at <= %(at)s
        AND (%(products)s::bigint[] IS NULL OR lot.product_id = ANY(%(products)s::bigint[]))
    GROUP BY product.presentation_id
)
SELECT of_holder.presentation_id, sum(usable)::bigint, sum(monthly), coalesce(min(moved.units), 0)::bigint,
    count(*) FILTER (WHERE monthly > 0), count(*) FILTER (WHERE monthly > 0 AND usable = 0)
FROM of_holder LEFT JOIN moved ON moved.presentation_id = of_holder.presentation_id
GROUP BY of_holder.presentation_id HAVING sum(monthly) > 0
"""


def signals(
    province_id: str,
    *,
    at: datetime,
    rules: ShortageRules,
    supply: SupplyRules,
    presentations: Collection[int] | None = None,
) -> dict[int, Figures]:
    """What is known of each presentation of which anything is, by its id; of the ``presentations`` alone if named."""
    since = at - timedelta(days=rules.window_days)
    known: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for names, rows in (
        (("institutions", "lacking"), _reports(province_id, since, presentations)),
        (("lines", "ordered", "unsupplied", "silent"), _orders(province_id, since, at, presentations)),
        (
            ("usable", "monthly", "moved", "users", "users_out"),
            _stock(province_id, since, at, supply, presentations),
        ),
        (("stops_in", "others"), _stops(province_id, at, rules, presentations)),
    ):
        for presentation_id, *values in rows:
            known[presentation_id] |= dict(zip(names, values, strict=True))
    return {presentation_id: Figures(**values) for presentation_id, values in known.items()}


def _reports(
    province_id: str, since: datetime, presentations: Collection[int] | None
) -> Iterable[tuple[int, int, int]]:
    reports = ShortageReport.objects.standing().filter(province=province_id, filed_at__gte=since)
    if presentations is not None:
        reports = reports.filter(product__presentation__in=presentations)
    counted = reports.order_by().values("product__presentation")
    return counted.annotate(institutions=Count("institution", distinct=True), lacking=Sum("units")).values_list(
        "product__presentation", "institutions", "lacking"
    )


def _orders(
    province_id: str, since: datetime, at: datetime, presentations: Collection[int] | None
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            ORDERS,
            {
                "province": province_id,
                "since": since,
                "at": at,
                "placed": OrderStatus.PLACED,
                "refused": OrderStatus.REFUSED,
                "cancelled": OrderStatus.CANCELLED,
                "presentations": None if presentations is None else list(presentations),
            },
        )
        return list(cursor.fetchall())


def _stock(
    province_id: str, since: datetime, at: datetime, supply: SupplyRules, presentations: Collection[int] | None
) -> list[tuple[Any, ...]]:
    products = (
        None
        if presentations is None
        else Product.objects.filter(presentation__in=presentations).values_list("pk", flat=True)
    )
    with connection.cursor() as cursor:
        values = standing_values(province_id, at=at, rules=supply, products=products)
        cursor.execute(STOCK, values | {"window": since, "kinds": StockMove.values})
        return list(cursor.fetchall())


def _stops(
    province_id: str, at: datetime, rules: ShortageRules, presentations: Collection[int] | None
) -> list[tuple[int, int, int]]:
    """By presentation that the province has agreed on: days until the first stop, and how many products go on."""
    today = localdate(at)
    horizon = today + timedelta(days=int(rules.stop_days.watch))
    stops = StopNotice.objects.standing(today).filter(stops_on__lte=horizon)
    if presentations is not None:
        stops = stops.filter(product__presentation__in=presentations)
    stopping: dict[int, Any] = {}
    for product_id, stops_on in stops.order_by("-stops_on").values_list("product", "stops_on"):
        stopping[product_id] = stops_on
    agreed = AgreementLine.objects.in_force(at).filter(
        province=province_id, product__presentation__in=Product.objects.filter(pk__in=stopping).values("presentation")
    )
    products: defaultdict[int, set[int]] = defaultdict(set)
    for presentation_id, product_id in agreed.order_by().values_list("product__presentation", "product").distinct():
        products[presentation_id].add(product_id)
    return [
        (
            presentation_id,
            min((stopping[product_id] - today).days for product_id in of_presentation & stopping.keys()),
            len(of_presentation - stopping.keys()),
        )
        for presentation_id, of_presentation in products.items()
        if of_presentation & stopping.keys()
    ]
