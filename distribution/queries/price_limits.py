"""The limits of retail prices, drawn up as a set: temporary tables of the caller's transaction."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from catalog.accounts.kinds import Tier
from catalog.models import GuidePrice, RuleSet
from catalog.queries.ceiling_sets import make_ceilings
from catalog.rules.derivation_words import in_words
from catalog.rules.retail_rules import RetailRules
from distribution.models import PriceLimit

TABLES = ("limit_rules", "limit_day", "limit_ceiling", "limit_words", "limit_peers", "limit_edge", "limit_new")
BEGIN, END = "date '0001-01-01'", "date '9999-12-31'"

WANTED = "CREATE TEMP TABLE limit_wanted ON COMMIT DROP AS SELECT DISTINCT product_id, province_id FROM ({}) AS wanted"

# What the rule sets say, read once and by one reader.
RULES = """
CREATE TEMP TABLE limit_rules ON COMMIT DROP AS
SELECT rules.id, rules.validity, said.least_markup, said.low, said.high, said.least_peers
FROM unnest(%(ids)s::bigint[], %(least_markups)s::numeric[], %(lows)s::numeric[], %(highs)s::numeric[],
            %(least_peers)s::integer[]) AS said (id, least_markup, low, high, least_peers)
JOIN catalog_ruleset AS rules ON rules.id = said.id
"""

# The days on which the ceiling of a product may change: by a price of its own or of a representative, or by the ratios.
DAYS = f"""
CREATE TEMP TABLE limit_day ON COMMIT DROP AS
WITH wanted AS (SELECT DISTINCT product_id FROM limit_wanted), periods AS (
    SELECT product.id AS product_id, guide.validity
    FROM wanted
    JOIN catalog_product AS product ON product.id = wanted.product_id
    JOIN catalog_presentation AS own ON own.id = product.presentation_id
    JOIN catalog_presentation AS near ON near.medicine_id = own.medicine_id
    JOIN catalog_guideprice AS guide ON guide.presentation_id = near.id
    WHERE guide.is_representative
       OR (guide.presentation_id = product.presentation_id AND guide.pack_quantity = product.pack_quantity)
    UNION ALL
    SELECT wanted.product_id, rules.validity FROM wanted, catalog_ruleset AS rules WHERE rules.kind = 'price_ratio'
)
SELECT product_id, {BEGIN} AS day FROM wanted
UNION SELECT product_id, lower(validity) FROM periods WHERE NOT lower_inf(validity)
UNION SELECT product_id, upper(validity) FROM periods WHERE NOT upper_inf(validity)
"""

CEILINGS = f"""
CREATE TEMP TABLE limit_ceiling ON COMMIT DROP AS
SELECT product_id, day AS valid_from, COALESCE(lead(day) OVER (PARTITION BY product_id ORDER BY day), {END})
           AS valid_until, amount, guide_price_id, steps
FROM (
    SELECT day.product_id, day.day, ceiling.amount, ceiling.guide_price_id, ceiling.steps,
           row_number() OVER before AS place, lag(ceiling.amount) OVER before AS former_amount,
           lag(ceiling.guide_price_id) OVER before AS former_id
    FROM limit_day AS day
    LEFT JOIN ceiling_of_day AS ceiling ON ceiling.product_id = day.product_id AND ceiling.day = day.day
    WINDOW before AS (PARTITION BY day.product_id ORDER BY day.day)
) AS known
WHERE place = 1 OR amount IS DISTINCT FROM former_amount OR guide_price_id IS DISTINCT FROM former_id
"""

DERIVED = "SELECT DISTINCT guide_price_id, steps::text FROM limit_ceiling WHERE steps IS NOT NULL"
WORDS = "CREATE TEMP TABLE limit_words (guide_price_id bigint, steps text, words text) ON COMMIT DROP"

# The last price of each institution in the quarter.
PEERS = """
CREATE TEMP TABLE limit_peers ON COMMIT DROP AS
SELECT product_id, province_id, quarter, count(*)::integer AS institutions,
       (percentile_cont(0.5) WITHIN GROUP (ORDER BY price))::numeric(18, 4) AS median
