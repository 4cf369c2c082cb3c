"""What was saved against the guide prices, as figures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext as _

from catalog.foundation.figures.bars import Bar, draw_bars
from catalog.foundation.figures.figure import Column, Figure, Kind, percent
from distribution.queries.dashboards.scope import Scope

MOST_BARS = 12
# Packs that were kept, at the price of their order and at the guide price of its day.
BOUGHT = """
WITH bought AS (
    SELECT medicine.id, medicine.name, line.accepted_packs AS packs, line.price,
        price_limit.ceiling
    FROM distribution_orderline line
    JOIN distribution_order o ON o.id = line.order_id
    JOIN accounts_organization place ON place.id = coalesce(o.recipient_id, o.institution_id)
    JOIN catalog_product product ON product.id = line.product_id
    JOIN catalog_presentation presentation ON presentation.id = product.presentation_id
    JOIN catalog_medicine medicine ON medicine.id = presentation.medicine_id
    LEFT JOIN distribution_pricelimit price_limit ON price_limit.province_id = o.province_id
        AND price_limit.product_id = line.product_id
        AND price_limit.valid_from <= (o.placed_at AT TIME ZONE %(zone)s)::date
        AND (o.placed_at AT TIME ZONE %(zone)s)::date < price_limit.valid_until
    WHERE o.placed_at >= %(begin)s AND o.placed_at < %(end)s
        AND (%(province)s::text IS NULL OR o.province_id = %(province)s)
        AND line.accepted_packs > 0
        AND (%(county)s::text IS NULL OR place.region_id = %(county)s)
        AND (%(institution)s::bigint IS NULL OR %(institution)s IN (o.institution_id, o.recipient_id))
        AND (%(firm)s::bigint IS NULL OR %(firm)s IN (o.supplier_id, o.distributor_id))
)
SELECT id, name, coalesce(sum(packs * price) FILTER (WHERE ceiling IS NOT NULL), 0) AS paid,
    coalesce(sum(packs * ceiling), 0) AS at_ceiling,
    coalesce(sum(packs * price) FILTER (WHERE ceiling IS NULL), 0) AS without
FROM bought GROUP BY id, name
ORDER BY coalesce(sum(packs * (ceiling - price)), 0) DESC, id
"""


def savings(scope: Scope) -> Figure:
    """The guide price less the price paid, for every pack that was received and kept, by medicine."""
    with connection.cursor() as cursor:
        cursor.execute(BOUGHT, scope.values | {"zone": get_current_timezone_name()})
        found = cursor.fetchall()
    compared = [row for row in found if row[3]]
    return Figure(
        name="savings",
        title=_("Saved against the guide prices"),
        words=_words(compared, sum((row[4] for row in found), Decimal(0))),
        source=_(
            "packs received and kept, at the price of their order and at the guide price of the day it was placed"
        ),
        columns=[
            Column(_("medicine")),
            Column(_("paid (yuan)"), Kind.YUAN),
            Column(_("at the guide price (yuan)"), Kind.YUAN),
            Column(_("saved (yuan)"), Kind.YUAN),
            Column(_("saved (share)"), Kind.SHARE),
        ],
        rows=[[name, paid, top, top - paid, (top - paid) / top] for _id, name, paid, top, _without in compared],
        drawing=draw_bars(
            [Bar(name, top - paid) for _id, name, paid, top, _without in compared[:MOST_BARS] if top > paid],
            unit=_("saved (yuan)"),
            worded=lambda amount: f"¥{amount:,.0f}",
        ),
        links=[scope.row_of("medicine", row[0]) for row in compared],
        address=scope.list_of("orders"),
    )


def _words(rows: Sequence[Any], without: Decimal) -> str:
    if not rows:
        return ""
    paid, top = sum((row[2] for row in rows), Decimal(0)), sum((row[3] for row in rows), Decimal(0))
    words = _("%(paid)s were paid for what would have cost %(top)s at the guide prices: %(saved)s less, %(share)s.") % {
        "paid": f"¥{paid:,.2f}",
        "top": f"¥{top:,.2f}",
        "saved": f"¥{top - paid:,.2f}",
        "share": percent((top - paid) / top),
    }
    if without:
        said = _("Medicines for %(amount)s have no guide price and are left out.")
        words += " " + said % {"amount": f"¥{without:,.2f}"}
    return words
