"""Reckoning how much of what institutions keep and use is essential."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, unit_of_work
from catalog.models import Region
from catalog.rules.months import months_after
from distribution.errors import MonthNotOver
from distribution.models import UseFigure
from distribution.policies import may_reckon_use
from distribution.queries.rules import use_share_rules
from distribution.queries.use_of_month import USED, use_parameters

# The verdict is that of ``rules.use_share.judge``: every measure of the level with a whole, part against least × whole.
RECKON = f"""
WITH {USED}, medicine AS MATERIALIZED (
    SELECT holder_id, medicine_id, bool_or(is_essential) AS is_essential FROM used GROUP BY holder_id, medicine_id
), variety AS (
    SELECT holder_id, count(*) AS varieties, count(*) FILTER (WHERE is_essential) AS essential_varieties
    FROM medicine GROUP BY holder_id
), issued AS (
    SELECT holder_id, sum(units) AS units, coalesce(sum(units) FILTER (WHERE is_essential), 0) AS essential_units,
        round(coalesce(sum(units * price), 0), 2) AS amount,
        round(coalesce(sum(units * price) FILTER (WHERE is_essential), 0), 2) AS essential_amount,
        coalesce(sum(units) FILTER (WHERE price IS NULL), 0) AS unvalued_units
    FROM used GROUP BY holder_id
), wanted AS (
    SELECT * FROM unnest(%(tiers)s::text[], %(measures)s::text[], %(leasts)s::numeric[], %(pilot_leasts)s::numeric[])
        AS wanted (tier, measure, least, pilot_least)
)
INSERT INTO distribution_usefigure (institution_id, province_id, month, essential_varieties, varieties,
    essential_units, units, essential_amount, amount, unvalued_units, rules_id, is_met, reckoned_at)
SELECT place.id, %(province)s, %(first)s, essential_varieties, varieties, essential_units, units, essential_amount,
    amount, unvalued_units, %(rules)s, verdict.is_met, %(at)s
FROM place
JOIN variety ON variety.holder_id = place.id
JOIN issued ON issued.holder_id = place.id
CROSS JOIN LATERAL (
    SELECT bool_and(measured.part >= least.least * measured.whole) AS is_met
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT CASE WHEN place.region_id = ANY(%(pilots)s) THEN coalesce(wanted.pilot_least, wanted.least)
            ELSE wanted.least END AS least
    ) least
    JOIN (VALUES ('varieties', essential_varieties::numeric, varieties::numeric),
        ('quantity', essential_units::numeric, units::numeric), ('amount', essential_amount, amount)
    ) AS measured (measure, part, whole) ON measured.measure = wanted.measure AND measured.whole > 0
    WHERE wanted.tier = place.tier
) verdict
ON CONFLICT (institution_id, month) DO UPDATE SET province_id = excluded.province_id,
    essential_varieties = excluded.essential_varieties, varieties = excluded.varieties,
    essential_units = excluded.essential_units, units = excluded.units,
    essential_amount = excluded.essential_amount, amount = excluded.amount,
    unvalued_units = excluded.unvalued_units, rules_id = excluded.rules_id, is_met = excluded.is_met,
    reckoned_at = excluded.reckoned_at
"""


def reckon_use(*, province_id: str, month: date, actor: Actor, at: datetime) -> int:
    """Reckon the figures of a province's institutions for a month that is over; how many there are.

    Reckoned again, they are brought up to date, and those of institutions that kept nothing are taken away.

    Raises:
        NotAllowed, NotVisible, MonthNotOver
    """
    may_reckon_use(actor, province_id)
    month = month.replace(day=1)
    if localdate(at) < months_after(month, 1):
        raise MonthNotOver(month=f"{month:%Y-%m}", today=localdate(at), pointer="/month")
    rules, rule_set = use_share_rules(months_after(month, 1) - date.resolution)
    shares = [
        (tier, measure.value, share.least, share.pilot_least)
        for tier, share in rules.shares.items()
        for measure in share.measures
        if rule_set is not None
    ]
    with unit_of_work():
        # one reckoning of a province after the other
        province = lock(Region.objects.filter(parent=None), pk=province_id)
        given = use_parameters(province_id, month, excluded_forms=rules.excluded_forms) | {
            "tiers": [tier for tier, *_rest in shares],
            "measures": [measure for _tier, measure, *_rest in shares],
            "leasts": [least for *_start, least, _pilot in shares],
            "pilot_leasts": [pilot for *_start, pilot in shares],
            "pilots": list(rules.pilot_counties),
            "rules": rule_set and rule_set.pk,
            "at": at,
        }
        with connection.cursor() as cursor:
            cursor.execute(RECKON, given)
            count: int = cursor.rowcount
        UseFigure.objects.filter(province=province, month=month, reckoned_at__lt=at).delete()
        record(
            actor=actor,
            action="use_figure.reckon",
            subject=province,
            at=at,
            changes={"month": [None, f"{month:%Y-%m}"], "institutions": [None, count]},
        )
    return count