FROM (
    SELECT DISTINCT ON (price.product_id, price.institution_id, begin.quarter)
           price.product_id, report.province_id, begin.quarter, price.price
    FROM distribution_retailprice AS price
    JOIN distribution_retailreport AS report ON report.id = price.report_id
    JOIN limit_wanted AS wanted ON wanted.product_id = price.product_id AND wanted.province_id = report.province_id
    CROSS JOIN LATERAL (SELECT date_trunc('quarter', price.observed_on::timestamp)::date AS quarter) AS begin
    ORDER BY price.product_id, price.institution_id, begin.quarter, price.observed_on DESC
) AS last
GROUP BY product_id, province_id, quarter
HAVING count(*) >= (SELECT COALESCE(min(least_peers), 0) FROM limit_rules)
"""

EDGES = """
CREATE TEMP TABLE limit_edge ON COMMIT DROP AS
SELECT wanted.product_id, wanted.province_id, ceiling.valid_from AS day
FROM limit_wanted AS wanted JOIN limit_ceiling AS ceiling ON ceiling.product_id = wanted.product_id
UNION
SELECT wanted.product_id, wanted.province_id, bound.day
FROM limit_wanted AS wanted
JOIN catalog_procurementprice AS paid
    ON paid.product_id = wanted.product_id AND paid.province_id = wanted.province_id
CROSS JOIN LATERAL (VALUES (lower(paid.validity)), (upper(paid.validity))) AS bound (day)
WHERE bound.day IS NOT NULL
UNION
SELECT wanted.product_id, wanted.province_id, bound.day
FROM limit_wanted AS wanted, limit_rules AS rules
CROSS JOIN LATERAL (VALUES (lower(rules.validity)), (upper(rules.validity))) AS bound (day)
WHERE bound.day IS NOT NULL
UNION
SELECT peers.product_id, peers.province_id, bound.day
FROM limit_peers AS peers
CROSS JOIN LATERAL (VALUES (quarter), ((quarter + interval '3 months')::date)) AS bound (day)
"""

LIMITS = f"""
CREATE TEMP TABLE limit_new ON COMMIT DROP AS
SELECT edge.product_id, edge.province_id, edge.day AS valid_from, edge.until AS valid_until,
       CASE WHEN ceiling.amount IS NULL THEN 0 ELSE LEAST(
           ceiling.amount,
           round(paid.price * (1 + rules.least_markup), 2),
           CASE WHEN peers.institutions >= rules.least_peers THEN round(peers.median * rules.high, 4) END
       ) END AS suspect_above,
       ceiling.amount AS ceiling, ceiling.guide_price_id,
       COALESCE(words.words, guide.derivation, '') AS derivation, paid.price AS purchase_price, rules.id AS rules_id,
       COALESCE(peers.institutions, 0) AS peer_count, peers.median AS peer_median,
       CASE WHEN peers.institutions >= rules.least_peers THEN round(peers.median * rules.low, 4) END AS peer_low,
       CASE WHEN peers.institutions >= rules.least_peers THEN round(peers.median * rules.high, 4) END AS peer_high
FROM (
    SELECT *, COALESCE(lead(day) OVER (PARTITION BY product_id, province_id ORDER BY day), {END}) AS until
    FROM limit_edge
) AS edge
LEFT JOIN limit_ceiling AS ceiling
    ON ceiling.product_id = edge.product_id AND ceiling.valid_from <= edge.day AND edge.day < ceiling.valid_until
LEFT JOIN catalog_guideprice AS guide ON guide.id = ceiling.guide_price_id
LEFT JOIN limit_words AS words
    ON words.guide_price_id = ceiling.guide_price_id AND words.steps = ceiling.steps::text
LEFT JOIN catalog_procurementprice AS paid
    ON paid.product_id = edge.product_id AND paid.province_id = edge.province_id AND paid.validity @> edge.day
LEFT JOIN limit_rules AS rules ON rules.validity @> edge.day
LEFT JOIN limit_peers AS peers
    ON peers.product_id = edge.product_id AND peers.province_id = edge.province_id
   AND peers.quarter = date_trunc('quarter', edge.day::timestamp)::date
