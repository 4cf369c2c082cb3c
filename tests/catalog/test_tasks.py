"""The worker's part of an import: heard of from the journal, done once however often it is sent."""

from __future__ import annotations

import pytest

from catalog.accounts.models import Organization
from catalog.foundation.journal.models import Delivery
from catalog.models import Import
from catalog.services.imports.writing import agree_import
from catalog.states import ImportStatus
from catalog.tasks import check_import_task, write_import_task
from tests.cast import Cast
from tests.catalog.services.imports.files import taken
from tests.factories import NOW

FIRMS = [{"code": "F1", "kind": "supplier", "name": "药厂1"}]


@pytest.fixture
def source(cast: Cast) -> Import:
    return taken(cast, "organizations", FIRMS)


def message(subscriber: str) -> Delivery:
    return Delivery.objects.get(subscriber=subscriber)


class TestImports:
    def test_are_looked_at_and_written(self, cast: Cast, source: Import) -> None:
        check_import_task(message("catalog.check_import").event_id)
        source.refresh_from_db()
        assert source.status == ImportStatus.CHECKED
        agree_import(import_id=source.pk, by_row=False, actor=cast.officer, at=NOW)
        write_import_task(message("catalog.write_import").event_id)
        source.refresh_from_db()
        assert source.status == ImportStatus.APPLIED
        assert all(delivery.delivered_at for delivery in Delivery.objects.filter(subscriber__startswith="catalog."))

    def test_bear_being_sent_twice(self, cast: Cast, source: Import) -> None:
        for _time in range(2):
            check_import_task(message("catalog.check_import").event_id)
        agree_import(import_id=source.pk, by_row=False, actor=cast.officer, at=NOW)
        for _time in range(2):
            write_import_task(message("catalog.write_import").event_id)
        assert Organization.objects.filter(code="F1").count() == 1

    def test_stay_undelivered_where_the_worker_breaks_down(
        self, source: Import, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("catalog.services.imports.checking.counts_of", lambda checked: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            check_import_task(message("catalog.check_import").event_id)
        source.refresh_from_db()
        assert (source.status, source.rows.count()) == (ImportStatus.CHECKING, 0)
        assert message("catalog.check_import").delivered_at is None
