"""Drawing up what retail prices are held against; nobody enters it."""

from __future__ import annotations

from typing import Any

from django.db import connection

from catalog.foundation.transitions import unit_of_work
from distribution.queries.price_limits import OF_DECISION, OF_PRODUCT, OF_PROVINCE, OF_REPORT, draw_up_limits

# Two that draw up limits of the same products take turns; the key names this use of the lock.
LIMITS_LOCK = 20_260_601

REMOVE = """
DELETE FROM distribution_pricelimit AS former USING limit_wanted AS wanted
WHERE former.product_id = wanted.product_id AND former.province_id = wanted.province_id
"""
WRITE = """
INSERT INTO distribution_pricelimit (
    product_id, province_id, valid_from, valid_until, suspect_above, ceiling, guide_price_id, derivation,
    purchase_price, rules_id, peer_count, peer_median, peer_low, peer_high
)
SELECT product_id, province_id, valid_from, valid_until, suspect_above, ceiling, guide_price_id, derivation,
       purchase_price, rules_id, peer_count, peer_median, peer_low, peer_high
FROM limit_new ORDER BY province_id, product_id, valid_from
"""
IS_NEEDED = f"SELECT EXISTS ({OF_REPORT})"


def draw_up_for_province(*, province_id: str) -> int:
    """Draw up the limits of all that the province buys or reports; of how many products."""
    return _draw_up(OF_PROVINCE, {"province": province_id})


def draw_up_for_decision(*, decision_id: int) -> int:
    """Draw up again what a price decision may have changed, also by derivation; of how many products and provinces."""
    return _draw_up(OF_DECISION, {"decision": decision_id})


def draw_up_for_product(*, product_id: int, province_id: str) -> int:
    """Draw up the limits of a product in a province again."""
    return _draw_up(OF_PRODUCT, {"product": product_id, "province": province_id})


def draw_up_missing(*, report_id: int) -> int:
    """Draw up the limits of what is reported for the first time, or at other prices since; of how many products."""
    with connection.cursor() as cursor:
        cursor.execute(IS_NEEDED, {"report": report_id})
        if not cursor.fetchone()[0]:
            return 0
    return _draw_up(OF_REPORT, {"report": report_id})


def _draw_up(wanted: str, parameters: dict[str, Any]) -> int:
    with unit_of_work(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LIMITS_LOCK])
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL statement_timeout = '30min'")
        count = draw_up_limits(wanted, parameters)
        if count:
            cursor.execute(REMOVE)
            cursor.execute(WRITE)
    return count
