"""Odd patterns in the requisitions of a province: one statement for each over any number of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.timezone import localdate

from catalog.accounts.kinds import Role
from catalog.rules.order_screen_rules import OrderScreenRules
from distribution.queries.rules import supply_rules
from distribution.rules.order_patterns import HandedIn, OddOrders, Pattern, bursts
from distribution.states import RequisitionStatus, Urgency

HANDED_IN = [RequisitionStatus.SUBMITTED, RequisitionStatus.APPROVED, RequisitionStatus.PLACED]
# So many months before the period are looked at for what is usual.
USUAL_MONTHS = 12

REQUISITIONS = """
FROM distribution_requisition AS requisition
WHERE requisition.province_id = %(province)s AND requisition.status = ANY(%(handed_in)s)
    AND requisition.submitted_at >= %(since)s AND requisition.submitted_at < %(until)s
"""
NEAR_LIMIT = f"""
SELECT found.institution_id, found.id, found.submitted_at, found.amount, decides.limit
FROM (
    SELECT requisition.institution_id, requisition.id, requisition.submitted_at,
        (SELECT sum(packs * price) FROM distribution_requisitionline WHERE requisition_id = requisition.id) AS amount
    {REQUISITIONS}
) AS found
JOIN accounts_organization AS institution ON institution.id = found.institution_id
JOIN unnest(%(tiers)s::text[], %(limits)s::numeric[]) AS decides ("tier", "limit") ON decides.tier = institution.tier
WHERE found.amount BETWEEN decides.limit * %(near_limit_share)s AND decides.limit
ORDER BY found.institution_id
"""
ONE_APPROVER = f"""
SELECT found.institution_id, found.last_at, found.ids, found.median, buyer.username, approver.username
FROM (
    SELECT requisition.institution_id, requisition.submitter_id, min(requisition.approver_id) AS approver_id,
        max(requisition.submitted_at) AS last_at, array_agg(requisition.id ORDER BY requisition.id) AS ids,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY requisition.approved_at - requisition.submitted_at) AS median
    {REQUISITIONS} AND requisition.approver_id IS NOT NULL AND requisition.submitter_id IS NOT NULL
    GROUP BY requisition.institution_id, requisition.submitter_id
    HAVING count(*) >= %(one_approver_count)s AND count(DISTINCT requisition.approver_id) = 1
) AS found
JOIN accounts_user AS buyer ON buyer.id = found.submitter_id
JOIN accounts_user AS approver ON approver.id = found.approver_id
WHERE found.median <= make_interval(mins => %(one_approver_minutes)s)
"""
# What is ordered by product, for the institution itself or for one of its village clinics.
LINES = """
FROM distribution_requisition AS requisition
JOIN distribution_requisitionline AS line ON line.requisition_id = requisition.id
JOIN procurement_agreementline AS agreed ON agreed.id = line.agreement_line_id
JOIN catalog_product AS product ON product.id = agreed.product_id
WHERE requisition.province_id = %(province)s AND requisition.status = ANY(%(handed_in)s)
    AND requisition.submitted_at < %(until)s
"""
SPLIT = f"""
SELECT requisition.institution_id, max(requisition.submitted_at), array_agg(requisition.id ORDER BY requisition.id),
    product.code, sum(line.packs * product.pack_quantity), sum(line.packs * line.price)
{LINES} AND requisition.submitted_at >= %(since)s
GROUP BY requisition.institution_id, requisition.recipient_id, product.code,
    date(requisition.submitted_at AT TIME ZONE %(zone)s)
