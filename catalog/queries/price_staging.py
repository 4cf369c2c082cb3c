"""Rows of procurement prices on their way in, judged as sets in temporary tables of the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import DataError, connection
from django.utils.translation import gettext as _

from catalog.errors import (
    CeilingExceeded,
    NoGuidePrice,
    PeriodReversed,
    PriceAlreadyFixed,
    PriceNotPositive,
    UnknownCode,
)
from catalog.foundation.errors import DomainError, Malformed
from catalog.foundation.imports import BadCell, DuplicateRow
from catalog.queries.ceiling_sets import make_ceilings
from catalog.states import PriceSource, RowOutcome


class PriceRow(NamedTuple):
    """A row with the number that people see beside it: codes, yuan per pack, days; as values or as plain text.

    ``valid_until`` is the first day no longer in force, or nothing. ``source`` is one of ``PriceSource``.
    """

    number: int
    product: str
    province: str
    price: Decimal | str
    valid_from: date | str
    valid_until: date | str | None
    source: str
    source_reference: str


@dataclass(frozen=True, slots=True)
class RefusedPrice:
    """A row that cannot be written, and why."""

    number: int
    error: DomainError


ARRIVED = """
CREATE TEMP TABLE price_arrived (
    number integer, product text, province text, price text, valid_from text, valid_until text, source text,
    source_reference text
) ON COMMIT DROP
"""
DAY = (
    "{0} BETWEEN '1900-01-01' AND '2199-12-31' AND {0} LIKE '____-__-__' AND translate({0}, '0123456789', '') = '--'"
    " AND pg_input_is_valid({0}, 'date')"
)

READ = f"""
CREATE TEMP TABLE price_row ON COMMIT DROP AS
SELECT *, CASE
    WHEN product_id IS NULL THEN 'product'
    WHEN province_id IS NULL THEN 'province'
    WHEN province_id = ANY (%(forbidden)s) THEN 'forbidden'
    WHEN price IS NULL OR abs(price) >= 1e14 OR scale(trim_scale(price)) > 4 THEN 'price'
    WHEN valid_from IS NULL THEN 'valid_from'
    WHEN valid_until IS NULL THEN 'valid_until'
    WHEN source <> ALL (%(sources)s) THEN 'source'
    WHEN length(source_reference) NOT BETWEEN 1 AND 100 THEN 'source_reference'
    WHEN price <= 0 THEN 'not_positive'
    WHEN valid_until <= valid_from THEN 'reversed'
