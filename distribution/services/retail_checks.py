"""Holding retail prices against the limits of their days, and keeping what is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import F

from catalog.errors import NoRuleSet
from catalog.foundation.actor import Actor
from catalog.foundation.transitions import perform, unit_of_work
from catalog.models import PriceDecision, RuleSet
from distribution.models import RetailPrice, RetailReport
from distribution.queries.retail_checks import EVIDENCE, JUDGED, OF_PRODUCTS, OF_REPORT, OF_REPORTS, judge, markups
from distribution.services.case_opening import note_swept
from distribution.services.price_limits import draw_up_for_decision, draw_up_for_product, draw_up_missing
from distribution.states import RETAIL_REPORT, RetailReportStatus, RetailSeverity

COLUMNS = 'retail_price_id, institution_id, province_id, verdict, "limit", evidence, found_at'
VALUES = "found.retail_price_id, found.institution_id, found.province_id, found.verdict, found.amount, found.evidence"

FIRST = f"""
WITH hit AS MATERIALIZED ({JUDGED.format(scope=OF_REPORT)}), found AS ({EVIDENCE.format(hits="hit")})
INSERT INTO distribution_retailfinding ({COLUMNS})
SELECT {VALUES}, %(at)s FROM found ORDER BY found.retail_price_id, found.place
"""

# A violation by another amount is another one; of what only stands out the amount moves with its peers.
IS_SAME = f"""
hit.retail_price_id = finding.retail_price_id AND hit.verdict = finding.verdict
AND (finding.severity = '{RetailSeverity.ALARM.value}' OR hit.amount IS NOT DISTINCT FROM finding."limit")
"""
END_GONE = """
UPDATE distribution_retailfinding AS finding SET ended_at = %(at)s
FROM distribution_retailprice AS price JOIN distribution_retailreport AS report ON report.id = price.report_id
WHERE finding.ended_at IS NULL AND price.id = finding.retail_price_id AND {scope}
  AND NOT EXISTS (SELECT FROM retail_hit AS hit WHERE {same})
"""
KEEP_NEW = f"""
WITH fresh AS MATERIALIZED (
    SELECT hit.* FROM retail_hit AS hit
    WHERE NOT EXISTS (
        SELECT FROM distribution_retailfinding AS finding WHERE finding.ended_at IS NULL
        AND finding.retail_price_id = hit.retail_price_id AND finding.verdict = hit.verdict
    )
), found AS ({EVIDENCE.format(hits="fresh")})
INSERT INTO distribution_retailfinding ({COLUMNS})
SELECT {VALUES}, %(at)s FROM found ORDER BY found.retail_price_id, found.place
"""


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What a check of stored prices has changed: findings that are new, and those that are gone."""

    found: int = 0
    ended: int = 0

    def __add__(self, other: Rechecked) -> Rechecked:
        return Rechecked(self.found + other.found, self.ended + other.ended)


def check_retail_report(*, report_id: int, actor: Actor, at: datetime) -> RetailReport:
    """Check every price of a report against the limits of its day; keep what is found.

    Raises:
        NotVisible, WrongState, AlreadyDone
        NoRuleSet: no mark-up rule holds on the day of a price.
    """
    with perform(
        "check",
        RetailReport.objects.visible_to(actor),
        pk=report_id,
        machine=RETAIL_REPORT,
        policy=_worker,
        actor=actor,
        at=at,
    ) as report:
        _require_rules(report)
        draw_up_missing(report_id=report.pk)
        with connection.cursor() as cursor:
            cursor.execute(FIRST, {"report": report.pk, "at": at, **markups()})
        report.checked_at = at
    return report


def _worker(actor: Actor, action: str, report: RetailReport) -> None:
    """The check runs on the worker; what it finds is open to whoever may see the report."""


def _require_rules(report: RetailReport) -> None:
    days = set(RetailPrice.objects.filter(report=report).order_by().values_list("observed_on", flat=True).distinct())
    for day in sorted(days_without_rule(days)):
        raise NoRuleSet(kind=RuleSet.Kind.RETAIL_CHECK.label, on=day)


def days_without_rule(days: set[date]) -> set[date]:
    """The days on which no rule says what is allowed: a price of such a day could never be checked."""
    rules = [rules.validity for rules in RuleSet.objects.filter(kind=RuleSet.Kind.RETAIL_CHECK)]
    return {day for day in days if not any(day in validity for validity in rules)}


def recheck_reports(*, report_ids: Sequence[int], at: datetime) -> Rechecked:
    """Check the prices of checked reports once more by the limits as they are; part of the caller's transaction."""
    return _recheck(OF_REPORTS, {"reports": list(report_ids)}, at)


def recheck_decision(*, decision_id: int, at: datetime) -> Rechecked:
    """Check again every price of what a price decision may have changed, province by province; others stay.

    Raises:
        Busy
    """
    draw_up_for_decision(decision_id=decision_id)
    medicines = PriceDecision.objects.filter(pk=decision_id).values(of=F("guide_prices__presentation__medicine"))
    affected = RetailPrice.objects.filter(
        product__presentation__medicine__in=medicines, report__status=RetailReportStatus.CHECKED
    )
    by_province: dict[str, list[int]] = {}
    pairs = affected.order_by().values_list("report__province", "product").distinct()
    for province_id, product_id in pairs:
        by_province.setdefault(province_id, []).append(product_id)
    changed = Rechecked()
    for province_id, product_ids in sorted(by_province.items()):
        changed += _recheck_products(product_ids, province_id, at)
    return changed


def recheck_product(*, product_id: int, province_id: str, at: datetime) -> Rechecked:
    """Check again every price of a product in a province, whose procurement price has changed.

    Raises:
        Busy
    """
    draw_up_for_product(product_id=product_id, province_id=province_id)
    return _recheck_products([product_id], province_id, at)


def _recheck_products(product_ids: list[int], province_id: str, at: datetime) -> Rechecked:
    with unit_of_work():
        lock_checks(province_id)
        changed = _recheck(OF_PRODUCTS, {"products": product_ids, "province": province_id}, at)
    note_swept(province_id=province_id, at=at)
    return changed


# Two checks of one province's stored prices take turns; the first key names this use of the lock.
RECHECK_LOCK = 1919

TAKE_TURNS = "SELECT pg_advisory_xact_lock(%s, %s::integer)"


def lock_checks(province_id: str) -> None:
    """Be the only one who checks stored prices of the province again, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_TURNS, [RECHECK_LOCK, province_id])


def _recheck(scope: str, parameters: dict[str, Any], at: datetime) -> Rechecked:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '30min'")
        judge(scope, parameters)
        cursor.execute(END_GONE.format(scope=scope, same=IS_SAME), parameters | {"at": at})
        ended = cursor.rowcount
        cursor.execute(KEEP_NEW, {"at": at})
        return Rechecked(cursor.rowcount, ended)