HAVING count(*) >= %(split_count)s
"""
SUDDEN = f"""
SELECT institution_id, last_at, ids, code, units, usual
FROM (
    SELECT *, avg(units) OVER earlier AS usual, count(*) OVER earlier AS months
    FROM (
        SELECT requisition.institution_id, requisition.recipient_id, product.code,
            date_trunc('month', requisition.submitted_at AT TIME ZONE %(zone)s) AS month,
            max(requisition.submitted_at) AS last_at, array_agg(requisition.id ORDER BY requisition.id) AS ids,
            sum(line.packs * product.pack_quantity) AS units
        {LINES} AND requisition.submitted_at >= %(usual_since)s
        GROUP BY 1, 2, 3, 4
    ) AS of_month
    WINDOW earlier AS (
        PARTITION BY institution_id, recipient_id, code ORDER BY month ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
) AS beside_earlier
WHERE months >= %(usual_months)s AND units >= usual * %(sudden_times)s AND last_at >= %(since)s
"""
NIGHT = f"""
SELECT requisition.institution_id, max(requisition.submitted_at), array_agg(requisition.id ORDER BY requisition.id)
{REQUISITIONS} AND requisition.urgency = %(ordinary)s AND CASE
    WHEN %(night_from)s < %(night_until)s
    THEN extract(hour FROM requisition.submitted_at AT TIME ZONE %(zone)s) >= %(night_from)s
        AND extract(hour FROM requisition.submitted_at AT TIME ZONE %(zone)s) < %(night_until)s
    ELSE extract(hour FROM requisition.submitted_at AT TIME ZONE %(zone)s) >= %(night_from)s
        OR extract(hour FROM requisition.submitted_at AT TIME ZONE %(zone)s) < %(night_until)s
END
GROUP BY requisition.institution_id
HAVING count(*) >= %(night_count)s
"""


def odd_orders(province_id: str, *, since: datetime, until: datetime, rules: OrderScreenRules) -> list[OddOrders]:
    """What is odd in the requisitions handed in from ``since`` up to and without ``until``, the latest first.

    The limits of amount are those of the period's last day.

    Raises:
        RuleSetMissing: nothing says what may be ordered on that day.
    """
    limits = {
        tier: limit
        for (role, tier), limit in supply_rules(localdate(until - timedelta(microseconds=1))).limits.items()
        if role == Role.APPROVER.value
    }
    values = {
        **{name: getattr(rules, name) for name in OrderScreenRules.__slots__},
        "province": province_id,
        "since": since,
        "until": until,
        "usual_since": since - timedelta(days=31 * USUAL_MONTHS),
        "handed_in": [status.value for status in HANDED_IN],
        "ordinary": Urgency.ORDINARY.value,
        "zone": settings.TIME_ZONE,
        "tiers": list(limits),
        "limits": list(limits.values()),
    }
    found = [
        *_near_limit(values, rules),
        *(
            OddOrders(
                Pattern.ONE_APPROVER,
                institution,
                at,
                tuple(ids),
                {"requisitions": len(ids), "median": median, "buyer": buyer, "approver": approver},
            )
            for institution, at, ids, median, buyer, approver in _rows(ONE_APPROVER, values)
        ),
        *(
            OddOrders(
                Pattern.SPLIT,
                institution,
                at,
                tuple(ids),
                {"requisitions": len(ids), "product": code, "units": int(units), "amount": amount},
            )
            for institution, at, ids, code, units, amount in _rows(SPLIT, values)
        ),
        *(
            OddOrders(
                Pattern.SUDDEN,
                institution,
                at,
                tuple(ids),
                {"product": code, "units": int(units), "usual": f"{usual:.1f}"},
            )
            for institution, at, ids, code, units, usual in _rows(SUDDEN, values)
        ),
        *(
            OddOrders(Pattern.NIGHT, institution, at, tuple(ids), {"requisitions": len(ids)})
            for institution, at, ids in _rows(NIGHT, values)
        ),
    ]
    return sorted(found, key=lambda item: (item.at, item.requisitions), reverse=True)


def _near_limit(values: dict[str, Any], rules: OrderScreenRules) -> Iterator[OddOrders]:
    rows = _rows(NEAR_LIMIT, values)
    for institution, of_institution in groupby(rows, key=lambda row: row[0]):
        handed_in = [HandedIn(*row[1:]) for row in of_institution]
        within = timedelta(days=rules.near_limit_days)
        for run in bursts(handed_in, share=rules.near_limit_share, count=rules.near_limit_count, within=within):
            yield OddOrders(
                Pattern.NEAR_LIMIT,
                institution,
                run[-1].at,
                tuple(item.requisition for item in run),
                {
                    "requisitions": len(run),
                    "amount": sum((item.amount for item in run), Decimal(0)),
                    "limit": run[0].limit,
                },
            )


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