END AS problem
FROM (
    SELECT arrived.number, product.id AS product_id, province.code AS province_id,
           CASE WHEN arrived.price ~ '^-?[0-9]+([.][0-9]+)?$' THEN arrived.price::numeric END AS price,
           CASE WHEN {DAY.format("arrived.valid_from")} THEN arrived.valid_from::date END AS valid_from,
           CASE WHEN COALESCE(arrived.valid_until, '') = '' THEN 'infinity'
                WHEN {DAY.format("arrived.valid_until")} THEN arrived.valid_until::date END AS valid_until,
           COALESCE(arrived.source, '') AS source, COALESCE(arrived.source_reference, '') AS source_reference
    FROM price_arrived AS arrived
    LEFT JOIN catalog_product AS product ON product.code = arrived.product
    LEFT JOIN catalog_region AS province ON province.code = arrived.province AND province.level = 'province'
    OFFSET 0  -- else every cell would be read again for each line of the CASE
) AS read
"""

VALIDITY = "daterange({0}.valid_from, NULLIF({0}.valid_until, 'infinity'))"

JUDGED = f"""
CREATE TEMP TABLE price_judged ON COMMIT DROP AS
WITH alone AS (
    SELECT *, max(valid_until) OVER (
        PARTITION BY product_id, province_id ORDER BY valid_from, number
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS earlier_until
    FROM price_row WHERE problem IS NULL
    UNION ALL
    SELECT *, NULL FROM price_row WHERE problem IS NOT NULL
), standing AS (
    SELECT new.number,
           bool_or(price.price = new.price AND price.validity @> {VALIDITY.format("new")}) AS covers,
           bool_or(lower(price.validity) >= new.valid_from) AS begins_later,
           max(price.id) FILTER (WHERE price.validity @> new.valid_from) AS id,
           bool_or(lower(price.validity) < new.valid_from) AS begins_earlier
    FROM price_row AS new
    JOIN catalog_procurementprice AS price
        ON price.product_id = new.product_id AND price.province_id = new.province_id
       AND price.validity && {VALIDITY.format("new")}
    WHERE new.problem IS NULL
    GROUP BY new.number
), judged AS (
    SELECT alone.number, alone.product_id, alone.province_id, alone.price, alone.valid_from, alone.valid_until,
           alone.source, alone.source_reference, ceiling.guide_price_id, ceiling.amount, standing.id AS standing_id,
           standing.covers, standing.begins_earlier, CASE
               WHEN alone.problem IS NOT NULL THEN alone.problem
               WHEN ceiling.amount IS NULL THEN 'no_ceiling'
               WHEN alone.price > ceiling.amount THEN 'above_ceiling'
               WHEN alone.earlier_until > alone.valid_from THEN 'repeated'
               WHEN standing.begins_later AND NOT standing.covers THEN 'taken'
           END AS problem
    FROM alone
    LEFT JOIN ceiling_of_day AS ceiling ON ceiling.product_id = alone.product_id AND ceiling.day = alone.valid_from
    LEFT JOIN standing ON standing.number = alone.number
)
SELECT number, product_id, province_id, price, valid_from, valid_until, source, source_reference, guide_price_id,
       amount, standing_id, problem, CASE
           WHEN problem IS NOT NULL THEN 'refused'
           WHEN covers THEN 'unchanged'
           WHEN begins_earlier THEN 'changed'
           ELSE 'added'
       END AS outcome
FROM judged
"""

# A row that repeats what stands is needed after all where an earlier row of the file ends what stands.
ENDED_BEFORE = """
UPDATE price_judged AS later SET outcome = 'changed'
FROM (
    SELECT standing_id, min(valid_from) AS day FROM price_judged WHERE outcome = 'changed' GROUP BY standing_id
) AS ended
WHERE later.outcome = 'unchanged' AND later.standing_id = ended.standing_id AND later.valid_from > ended.day
"""

REFUSED = f"""
WITH page AS MATERIALIZED (
    SELECT judged.number, judged.problem, judged.amount, judged.product_id, judged.province_id, judged.valid_from,
           judged.valid_until
    FROM price_judged AS judged
    WHERE judged.outcome = 'refused' AND judged.number > %(after)s
    ORDER BY judged.number LIMIT %(limit)s
), repeated AS (
    SELECT page.number, min(other.number) AS first
    FROM page
    JOIN price_row AS other
        ON other.problem IS NULL AND other.product_id = page.product_id AND other.province_id = page.province_id
       AND (other.valid_from, other.number) < (page.valid_from, page.number) AND other.valid_until > page.valid_from
    WHERE page.problem = 'repeated'
    GROUP BY page.number
), taken AS (
    SELECT page.number, min(price.validity::text) AS period
    FROM page
    JOIN catalog_procurementprice AS price
        ON price.product_id = page.product_id AND price.province_id = page.province_id
       AND price.validity && {VALIDITY.format("page")} AND lower(price.validity) >= page.valid_from
    WHERE page.problem = 'taken'
    GROUP BY page.number
)
SELECT page.number, page.problem, page.amount, repeated.first, taken.period, arrived.product, arrived.province,
       arrived.price, arrived.valid_from, arrived.valid_until, arrived.source, arrived.source_reference
FROM page
JOIN price_arrived AS arrived USING (number)
LEFT JOIN repeated USING (number)
LEFT JOIN taken USING (number)
ORDER BY page.number
"""


def arrive(rows: Iterable[PriceRow]) -> int:
    """Take the rows in, one after the other, into a table that is gone at the end of the transaction; how many.

    Raises:
        Malformed: a character that no text has.
    """
    with connection.cursor() as cursor:
        for table in ("price_arrived", "price_row", "price_judged"):
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        cursor.execute(ARRIVED)
        try:
            with connection.wrap_database_errors, cursor.copy("COPY price_arrived FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        except DataError as error:
            raise Malformed(problem=str(error)) from error
        count: int = cursor.rowcount
        cursor.execute("ANALYZE price_arrived")
    return count


def provinces_named() -> list[str]:
    """The codes that the rows have in the place of a province."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT province FROM price_arrived WHERE province IS NOT NULL ORDER BY province")
        return [code for (code,) in cursor.fetchall()]


