"""Between submission and opening a price stands nowhere: in no row of any table, in no line of the log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from django.db import connection, connections
from django.utils import timezone

from procurement.models import Bid, Tender
from tests import factories
from tests.cast import Cast

PRICE = "7391.26"


def everything_stored() -> str:
    """Every row of every table as text; bytes as their hexadecimal digits."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            rows += [f"{table}: {row}" for (row,) in cursor.fetchall()]
    return "\n".join(rows)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What every logger writes at its most talkative, each statement to the database with its parameters."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    loggers = [logging.getLogger(), logging.getLogger("django"), logging.getLogger("django.db.backends")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    monkeypatch.setattr(connections["default"], "force_debug_cursor", True)
    yield written
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


@pytest.fixture
def tender(cast: Cast, rule_sets: object, log: io.StringIO) -> Tender:
    item = factories.presentation()
    factories.guide_price(item, price="9999.00")
    plan = factories.lot_plan(item, ceiling="400.0000")
    tender = factories.published_tender(cast, [plan], at=timezone.now())
    factories.bid(tender.lots.get(), cast.supplier, PRICE, at=timezone.now())
    return tender


class TestAPriceBeforeTheOpening:
    def test_stands_in_no_row_of_any_table(self, tender: Tender) -> None:
        stored = everything_stored()
        assert Bid.objects.get().envelope_sha256 in stored
        assert PRICE not in stored
        assert PRICE.encode().hex() not in stored

    def test_stands_in_no_line_of_the_log(self, tender: Tender, log: io.StringIO) -> None:
        assert "procurement_bid" in log.getvalue()
        assert PRICE not in log.getvalue()

    def test_is_found_by_the_same_search_once_it_is_opened(self, cast: Cast, tender: Tender) -> None:
        """The search can find a price: it does so after the opening."""
        Tender.objects.filter(pk=tender.pk).update(deadline_at=timezone.now())
        assembled = factories.release(tender, cast.officer, cast.second_officer, at=timezone.now())
        from procurement.services.openings import open_tender

        open_tender(tender_id=assembled.pk, actor=cast.platform, at=timezone.now())
        assert PRICE in everything_stored()
