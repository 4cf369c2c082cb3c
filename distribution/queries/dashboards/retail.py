"""Retail prices against the guide prices of their days, as a figure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from catalog.foundation.figures.figure import Column, Figure, Kind
from catalog.foundation.figures.scatter import Axes, Point, draw_scatter
from distribution.queries.dashboards.scope import Scope

# Prices that lie within some 2 % of each other are one dot, which says how many they are.
PLACES_PER_DECADE = 100
MOST_ROWS = 200
COMPARED = """
FROM distribution_retailprice price
JOIN distribution_retailreport report ON report.id = price.report_id
JOIN distribution_pricelimit price_limit ON price_limit.province_id = report.province_id
    AND price_limit.product_id = price.product_id AND price_limit.valid_from <= price.observed_on
    AND price.observed_on < price_limit.valid_until
JOIN accounts_organization institution ON institution.id = price.institution_id
WHERE report.province_id = %(province)s AND price_limit.ceiling IS NOT NULL
    AND price.observed_on >= %(since)s AND price.observed_on < %(until)s
    AND (%(county)s::text IS NULL OR institution.region_id = %(county)s)
    AND (%(institution)s::bigint IS NULL OR price.institution_id = %(institution)s)
"""
DOTS = f"""
SELECT round(log(price_limit.ceiling::float8) * %(places)s)::int AS across,
    round(log(price.price::float8) * %(places)s)::int AS up, price.price > price_limit.ceiling AS is_above, count(*)
{COMPARED}
GROUP BY 1, 2, 3
"""
ABOVE = f"""
SELECT price.id, institution.name, medicine.name || ' ' || presentation.strength || ' × ' || product.pack_quantity,
    price.observed_on, price.price, price_limit.ceiling, price.price - price_limit.ceiling
{
    COMPARED.replace(
        "WHERE",
        '''JOIN catalog_product product ON product.id = price.product_id
JOIN catalog_presentation presentation ON presentation.id = product.presentation_id
JOIN catalog_medicine medicine ON medicine.id = presentation.medicine_id
WHERE''',
        1,
    )
}
    AND price.price > price_limit.ceiling
ORDER BY price.price::float8 / price_limit.ceiling::float8 DESC, price.id
LIMIT %(most)s
"""


def retail_prices(scope: Scope) -> Figure:
    """Every reported price of which a guide price is known as a dot; those above it as rows, the furthest first."""
    values = scope.values | {"places": PLACES_PER_DECADE, "most": MOST_ROWS}
    with connection.cursor() as cursor:
        cursor.execute(DOTS, values)
        dots = cursor.fetchall()
        cursor.execute(ABOVE, values)
        above = cursor.fetchall()
    count = sum(number for *_place, number in dots)
    count_above = sum(number for _across, _up, is_above, number in dots if is_above)
    words = _("%(above)s of %(count)s reported prices lie above the guide price of their day.")
    if above:
        words += " " + _("The furthest is %(price)s at %(institution)s, where %(ceiling)s is allowed.") % {
            "institution": above[0][1],
            "price": f"¥{above[0][4]:,.2f}",
            "ceiling": f"¥{above[0][5]:,.2f}",
        }
    return Figure(
        name="retail-prices",
        title=_("Retail prices against the guide price"),
        words=words % {"above": f"{count_above:,}", "count": f"{count:,}"} if count else "",
        source=_("retail prices reported for these days, and the guide prices in force on them, stated or derived"),
        columns=[
            Column(_("institution")),
            Column(_("product")),
            Column(_("day"), Kind.DAY),
            Column(_("retail price (yuan per pack)"), Kind.YUAN),
            Column(_("guide price (yuan per pack)"), Kind.YUAN),
            Column(_("excess (yuan per pack)"), Kind.YUAN),
        ],
        rows=[row[1:] for row in above],
        drawing=draw_scatter([_point(*dot) for dot in dots], _axes()),
        links=[scope.row_of("retail_price", row[0]) for row in above],
        address=scope.list_of("findings"),
    )


def _point(across: Any, up: Any, is_above: bool, count: int) -> Point:
    guide_price, price = _amount(across), _amount(up)
    said = _("%(count)s: about ¥%(price)s where the guide price is about ¥%(guide_price)s")
    words = said % {"count": count, "price": f"{price:.2f}", "guide_price": f"{guide_price:.2f}"}
    return Point(guide_price, price, words, is_above)


def _amount(place: Any) -> Decimal:
    return Decimal(10) ** (Decimal(place) / PLACES_PER_DECADE)


def _axes() -> Axes:
    return Axes(
        across=_("guide price (yuan per pack, each step a multiple)"),
        up=_("retail price (yuan per pack)"),
        line=_("on the line: exactly the guide price"),
        above=_("above the guide price"),
    )
