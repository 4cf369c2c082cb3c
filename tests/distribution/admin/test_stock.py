"""What officers see of stock and decide about transfers and the reserve."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from catalog.models import Product
from distribution.models import ReservePlan, ReserveRelease, StockCount, StockLot, StockTransfer
from distribution.services.counts import Found, count_stock
from distribution.states import ReleaseStatus, TransferStatus
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, TODAY, fresh
from tests.procurement.admin.pages import client_of, get, list_of, page_of, post


@pytest.fixture
def product(cast: Cast) -> Product:
    return factories.product(cast.supplier_firm)


@pytest.fixture
def lot(cast: Cast, product: Product) -> StockLot:
    return factories.stock_lot(cast.pharmacist, product)


def act(name: str, record: object) -> str:
    return reverse(f"admin:distribution_{name}", args=[record.pk])  # type: ignore[attr-defined]


class TestStock:
    def test_is_that_of_the_province_and_narrows_to_a_warning(
        self, cast: Cast, product: Product, lot: StockLot
    ) -> None:
        expired = factories.stock_lot(cast.pharmacist, product, days=-1)
        factories.stock_lot(cast.outsider, product)
        client = client_of(cast.officer)
        shown = client.get(list_of(StockLot)).context["cl"].result_list
        assert {row.pk for row in shown} == {lot.pk, expired.pk}
        [row] = client.get(list_of(StockLot), {"warning": "expired"}).context["cl"].result_list
        assert row.pk == expired.pk
        assert len(client_of(cast.supervisor).get(list_of(StockLot)).context["cl"].result_list) == 3
        page = get(client, page_of(lot))
        assert "opening stock" in page and "Propose a transfer" in page

    def test_counts_are_shown_with_their_differences(self, cast: Cast, lot: StockLot) -> None:
        count = count_stock(found=[Found(lot.pk, 99, "破损")], actor=cast.pharmacist, at=NOW)
        client = client_of(cast.officer)
        assert list(client.get(list_of(StockCount)).context["cl"].result_list) == [count]
        assert "破损" in get(client, page_of(count))


class TestTransfers:
    def test_are_proposed_and_cancelled_by_an_officer(self, cast: Cast, lot: StockLot) -> None:
        taker = factories.neighbour()
        client = client_of(cast.officer)
        where = act("stocklot_propose", lot)
        sheet = {"taker": cast.other_hospital.code, "units": 5, "reason": "用量不足"}
        assert "is no other institution of the province" in post(client, where, **sheet)
        assert "is proposed" in post(client, where, **sheet | {"taker": taker.code})
        transfer = StockTransfer.objects.get()
        [found] = client.get(list_of(StockTransfer), {"q": transfer.number}).context["cl"].result_list
        assert found == transfer
        assert "is cancelled" in post(client, act("stocktransfer_cancel", transfer), reason="不需要")
        transfer.refresh_from_db()
        assert transfer.status == TransferStatus.CANCELLED
        assert client_of(cast.supervisor).post(where, sheet).status_code == 403

    def test_are_suggested_from_who_has_to_who_lacks(self, cast: Cast, product: Product, lot: StockLot) -> None:
        taker = factories.neighbour()
        where = reverse("admin:distribution_stocklot_redistribution")
        client = client_of(cast.officer)
        assert "No institution lacks" in get(client, where)
        factories.used(factories.pharmacist_of(taker), product, 30)
        page = get(client, where)
        assert taker.name in page and cast.hospital.name in page
        assert f"holder__id__exact={cast.hospital.pk}&amp;product__id__exact={product.pk}" in page.replace(
            "&p", "&amp;p"
        )
        shown = client.get(list_of(StockLot), {"holder__id__exact": cast.hospital.pk, "product__id__exact": product.pk})
        assert list(shown.context["cl"].result_list) == [lot]


class TestReserve:
    def test_is_planned_by_an_officer(self, cast: Cast, product: Product) -> None:
        client = client_of(cast.officer)
        where = reverse("admin:distribution_reserveplan_decide_plan")
        sheet = {
            "product": product.code,
            "holder": "nobody",
            "units": 1000,
            "valid_from": TODAY,
            "valid_until": TODAY + timedelta(days=365),
            "authority": "豫医药储备〔2026〕1号",
        }
        assert "cannot keep a reserve" in post(client, where, **sheet)
        assert "is planned" in post(client, where, **sheet | {"holder": cast.distributor_firm.code})
        plan = ReservePlan.objects.get()
        assert list(client.get(list_of(ReservePlan)).context["cl"].result_list) == [plan]
        assert not client_of(cast.foreign_officer).get(list_of(ReservePlan)).context["cl"].result_list

    def test_shows_the_floor_and_what_is_due(self, cast: Cast, product: Product) -> None:
        plan = factories.filled_reserve(cast, product, fresh(690, lot_number="ONLY"))
        page = get(client_of(cast.officer), page_of(plan))
        for words in ("690", "700", "ONLY", "Order a release"):
            assert words in page

    def test_is_released_by_two_officers(self, cast: Cast, product: Product) -> None:
        plan = factories.filled_reserve(cast, product)
        first, second = client_of(cast.officer), client_of(cast.second_officer)
        sheet = {"recipient": cast.hospital.code, "units": 1001, "authority": "省卫生健康委", "reason": "暴发疫情"}
        where = act("reserveplan_order", plan)
        assert "1000 can be issued" in post(first, where, **sheet)
        assert "waits for another officer" in post(first, where, **sheet | {"units": 10})
        release = ReserveRelease.objects.get()
        assert "nobody approves the release that they ordered" in post(first, act("reserverelease_approve", release))
        assert "暴发疫情" in get(second, act("reserverelease_approve", release))
        assert "is approved" in post(second, act("reserverelease_approve", release))
        assert "is dropped" in post(second, act("reserverelease_drop", release), reason="疫情平息")
        release.refresh_from_db()
        assert release.status == ReleaseStatus.DROPPED

    def test_lists_what_should_have_been_refilled(self, cast: Cast, product: Product) -> None:
        release = factories.issued_release(cast, factories.filled_reserve(cast, product))
        client = client_of(cast.officer)
        wanted = {"refill": "open"}
        assert list(client.get(list_of(ReserveRelease), wanted).context["cl"].result_list) == [release]
        wanted = {"refill": "overdue"}
        assert not client.get(list_of(ReserveRelease), wanted).context["cl"].result_list
        ReserveRelease.objects.update(refill_due_on=TODAY - timedelta(days=1))
        assert list(client.get(list_of(ReserveRelease), wanted).context["cl"].result_list) == [release]

    def test_ends_early_with_a_reason(self, cast: Cast, product: Product) -> None:
        plan = factories.reserve_plan(cast, product)
        client = client_of(cast.officer)
        where = act("reserveplan_end", plan)
        assert "no day on which this can end early" in post(client, where, on=TODAY - timedelta(days=1), reason="x")
        assert "is in force" in post(client, where, on=TODAY, reason="改由他人承储")
        plan.refresh_from_db()
        assert plan.validity.upper == TODAY
        assert client_of(cast.supervisor).post(where, {"on": TODAY, "reason": "x"}).status_code == 403
