"""How well was delivered, by supplier, distributor, county, medicine, institution or month: one statement per question.

The same as ``distribution.rules.indicators`` says of the lines, over all lines in the database; tests hold the two
together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection
from django.utils.timezone import get_current_timezone_name

from distribution.rules.indicators import Counts, Indicators, rates_of
from distribution.states import AnswerReason, OrderStatus


class By(StrEnum):
    """What the indicators are told apart by."""

    SUPPLIER = "supplier"
    DISTRIBUTOR = "distributor"
    COUNTY = "county"
    MEDICINE = "medicine"
    INSTITUTION = "institution"
    MONTH = "month"


# An order is measured when the time to answer it, to deliver it and that of the arrival rate are over. What its
# institution did not want any more is not, nor what could not come by force majeure: neither is a default of who
# supplies. Packs that went back are: they were closed because of what was delivered.
MEASURED_AT = "greatest(o.answer_due_at, o.deliver_by, o.placed_at + %(three_days)s * interval '24 hours')"
MONTHS = """(
    SELECT month::date AS code, to_char(month, 'YYYY-MM') AS name
    FROM generate_series(date_trunc('month', %(since)s::timestamptz AT TIME ZONE %(zone)s),
        %(until)s::timestamptz AT TIME ZONE %(zone)s, interval '1 month') AS month
)"""

# Of each: the key, and the table with its key and its name.
GROUPS = {
    By.SUPPLIER: ("o.supplier_id", "accounts_organization", "id", "code"),
    By.DISTRIBUTOR: ("o.distributor_id", "accounts_organization", "id", "code"),
    By.COUNTY: ("place.region_id", "catalog_region", "code", "code"),
    By.MEDICINE: ("presentation.medicine_id", "catalog_medicine", "id", "id"),
    By.INSTITUTION: ("o.institution_id", "accounts_organization", "id", "code"),
    By.MONTH: (f"date_trunc('month', {MEASURED_AT} AT TIME ZONE %(zone)s)::date", MONTHS, "code", "code"),
}
LINES = f"""
SELECT {{key}} AS key, o.id AS order_id, wanted.packs, least(line.despatched_packs, wanted.packs) AS delivered,
    least(line.accepted_packs, wanted.packs) AS accepted,
    coalesce(done.at <= o.placed_at + %(three_days)s * interval '24 hours', false) AS is_in_three_days,
    coalesce(done.at <= o.deliver_by, false) AS is_in_full_on_time,
    coalesce(o.answered_at <= o.answer_due_at, false) AS is_answered_in_time,
    line.confirmed_packs = 0 AND line.closed_packs = line.packs
        AND (o.status = %(refused)s OR line.answer_code <> '') AS is_refused
FROM distribution_order o
JOIN distribution_orderline line ON line.order_id = o.id
JOIN accounts_organization place ON place.id = coalesce(o.recipient_id, o.institution_id)
JOIN catalog_product product ON product.id = line.product_id
JOIN catalog_presentation presentation ON presentation.id = product.presentation_id
CROSS JOIN LATERAL (
    SELECT line.packs - CASE WHEN line.answer_code IN ('', %(force_majeure)s)
        THEN greatest(line.closed_packs - line.returned_packs, 0) ELSE 0 END AS packs
) wanted
CROSS JOIN LATERAL (
    SELECT CASE WHEN line.accepted_packs >= wanted.packs THEN line.received_at END AS at
) done
WHERE o.answer_due_at IS NOT NULL AND o.deliver_by IS NOT NULL
    AND {MEASURED_AT} >= %(since)s AND {MEASURED_AT} < %(until)s
    AND o.status <> %(cancelled)s
    AND wanted.packs > 0
    AND (%(province)s::text IS NULL OR o.province_id = %(province)s)
    AND (%(county)s::text IS NULL OR place.region_id = %(county)s)
    AND (%(firm)s::bigint IS NULL OR %(firm)s IN (o.supplier_id, o.distributor_id))
    AND (%(institution)s::bigint IS NULL OR %(institution)s IN (o.institution_id, o.recipient_id))
    AND {{key}} IS NOT NULL
"""
COUNTED = """
WITH line AS MATERIALIZED ({lines}), placed AS MATERIALIZED (
    SELECT key, order_id, count(*) AS lines, sum(packs) AS packs, sum(delivered) AS delivered,
        sum(accepted) AS accepted, count(*) FILTER (WHERE is_in_three_days) AS lines_in_three_days,
        bool_and(is_in_full_on_time) AS is_in_full_on_time, bool_and(is_answered_in_time) AS is_answered_in_time,
        count(*) FILTER (WHERE is_refused) AS refused_lines
    FROM line GROUP BY key, order_id
), counted AS (
    SELECT key, count(*) AS orders, sum(lines) AS lines, sum(packs) AS packs, sum(delivered) AS delivered,
        sum(accepted) AS accepted, sum(lines_in_three_days) AS lines_in_three_days,
        count(*) FILTER (WHERE is_in_full_on_time) AS orders_in_full_on_time,
        count(*) FILTER (WHERE is_answered_in_time) AS orders_answered_in_time, sum(refused_lines) AS refused_lines
    FROM placed GROUP BY key
)
SELECT counted.key::text, named.{code}::text, named.name, counted.orders, counted.lines::bigint,
    counted.packs::bigint, counted.delivered::bigint, counted.accepted::bigint, counted.lines_in_three_days::bigint,
    counted.orders_in_full_on_time, counted.orders_answered_in_time, counted.refused_lines::bigint
FROM counted JOIN {table} named ON named.{id} = counted.key
ORDER BY counted.delivered::numeric / nullif(counted.packs, 0), named.{code}
"""


@dataclass(frozen=True, slots=True)
class Performance:
    """The indicators of one supplier, county or whatever the question tells apart; ``code`` is how it is known."""

    key: str
    code: str
    name: str
    indicators: Indicators


def performance(
    by: By,
    *,
    since: datetime,
    until: datetime,
    three_days: int,
    province_id: str | None = None,
    county_id: str | None = None,
    firm_id: int | None = None,
    institution_id: int | None = None,
) -> list[Performance]:
    """The indicators of the orders whose times ran out in the period, the lowest delivery rate first.

    Of one province or county, of what one firm supplied or delivered, or of what one institution ordered or received,
    where such is named. An order counts in the one period in which its last limit ended, so that periods add up;
    ``until`` is no later than now. Orders without a distributor are absent by distributor: their supplier delivers
    itself.
    """
    key, table, table_id, code = GROUPS[by]
    statement = COUNTED.format(lines=LINES.format(key=key), table=table, id=table_id, code=code)
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "since": since,
                "until": until,
                "three_days": three_days,
                "province": province_id,
                "county": county_id,
                "firm": firm_id,
                "institution": institution_id,
                "refused": OrderStatus.REFUSED,
                "cancelled": OrderStatus.CANCELLED,
                "force_majeure": AnswerReason.FORCE_MAJEURE,
                "zone": get_current_timezone_name(),
            },
        )
        rows = cursor.fetchall()
    return [Performance(key, code, name, rates_of(Counts(*counts))) for key, code, name, *counts in rows]


def together(rows: Iterable[Performance]) -> Indicators:
    """The indicators of all rows as one.

    An order whose lines are told apart, by medicine, counts in each of them.
    """
    counts = [row.indicators.counts for row in rows]
    names = Counts.__slots__
    return rates_of(Counts(**{name: sum(getattr(item, name) for item in counts) for name in names}))
