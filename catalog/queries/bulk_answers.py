"""What ``answers.prices_of`` says, for a file of a million questions: as sets, streamed in and out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, NamedTuple

from django.db import connection, transaction

from catalog.accounts.kinds import Tier
from catalog.models import Product
from catalog.queries.ceiling_sets import make_ceilings
from catalog.queries.essential import ESSENTIAL, essentiality
from catalog.queries.price_staging import DAY
from catalog.states import BINDING


class Question(NamedTuple):
    """What does the product cost in the province on the day, in an institution of the tier? All as text."""

    product: str
    province: str
    day: str
    tier: str = "primary"


# In yuan per pack. ``ceiling_by`` is ``stated`` or ``derived``; ``guide_price`` and ``decision`` are what it rests on.
# ``reimbursement`` has for each scheme its name, the rate that applies, and what a patient pays of the pack who has
# used up the deductible and nothing of the year's ceiling: ``employees 0.9000 1.23; residents 0.7500 3.08``.
COLUMNS = (
    *Question._fields,
    "ceiling",
    "ceiling_by",
    "guide_price",
    "decision",
    "procurement_price",
    "highest_retail",
    "essential",
    "ground",
    "list_class",
    "self_pay_share",
    "reimbursement",
    "problem",
)

# Grounds, as SQL: COPY takes no parameters.
ESSENTIAL_GROUNDS = ", ".join(f"'{ground.value}'" for ground in sorted(ESSENTIAL))

ASKED = "CREATE TEMP TABLE asked_text (number serial, product text, province text, day text, tier text) ON COMMIT DROP"

READ = f"""
CREATE TEMP TABLE asked ON COMMIT DROP AS
SELECT read.*, CASE
    WHEN product_id IS NULL THEN 'unknown-product'
    WHEN province_id IS NULL THEN 'unknown-province'
    WHEN asked_day IS NULL THEN 'bad-day'
    WHEN asked_tier <> ALL (%(tiers)s) THEN 'unknown-tier'
END AS problem
FROM (
    SELECT text.number, product.id AS product_id, province.code AS province_id, product.presentation_id,
           presentation.medicine_id, CASE WHEN {DAY.format("text.day")} THEN text.day::date END AS asked_day,
           COALESCE(NULLIF(text.tier, ''), 'primary') AS asked_tier
    FROM asked_text AS text
    LEFT JOIN catalog_product AS product ON product.code = text.product
    LEFT JOIN catalog_presentation AS presentation ON presentation.id = product.presentation_id
    LEFT JOIN catalog_region AS province ON province.code = text.province AND province.level = 'province'
    OFFSET 0  -- else every day would be read again for each line of the CASE
) AS read
"""

# The edition and the rules of each day that is asked about.
DAYS = """
CREATE TEMP TABLE asked_on ON COMMIT DROP AS
SELECT days.day, edition.id AS edition_id, rules.id AS rules_id, rules.parameters
FROM (SELECT DISTINCT asked_day AS day FROM asked WHERE problem IS NULL) AS days
LEFT JOIN catalog_edition AS edition ON edition.validity @> days.day AND edition.status = ANY (%(binding)s)
LEFT JOIN catalog_ruleset AS rules ON rules.kind = 'retail_check' AND rules.validity @> days.day
"""

IN_EDITIONS = """
SELECT days.edition_id, min(days.day), array_agg(DISTINCT asked.product_id)
FROM asked JOIN asked_on AS days ON days.day = asked.asked_day
WHERE asked.problem IS NULL AND days.edition_id IS NOT NULL
GROUP BY days.edition_id
"""

# The products that an addition of a province counts for.
ADDED = """
CREATE TEMP TABLE asked_addition ON COMMIT DROP AS
SELECT addition.province_id, addition.validity, product.id AS product_id
FROM catalog_provincialaddition AS addition
JOIN catalog_presentation AS presentation ON presentation.medicine_id = addition.medicine_id
JOIN catalog_product AS product ON product.presentation_id = presentation.id
WHERE NOT EXISTS (
    SELECT FROM catalog_provincialaddition_presentations AS named WHERE named.provincialaddition_id = addition.id
) OR EXISTS (
    SELECT FROM catalog_provincialaddition_presentations AS named
    JOIN catalog_presentation AS wanted ON wanted.id = named.presentation_id
    WHERE named.provincialaddition_id = addition.id AND wanted.likeness = presentation.likeness
)
"""

TERMS = """
CREATE TEMP TABLE asked_terms ON COMMIT DROP AS
SELECT wanted.province_id, wanted.asked_tier, wanted.asked_day,
       array_agg(terms.scheme ORDER BY terms.scheme) AS schemes,
       array_agg(terms.rate ORDER BY terms.scheme) AS rates,
       array_agg(terms.essential_bonus ORDER BY terms.scheme) AS bonuses,
       array_agg(terms.annual_cap ORDER BY terms.scheme) AS caps
