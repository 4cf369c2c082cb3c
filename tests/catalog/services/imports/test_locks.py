"""A file is written by what stands once those are done who are changing it at the moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.models import Organization
from catalog.models import GuidePrice, InsuranceListing, Product
from catalog.services.imports.writing import agree_import, write_import
from catalog.states import ImportStatus, ProductStatus
from tests.cast import Cast
from tests.catalog.services.imports.files import checked, written
from tests.catalog.services.imports.test_kinds import CASES, DECISION, LISTS, PRODUCT
from tests.factories import NOW, guide_price, presentation, product

pytestmark = pytest.mark.django_db(transaction=True)
WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@contextmanager
def being_changed(act: Callable[[], object]) -> Iterator[None]:
    """Somebody else has acted, and commits as soon as anybody waits for it."""
    done = threading.Event()

    def work() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                act()
                done.set()
                deadline = time.monotonic() + 20
                while time.monotonic() < deadline:
                    cursor.execute(WAITING)
                    if cursor.fetchone()[0]:
                        break
                    time.sleep(0.02)
        finally:
            done.set()
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    done.wait()
    try:
        yield
    finally:
        thread.join()


class TestWriting:
    def fails(self, cast: Cast, act: Callable[[], object], kind: str, row: dict[str, str], **options: str) -> str:
        source = checked(cast, kind, [row], **options)
        assert source.counts == {"changed": 1}
        agree_import(import_id=source.pk, by_row=False, actor=cast.officer, at=NOW)
        with being_changed(act):
            failed = write_import(import_id=source.pk, actor=cast.platform, at=NOW)
        assert failed.status == ImportStatus.FAILED
        return failed.problem

    def test_does_not_bring_back_a_product_that_is_being_withdrawn(self, cast: Cast) -> None:
        product(cast.supplier_firm, presentation(), code="P1")
        Product.objects.update(status=ProductStatus.SUSPENDED, status_reason="停产")

        def withdraw() -> None:
            Product.objects.update(status=ProductStatus.WITHDRAWN)

        problem = self.fails(cast, withdraw, "products", PRODUCT | {"status": "trading"})
        assert "“resume trading” is not possible" in problem
        assert Product.objects.get().status == ProductStatus.WITHDRAWN

    def test_does_not_take_back_what_is_being_renamed(self, cast: Cast) -> None:
        def rename() -> None:
            Organization.objects.filter(code="HOSP-HA").update(short_name="新名")

        row = {"code": "HOSP-HA", "kind": "institution", "name": "郑州市中原区人民医院", "short_name": "中原"}
        self.fails(cast, rename, "organizations", row)
        assert Organization.objects.get(code="HOSP-HA").short_name == "新名"

    def test_does_not_prolong_an_insurance_listing_that_is_being_ended(self, cast: Cast) -> None:
        presentation()
        row = CASES["insurance-listings"].row
        written(cast, "insurance-listings", [row], **LISTS)
        ended = DateRange(date(2024, 1, 1), date(2024, 6, 1))

        def end() -> None:
            InsuranceListing.objects.update(validity=ended)

        self.fails(cast, end, "insurance-listings", row | {"list_class": "B"}, **{**LISTS, "valid_from": "2025-01-01"})
        assert InsuranceListing.objects.get().validity == ended

    def test_does_not_prolong_a_guide_price_that_is_being_ended(self, cast: Cast) -> None:
        guide_price()
        ended = DateRange(date(2009, 10, 22), date(2010, 1, 1))

        def end() -> None:
            GuidePrice.objects.update(validity=ended)

        row = CASES["guide-prices"].row | {"price": "8.10"}
        self.fails(cast, end, "guide-prices", row, **{**DECISION, "valid_from": "2012-10-01"})
        assert GuidePrice.objects.get().validity == ended
