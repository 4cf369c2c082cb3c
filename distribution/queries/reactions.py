"""What the reports of adverse reactions come to: tables of two by two for all pairs, and the reports about one lot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from distribution.models import AdverseReaction, LotAlert, StockLot
from distribution.queries.lot_trace import units_received
from distribution.rules.lot_clusters import Exposure, LotReport
from distribution.rules.signals import Counts

# All pairs in one pass over the reports; what was set aside counts nowhere.
TABLES = """
WITH report AS (
    SELECT product_id, event FROM distribution_adversereaction
    WHERE status <> 'set_aside' AND reported_at >= %(since)s AND reported_at <= %(at)s
), pair AS (
    SELECT product_id, event, count(*) AS a FROM report GROUP BY product_id, event
)
SELECT product_id, event, a, of_product - a, of_event - a, total - of_product - of_event + a
FROM (
    SELECT product_id, event, a, sum(a) OVER (PARTITION BY product_id)::bigint AS of_product,
        sum(a) OVER (PARTITION BY event)::bigint AS of_event, sum(a) OVER ()::bigint AS total
    FROM pair
) counted
ORDER BY product_id, event
"""


def two_by_two(*, since: datetime, at: datetime) -> Iterator[tuple[int, str, Counts]]:
    """Product, event and the four counts of every pair that was reported in the period."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES, {"since": since, "at": at})
        for product_id, event, a, b, c, d in cursor.fetchall():
            yield product_id, event, Counts(a, b, c, d)


def reports_of_lot(product_id: int, lot_number: str, *, decided_at: datetime | None) -> list[LotReport]:
    """The reports about a lot; fresh are those that came after somebody decided about it."""
    rows = AdverseReaction.objects.counted().filter(product=product_id, lot_number__iexact=lot_number)
    return [
        LotReport(onset_on, event, seriousness, decided_at is None or reported_at > decided_at)
        for onset_on, event, seriousness, reported_at in rows.values_list(
            "onset_on", "event", "seriousness", "reported_at"
        ).order_by("onset_on", "pk")
    ]


def exposure_of(product_id: int, lot_number: str) -> Exposure:
    """How much of the lot was received, and how often the product is reported at all."""
    of_lot, of_all = units_received(product_id, lot_number)
    reports = AdverseReaction.objects.counted().filter(product=product_id).count()
    return Exposure(reports=reports, lot_units=of_lot, units=of_all)


def with_own_stock(alerts: QuerySet[LotAlert], holder_id: int) -> QuerySet[LotAlert]:
    """With ``remaining``: the units of the lot that the organization has left."""
    own = StockLot.objects.filter(
        holder=holder_id, product=OuterRef("product"), lot_number__iexact=OuterRef("lot_number")
    )
    left = own.order_by().values("product").annotate(left=Sum("units")).values("left")
    return alerts.annotate(remaining=Coalesce(Subquery(left), 0))


def known_spelling(event: str) -> str:
    """The event as it was reported before in other great and small letters; as it is where it is new."""
    before = AdverseReaction.objects.filter(event__iexact=event).order_by("pk").values_list("event", flat=True)
    return before.first() or event