FROM (SELECT DISTINCT province_id, asked_tier, asked_day FROM asked WHERE problem IS NULL) AS wanted
JOIN catalog_reimbursementterms AS terms
    ON terms.province_id = wanted.province_id AND terms.tier = wanted.asked_tier AND terms.validity @> wanted.asked_day
GROUP BY wanted.province_id, wanted.asked_tier, wanted.asked_day
"""


def _listing(alias: str, condition: str) -> str:
    """Join the listing of the medicine on the day that the condition admits: one at most."""
    return f"""
    LEFT JOIN catalog_insurancelisting AS {alias}
        ON {alias}.medicine_id = asked.medicine_id AND {alias}.validity @> asked.asked_day AND {condition}"""


# The province's own before the national, the presentation's own before the medicine's.
LISTINGS = {
    "both_own": "{0}.province_id = asked.province_id AND {0}.presentation_id = asked.presentation_id",
    "of_province": "{0}.province_id = asked.province_id AND {0}.presentation_id IS NULL",
    "of_presentation": "{0}.province_id IS NULL AND {0}.presentation_id = asked.presentation_id",
    "general": "{0}.province_id IS NULL AND {0}.presentation_id IS NULL",
}

PRICED = f"""
CREATE TEMP TABLE answered ON COMMIT DROP AS
SELECT asked.number, asked.province_id, asked.asked_tier, asked.asked_day, asked.problem,
       ceiling.amount AS ceiling, ceiling.guide_price_id, ceiling.steps IS NOT NULL AS is_derived,
       paid.price AS procurement_price,
       CASE WHEN days.rules_id IS NOT NULL THEN LEAST(
           ceiling.amount,
           round(paid.price * (1 + COALESCE(
               days.parameters ->> ('markup_' || asked.asked_tier), days.parameters ->> 'markup'
           )::numeric), 2)
       ) END AS highest_retail,
       CASE WHEN listed.ground IN ({ESSENTIAL_GROUNDS}) THEN listed.ground
            WHEN addition.product_id IS NOT NULL THEN 'added'
            WHEN asked.problem IS NULL AND days.edition_id IS NULL THEN 'no_edition'
            ELSE listed.ground END AS ground,
       COALESCE({", ".join(f"{alias}.list_class" for alias in LISTINGS)}) AS list_class,
       COALESCE({", ".join(f"{alias}.self_pay_share" for alias in LISTINGS)}) AS self_pay_share
FROM asked
LEFT JOIN asked_on AS days ON days.day = asked.asked_day AND asked.problem IS NULL
LEFT JOIN ceiling_of_day AS ceiling
    ON ceiling.product_id = asked.product_id AND ceiling.day = asked.asked_day AND asked.problem IS NULL
LEFT JOIN catalog_procurementprice AS paid
    ON paid.product_id = asked.product_id AND paid.province_id = asked.province_id
   AND paid.validity @> asked.asked_day AND asked.problem IS NULL
LEFT JOIN asked_listed AS listed ON listed.edition_id = days.edition_id AND listed.product_id = asked.product_id
LEFT JOIN asked_addition AS addition
    ON addition.product_id = asked.product_id AND addition.province_id = asked.province_id
   AND addition.validity @> asked.asked_day AND asked.problem IS NULL