"""

# What the province buys or its institutions report.
OF_PROVINCE = """
SELECT product_id, province_id FROM catalog_procurementprice WHERE province_id = %(province)s
UNION SELECT price.product_id, report.province_id FROM distribution_retailprice AS price
JOIN distribution_retailreport AS report ON report.id = price.report_id AND report.province_id = %(province)s
"""
OF_PRODUCT = "SELECT %(product)s::bigint AS product_id, %(province)s::varchar AS province_id"
# What has no limit on its day, or one of another procurement price than is in force or of a guide price that is not; a
# guide price where another holds or none did is left to OF_DECISION. The province is read once, and as a number, as the
# index of procurement prices has it: otherwise every province's price of each product is read.
OF_REPORT = f"""
SELECT price.product_id, report.province_id
FROM distribution_retailprice AS price
JOIN distribution_retailreport AS report ON report.id = price.report_id
LEFT JOIN {PriceLimit._meta.db_table} AS known
    ON known.product_id = price.product_id AND known.province_id = report.province_id
   AND known.valid_from <= price.observed_on AND price.observed_on < known.valid_until
LEFT JOIN catalog_procurementprice AS paid
    ON paid.product_id = price.product_id AND paid.validity @> price.observed_on
   AND paid.province_id::integer = (SELECT province_id::integer FROM distribution_retailreport WHERE id = %(report)s)
LEFT JOIN catalog_guideprice AS held_to ON held_to.id = known.guide_price_id
WHERE report.id = %(report)s AND (
    known.id IS NULL
    OR known.purchase_price IS DISTINCT FROM paid.price
    OR NOT held_to.validity @> price.observed_on
)
"""
# Every strength and form of the medicine: their ceilings may be derived from what was decided.
OF_DECISION = f"""
SELECT known.product_id, known.province_id
FROM {PriceLimit._meta.db_table} AS known
JOIN catalog_product AS product ON product.id = known.product_id
JOIN catalog_presentation AS own ON own.id = product.presentation_id
WHERE own.medicine_id IN (
    SELECT decided.medicine_id FROM catalog_guideprice AS guide
    JOIN catalog_presentation AS decided ON decided.id = guide.presentation_id WHERE guide.decision_id = %(decision)s
)
"""


def draw_up_limits(wanted: str, parameters: dict[str, Any]) -> int:
    """Make the temporary tables ``limit_wanted``, whose limits are wanted, and ``limit_new``, those; how many pairs.

    ``wanted`` is a SELECT of product_id and province_id. Every period of time has one row for each pair. Part of the
    caller's transaction, at whose end the tables are gone.
    """
    with connection.cursor() as cursor:
        for table in ("limit_wanted", *TABLES):
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        cursor.execute(WANTED.format(wanted), parameters)
        count: int = cursor.rowcount
        if not count:
            return 0
        cursor.execute("ANALYZE limit_wanted")
        cursor.execute(RULES, _rules())
        cursor.execute(DAYS)
    make_ceilings("SELECT product_id, day FROM limit_day")
    with connection.cursor() as cursor:
        cursor.execute(CEILINGS)
        cursor.execute(WORDS)
        _write_words(cursor)
        cursor.execute(PEERS)
        cursor.execute("ANALYZE limit_ceiling; ANALYZE limit_peers; ANALYZE limit_rules")
        cursor.execute(EDGES)
        cursor.execute("ANALYZE limit_edge")
        cursor.execute(LIMITS)
    return count


def _rules() -> dict[str, list[Any]]:
    """What each rule set of the check says, a list for each name."""
    rows = {row.pk: RetailRules.read(row.parameters) for row in RuleSet.objects.filter(kind=RuleSet.Kind.RETAIL_CHECK)}
    said = list(rows.values())
    return {
        "ids": list(rows),
        "least_markups": [min(rules.markup_of(tier) for tier in Tier.values) for rules in said],
        "lows": [rules.peer_low for rules in said],
        "highs": [rules.peer_high for rules in said],
        "least_peers": [rules.least_peers for rules in said],
    }


def _write_words(cursor: Any) -> None:
    """How each derived ceiling came about, in words."""
    cursor.execute(DERIVED)
    rows = cursor.fetchall()
    guides = GuidePrice.objects.select_related("presentation__medicine").in_bulk(
        {guide_id for guide_id, _steps in rows}
    )
    with connection.wrap_database_errors, cursor.copy("COPY limit_words FROM STDIN") as copy:
        for guide_id, steps in rows:
            copy.write_row((guide_id, steps, f"{guides[guide_id]}; {in_words(json.loads(steps))}"))
