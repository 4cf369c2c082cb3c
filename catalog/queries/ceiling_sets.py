"""The ceilings of many products on many days, as a temporary table that other statements join."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection

from catalog.models import Product
from catalog.queries.ceilings import Ceiling, guide_prices

# What decisions state: the maker's own price before that for all makers.
STATED = """
CREATE TEMP TABLE ceiling_of_day ON COMMIT DROP AS
SELECT asked.product_id, asked.day, COALESCE(own.id, general.id) AS guide_price_id,
       COALESCE(own.price, general.price) AS amount, NULL::jsonb AS steps
FROM ceiling_asked AS asked
JOIN catalog_product AS product ON product.id = asked.product_id
LEFT JOIN catalog_guideprice AS own
    ON own.presentation_id = product.presentation_id AND own.pack_quantity = product.pack_quantity
   AND own.manufacturer_id = product.manufacturer_id AND own.validity @> asked.day
LEFT JOIN catalog_guideprice AS general
    ON general.presentation_id = product.presentation_id AND general.pack_quantity = product.pack_quantity
   AND general.manufacturer_id IS NULL AND general.validity @> asked.day
WHERE own.id IS NOT NULL OR general.id IS NOT NULL
"""

# What is left is the same on all days on which the same representatives and the same ratios hold: a regime.
REGIMES = """
CREATE TEMP TABLE ceiling_regime ON COMMIT DROP AS
WITH missing AS (
    SELECT asked.product_id, asked.day, presentation.medicine_id
    FROM ceiling_asked AS asked
    JOIN catalog_product AS product ON product.id = asked.product_id
    JOIN catalog_presentation AS presentation ON presentation.id = product.presentation_id
    WHERE NOT EXISTS (
        SELECT FROM ceiling_of_day AS stated WHERE stated.product_id = asked.product_id AND stated.day = asked.day
    )
), basis AS (
    SELECT wanted.medicine_id, wanted.day, array_agg(guide.id ORDER BY guide.id) AS guides
    FROM (SELECT DISTINCT medicine_id, day FROM missing) AS wanted
    JOIN catalog_presentation AS presentation ON presentation.medicine_id = wanted.medicine_id
    JOIN catalog_guideprice AS guide ON guide.presentation_id = presentation.id
    WHERE guide.is_representative AND guide.validity @> wanted.day
    GROUP BY wanted.medicine_id, wanted.day
)
SELECT missing.product_id, missing.day, rules.id AS rules_id, basis.guides,
       min(missing.day) OVER (PARTITION BY missing.medicine_id, rules.id, basis.guides) AS medicine_day,
       min(missing.day) OVER (PARTITION BY missing.product_id, rules.id, basis.guides) AS product_day
FROM missing
JOIN basis USING (medicine_id, day)
JOIN catalog_ruleset AS rules ON rules.kind = 'price_ratio' AND rules.validity @> missing.day
"""

DERIVED = """
INSERT INTO ceiling_of_day (product_id, day, guide_price_id, amount, steps)
SELECT regime.product_id, regime.day, derived.guide_price_id, derived.amount, derived.steps
FROM ceiling_regime AS regime
JOIN ceiling_derived AS derived USING (product_id, product_day)
"""


def make_ceilings(asked: str, parameters: Iterable[Any] = ()) -> None:
    """Make the temporary table ``ceiling_of_day``: product_id, day, guide_price_id, amount (yuan per pack), steps.

    ``asked`` is a SELECT of product_id and day; a pair without a ceiling has no row, a stated ceiling no ``steps``. In
    as many statements for millions as for one, but for one reading of the ratio rules for each regime of a medicine.
    Part of the caller's transaction, at whose end the table is gone.
    """
    with connection.cursor() as cursor:
        for table in ("ceiling_asked", "ceiling_of_day", "ceiling_regime", "ceiling_derived"):
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        cursor.execute(f"CREATE TEMP TABLE ceiling_asked ON COMMIT DROP AS SELECT DISTINCT * FROM ({asked}) AS asked")
        cursor.execute("ANALYZE ceiling_asked")
        cursor.execute(STATED)
        cursor.execute("ANALYZE ceiling_of_day")
        cursor.execute(REGIMES)
        cursor.execute("SELECT DISTINCT product_id, medicine_day, product_day FROM ceiling_regime")
        regimes = cursor.fetchall()
        if regimes:
            cursor.execute(
                "CREATE TEMP TABLE ceiling_derived (product_id bigint, product_day date, guide_price_id bigint,"
                " amount numeric(18, 4), steps jsonb) ON COMMIT DROP"
            )
            statement = "COPY ceiling_derived (product_id, product_day, guide_price_id, amount, steps) FROM STDIN"
            # read before the copy begins, which has the connection to itself
            derived = _derive(regimes)
            with cursor.copy(statement) as copy:
                for (product_id, day), ceiling in derived.items():
                    steps = json.dumps(ceiling.steps)
                    copy.write_row((product_id, day, ceiling.guide_price.pk, ceiling.price, steps))
            cursor.execute(DERIVED)
        cursor.execute("ANALYZE ceiling_of_day")


def _derive(regimes: Iterable[tuple[int, date, date]]) -> dict[tuple[int, date], Ceiling]:
    """The derived ceilings by product and the day that stands for its regime.

    Asked on a day that the medicine's products share, which keeps the days few; a product that has a stated price on
    that one is asked on a day of its own.
    """
    regimes = list(regimes)
    products = Product.objects.in_bulk({product_id for product_id, _shared, _own in regimes})
    found: dict[tuple[int, date], Ceiling] = {}
    by_day: dict[date, list[tuple[int, date]]] = defaultdict(list)
    for product_id, shared, own in regimes:
        by_day[shared].append((product_id, own))
    apart: dict[date, list[tuple[int, date]]] = defaultdict(list)
    for wanted, others in ((by_day, apart), (apart, None)):
        for day, keys in wanted.items():
            ceilings = guide_prices([products[product_id] for product_id, _own in keys], day)
            for key in keys:
                ceiling = ceilings.get(key[0])
                if ceiling is not None and ceiling.derived is not None:
                    found[key] = ceiling
                elif ceiling is not None and others is not None:
                    others[key[1]].append(key)
    return found
