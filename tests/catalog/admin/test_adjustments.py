"""Price adjustments in the admin: opened with evidence, approved by a second officer, dropped with a reason."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate

from catalog.models import PriceAdjustment, ProcurementPrice
from catalog.services.adjustments import open_adjustment
from catalog.states import AdjustmentStatus
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.prices_paid import pays
from tests.factories import NOW
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

FROM = localdate() + timedelta(days=30)


@pytest.fixture
def price(cast: Cast) -> ProcurementPrice:
    """Henan pays 8.00 for amoxicillin under a guide price of 8.72; Hubei pays 6.00."""
    factories.guide_price()
    product = factories.product(cast.supplier_firm)
    pays(product, "6.00", HUBEI)
    return pays(product, "8.00")


def asked(price: ProcurementPrice, cast: Cast, amount: str = "6.00") -> PriceAdjustment:
    return open_adjustment(
        product_id=price.product_id,
        province_id=price.province_id,
        price=Decimal(amount),
        valid_from=FROM,
        reason="as in Hubei",
        actor=cast.officer,
        at=NOW,
    )


class TestOpen:
    def test_proposes_the_lowest_price_with_a_reason(self, cast: Cast, price: ProcurementPrice) -> None:
        page = get(client_of(cast.officer), action_of(price, "adjust"))
        assert 'value="6.00"' in page
        assert "Price linkage: 湖北省 pays less, ¥6.00." in page

    def test_keeps_the_prices_that_were_seen(self, cast: Cast, price: ProcurementPrice) -> None:
        values = {"price": "6.00", "valid_from": str(FROM), "reason": "as in Hubei"}
        page = post(client_of(cast.officer), action_of(price, "adjust"), **values)
        assert "a second officer approves it" in page
        adjustment = PriceAdjustment.objects.get()
        assert adjustment.evidence["own_price"] == "8.0000"
        assert [(seen["province"], seen["price"]) for seen in adjustment.evidence["prices"]] == [("湖北省", "6.0000")]
        ProcurementPrice.objects.filter(province=HUBEI).delete()
        page = get(client_of(cast.supervisor), page_of(adjustment))
        assert "Seen on" in page
        assert "25.0%" in page

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"price": "8.73"}, "is above its guide price"),
            ({"price": "0"}, "must be above zero"),
            ({"reason": " "}, "Say why"),
            ({"valid_from": "2025-01-01"}, "has no procurement price"),
            ({"valid_from": "2026-01-01"}, "already has a price"),
        ],
    )
    def test_tells_beside_the_field_what_cannot_stand(
        self, cast: Cast, price: ProcurementPrice, changed: dict[str, str], words: str
    ) -> None:
        values = {"price": "6.00", "valid_from": str(FROM), "reason": "as in Hubei"} | changed
        answer = client_of(cast.officer).post(action_of(price, "adjust"), values)
        assert words in str(answer.context["form"].errors[next(iter(changed))])
        assert not PriceAdjustment.objects.exists()

    @pytest.mark.parametrize("name", ["foreign_officer", "supervisor"])
    def test_is_for_officers_of_the_province(self, cast: Cast, price: ProcurementPrice, name: str) -> None:
        client = client_of(getattr(cast, name))
        values = {"price": "6.00", "valid_from": str(FROM), "reason": "x"}
        assert client.post(action_of(price, "adjust"), values).status_code == 403
        assert action_of(price, "adjust") not in get(client, page_of(price))


class TestApprove:
    def test_lets_the_new_price_hold(self, cast: Cast, price: ProcurementPrice) -> None:
        adjustment = asked(price, cast)
        client = client_of(cast.second_officer)
        page = post(client, action_of(adjustment, "approve"), version=adjustment.version)
        assert "The new price holds from" in page
        price.refresh_from_db()
        assert price.validity.upper == FROM
        assert ProcurementPrice.objects.get(province=HENAN, validity__contains=FROM).price == Decimal(6)

    def test_is_not_for_the_one_who_opened_it(self, cast: Cast, price: ProcurementPrice) -> None:
        adjustment = asked(price, cast)
        client = client_of(cast.officer)
        assert "a second officer does" in get(client, action_of(adjustment, "approve"))
        post(client, action_of(adjustment, "approve"), version=adjustment.version)
        adjustment.refresh_from_db()
        assert adjustment.status == AdjustmentStatus.OPEN

    def test_refuses_what_was_decided_on_an_old_version(self, cast: Cast, price: ProcurementPrice) -> None:
        adjustment = asked(price, cast)
        client = client_of(cast.second_officer)
        assert "changed meanwhile" in post(client, action_of(adjustment, "approve"), version=9)

    def test_tells_that_the_ceiling_has_come_down(self, cast: Cast, price: ProcurementPrice) -> None:
        adjustment = asked(price, cast)
        factories.guide_price(price="5.00", valid_from=FROM)
        client = client_of(cast.second_officer)
        page = post(client, action_of(adjustment, "approve"), version=adjustment.version)
        assert "above its guide price 5.00" in page

    def test_is_not_for_supervisors(self, cast: Cast, price: ProcurementPrice) -> None:
        adjustment = asked(price, cast)
        client = client_of(cast.supervisor)
        for name in ("approve", "drop"):
            assert client.post(action_of(adjustment, name), {"version": 1, "reason": "x"}).status_code == 403


class TestDrop:
    def test_is_shown_with_its_reason(self, cast: Cast, price: ProcurementPrice) -> None:
        adjustment = asked(price, cast)
        client = client_of(cast.officer)
        assert "Say why" in post(client, action_of(adjustment, "drop"), reason="")
        page = post(client, action_of(adjustment, "drop"), reason="the maker lowered it itself")
        assert "the maker lowered it itself" in page
        assert action_of(adjustment, "approve") not in page


class TestList:
    def test_is_of_the_own_province(self, cast: Cast, price: ProcurementPrice) -> None:
        adjustment = asked(price, cast)
        assert not client_of(cast.foreign_officer).get(list_of(PriceAdjustment)).context["cl"].result_list
        assert client_of(cast.foreign_officer).get(page_of(adjustment)).status_code == 302
        found = client_of(cast.supervisor).get(list_of(PriceAdjustment)).context["cl"].result_list
        assert list(found) == [adjustment]

    def test_is_exported(self, cast: Cast, price: ProcurementPrice) -> None:
        asked(price, cast)
        address = reverse("admin:catalog_priceadjustment_export_csv")
        response: Any = client_of(cast.supervisor).get(address)
        assert f"河南省,8.0000,6.0000,{FROM},as in Hubei,officer" in response.getvalue().decode()

    def test_takes_as_many_queries_for_fifty_as_for_one(self, cast: Cast, price: ProcurementPrice) -> None:
        asked(price, cast)
        client = client_of(cast.officer)
        get(client, list_of(PriceAdjustment))
        with CaptureQueriesContext(connection) as few:
            get(client, list_of(PriceAdjustment))
        for pack in range(30, 80):
            factories.guide_price(pack_quantity=pack)
            asked(pays(factories.product(cast.supplier_firm, pack_quantity=pack), "8.00"), cast)
        with CaptureQueriesContext(connection) as many:
            assert len(client.get(list_of(PriceAdjustment)).context["cl"].result_list) == 50
        assert len(many) == len(few)
