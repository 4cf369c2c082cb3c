"""Between submission and opening a price stands nowhere: in no row of any table, in no line of the log."""

from __future__ import annotations

import logging

import pytest
from django.db import connection
from django.utils import timezone

from procurement.models import Bid, Tender
from tests import factories
from tests.factories import Cast

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
def tender(cast: Cast, rule_sets: object, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Tender:
    caplog.set_level(logging.DEBUG)
    # every statement with its parameters
    monkeypatch.setattr(connection, "force_debug_cursor", True)
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

    def test_stands_in_no_line_of_the_log(self, tender: Tender, caplog: pytest.LogCaptureFixture) -> None:
        assert caplog.records
        assert PRICE not in caplog.text

    def test_is_found_by_the_same_search_once_it_is_opened(self, cast: Cast, tender: Tender) -> None:
        """The search can find a price: it does so after the opening."""
        Tender.objects.filter(pk=tender.pk).update(deadline_at=timezone.now())
        assembled = factories.release(tender, cast.officer, cast.second_officer, at=timezone.now())
        from procurement.services.openings import open_tender

        open_tender(tender_id=assembled.pk, actor=cast.platform, at=timezone.now())
        assert PRICE in everything_stored()
