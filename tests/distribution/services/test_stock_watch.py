from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.foundation.journal.models import Event
from catalog.models import Product
from distribution.services.issues import WrittenOff, write_off
from distribution.services.stock_watch import watch_reserves, watch_stock
from procurement.models import AgreementLine
from tests import factories
from tests.cast import HENAN, Cast
from tests.factories import NOW, fresh


@pytest.fixture
def product(line: AgreementLine) -> Product:
    return line.product


class TestWatchStock:
    def test_writes_down_the_warnings_of_an_institution_where_they_changed(self, cast: Cast, product: Product) -> None:
        expired = factories.stock_lot(cast.pharmacist, product, days=-1)
        factories.used(cast.pharmacist, product, 30)
        assert watch_stock(province_id=HENAN, actor=cast.platform, at=NOW) == 1
        event = Event.objects.get(action="stock.warn")
        assert (event.subject_id, event.changes) == (
            cast.hospital.pk,
            {"expired": [0, 1], "held": [0, 0], "near_expiry": [0, 0], "stock_out": [0, 1], "low": [0, 0]},
        )
        assert watch_stock(province_id=HENAN, actor=cast.platform, at=NOW) == 0
        write_off(lots=[WrittenOff(expired.pk, 100)], reason="过期", actor=cast.pharmacist, at=NOW)
        assert watch_stock(province_id=HENAN, actor=cast.platform, at=NOW) == 1
        assert Event.objects.filter(action="stock.warn").latest("pk").changes["expired"] == [1, 0]


class TestWatchReserves:
    def test_raises_the_alarm_under_the_floor_once_a_day(self, cast: Cast, product: Product) -> None:
        plan = factories.filled_reserve(cast, product, fresh(700))
        assert watch_reserves(actor=cast.platform, at=NOW) == 0
        factories.issued_release(cast, plan, 1)
        assert watch_reserves(actor=cast.platform, at=NOW) == 1
        event = Event.objects.get(action="reserve_plan.alarm")
        assert (event.subject_id, event.changes) == (plan.pk, {"usable": [None, 699], "floor": [None, 700]})
        assert watch_reserves(actor=cast.platform, at=NOW) == 0
        assert watch_reserves(actor=cast.platform, at=NOW + timedelta(days=1)) == 1