""" + "".join(
    _listing(alias, f"{condition.format(alias)} AND asked.problem IS NULL") for alias, condition in LISTINGS.items()
)

# A patient pays what the fund does not: of the eligible part (list B less the patient's share) at the rate, up to the
# year's ceiling; see rules.reimbursement.
ANSWERS = f"""
COPY (
    SELECT text.product, text.province, text.day, text.tier, answered.ceiling,
           CASE WHEN guide.id IS NULL THEN NULL
                WHEN answered.is_derived OR guide.derivation <> '' THEN 'derived' ELSE 'stated' END,
           guide.price, decision.number, answered.procurement_price, answered.highest_retail,
           CASE WHEN answered.ground IS NOT NULL
                THEN CASE WHEN answered.ground IN ({ESSENTIAL_GROUNDS}) THEN 'yes' ELSE 'no' END END,
           answered.ground, answered.list_class, answered.self_pay_share,
           CASE WHEN answered.highest_retail IS NOT NULL THEN (
               SELECT string_agg(scheme || ' ' || rate || ' ' || round(answered.highest_retail, 2) - LEAST(
                   round(rate * CASE answered.list_class
                       WHEN 'A' THEN round(answered.highest_retail, 2)
                       WHEN 'B' THEN round(answered.highest_retail * (1 - answered.self_pay_share), 2)
                       ELSE 0 END, 2),
                   round(cap, 2)
               ), '; ')
               FROM (
                   SELECT scheme, cap, CASE WHEN answered.ground IN ({ESSENTIAL_GROUNDS})
                       THEN LEAST(1, rate + bonus) ELSE rate END AS rate
                   FROM unnest(terms.schemes, terms.rates, terms.bonuses, terms.caps)
                       WITH ORDINALITY AS each (scheme, rate, bonus, cap, place)
                   ORDER BY place
               ) AS each
           ) END,
           answered.problem
    FROM answered
    JOIN asked_text AS text USING (number)
    LEFT JOIN catalog_guideprice AS guide ON guide.id = answered.guide_price_id
    LEFT JOIN catalog_pricedecision AS decision ON decision.id = guide.decision_id
    LEFT JOIN asked_terms AS terms
        ON terms.province_id = answered.province_id AND terms.asked_tier = answered.asked_tier
       AND terms.asked_day = answered.asked_day AND answered.problem IS NULL
    ORDER BY answered.number
) TO STDOUT (FORMAT csv)
"""


def answer_questions(questions: Iterable[Question], file: IO[bytes]) -> int:
    """Write the answers as a CSV of ``COLUMNS`` in the order of the questions; how many.

    Neither the questions nor the answers are ever in memory together. A question that cannot be answered gets its
    ``problem``: ``unknown-product``, ``unknown-province``, ``bad-day`` or ``unknown-tier``.
    """
    given = {
        "tiers": [tier for tier in Tier.values if tier],
        "binding": [status.value for status in BINDING],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL statement_timeout = '30min'")
        cursor.execute(ASKED)
        statement = "COPY asked_text (product, province, day, tier) FROM STDIN"
        with connection.wrap_database_errors, cursor.copy(statement) as copy:
            for question in questions:
                copy.write_row(question)
        count: int = cursor.rowcount
        cursor.execute("ANALYZE asked_text")
        cursor.execute(READ, given)
        cursor.execute("ANALYZE asked")
        make_ceilings("SELECT product_id, asked_day AS day FROM asked WHERE problem IS NULL")
        cursor.execute(DAYS, given)
        _judge_listed()
        cursor.execute(ADDED)
        cursor.execute(TERMS)
        cursor.execute("ANALYZE asked_on; ANALYZE asked_addition; ANALYZE asked_terms")
        cursor.execute(PRICED)
        cursor.execute("ANALYZE answered")
        file.write(",".join(COLUMNS).encode() + b"\n")
        with connection.wrap_database_errors, cursor.copy(ANSWERS) as copy:
            for block in copy:
                file.write(block)
        for table in ("asked_text", "asked", "asked_on", "asked_listed", "asked_addition", "asked_terms", "answered"):
            cursor.execute(f"DROP TABLE pg_temp.{table}")
    return count


def _judge_listed() -> None:
    """Judge each product that is asked about once for each edition of the list."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE asked_listed (edition_id bigint, product_id bigint, ground text) ON COMMIT DROP"
        )
        cursor.execute(IN_EDITIONS)
        judged: list[tuple[int, int, str]] = []
        for edition_id, day, product_ids in cursor.fetchall():
            products = Product.objects.filter(pk__in=product_ids)
            judged += [(edition_id, pk, found.ground.value) for pk, found in essentiality(products, day).items()]
        with connection.wrap_database_errors, cursor.copy("COPY asked_listed FROM STDIN") as copy:
            for row in judged:
                copy.write_row(row)
        cursor.execute("ANALYZE asked_listed")