def judge(forbidden: Collection[str]) -> dict[RowOutcome, int]:
    """Judge every row that arrived by the others, by what stands, and by its ceiling; how many there are of each.

    ``forbidden`` are the provinces whose rows are not the actor's to write.
    """
    with connection.cursor() as cursor:
        for table in ("price_row", "price_judged"):
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        cursor.execute(READ, {"forbidden": list(forbidden), "sources": PriceSource.values})
        cursor.execute("ANALYZE price_row")
    make_ceilings("SELECT product_id, valid_from AS day FROM price_row WHERE problem IS NULL")
    with connection.cursor() as cursor:
        cursor.execute(JUDGED)
        cursor.execute("ANALYZE price_judged")
        cursor.execute(ENDED_BEFORE)
        cursor.execute("SELECT outcome, count(*) FROM price_judged GROUP BY outcome")
        found = dict(cursor.fetchall())
    return {outcome: found.get(outcome.value, 0) for outcome in RowOutcome}


def outcomes() -> Iterator[tuple[int, RowOutcome]]:
    """The number and the outcome of every row, in their order and not all at once."""
    with connection.chunked_cursor() as cursor:
        cursor.execute("SELECT number, outcome FROM price_judged ORDER BY number")
        for number, outcome in cursor:
            yield number, RowOutcome(outcome)


def refused(forbidden: Mapping[str, DomainError], *, after: int = 0, limit: int | None = None) -> list[RefusedPrice]:
    """The refused rows in their order, a page of them or all: the first whose number is above ``after``."""
    with connection.cursor() as cursor:
        cursor.execute(REFUSED, {"after": after, "limit": limit})
        columns = [column.name for column in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return [RefusedPrice(row["number"], _error(row, forbidden)) for row in rows]


def _error(row: dict[str, Any], forbidden: Mapping[str, DomainError]) -> DomainError:
    """Why the row is refused, with its values."""
    at = f"/rows/{row['number']}"
    product, column = row["product"], row["problem"]
    match column:
        case "product" | "province":
            return UnknownCode(field=column, value=row[column], pointer=f"{at}/{column}")
        case "forbidden":
            error = forbidden[row["province"]]
            return type(error)(**error.facts, pointer=f"{at}/province")
        case "not_positive":
            return PriceNotPositive(product=product, price=row["price"], pointer=f"{at}/price")
        case "reversed":
            return PeriodReversed(begin=row["valid_from"], end=row["valid_until"], pointer=f"{at}/valid_until")
        case "no_ceiling":
            return NoGuidePrice(product=product, on=row["valid_from"], pointer=f"{at}/product")
        case "above_ceiling":
            return CeilingExceeded(price=row["price"], product=product, ceiling=row["amount"], pointer=f"{at}/price")
        case "repeated":
            key = f"{product} · {row['province']} · {row['valid_from']}"
            return DuplicateRow(row=row["number"], first=row["first"], key=key, pointer=at)
        case "taken":
            return PriceAlreadyFixed(product=product, period=row["period"], pointer=f"{at}/valid_from")
    return BadCell(
        row=row["number"], column=column, value=row[column] or "", problem=_unfit(column), pointer=f"{at}/{column}"
    )


def _unfit(column: str) -> str:
    """What is wrong with a cell of the column, to be said after its value."""
    match column:
        case "price":
            return _("is not a price in yuan with at most four decimals")
        case "source":
            return _("is not one of %(choices)s") % {"choices": ", ".join(PriceSource.values)}
        case "source_reference":
            return _("must have 1 to 100 characters")
    return _("is not a date such as 2026-01-31")
