from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from catalog.models import Product
from distribution.models import StockEntry, StockLot, StockTransfer
from distribution.portal.once import new_token
from distribution.states import StockMove, TransferStatus
from tests import factories
from tests.cast import Cast
from tests.distribution.portal.conftest import Login
from tests.factories import TODAY

GTIN = "06901234567892"


@pytest.fixture
def product(cast: Cast) -> Product:
    made = factories.product(cast.supplier_firm)
    Product.objects.filter(pk=made.pk).update(gtin=GTIN[1:])
    return made


@pytest.fixture
def browser(cast: Cast, login: Login) -> Client:
    return login(cast.pharmacist)


def page_of(browser: Client, where: str) -> str:
    response = browser.get(where)
    assert response.status_code == 200
    return str(response.content.decode())


class TestStockList:
    def test_shows_use_and_warnings_and_narrows_to_one(
        self, cast: Cast, login: Login, product: Product, browser: Client
    ) -> None:
        factories.stock_lot(cast.pharmacist, product, 1234, days=-1)
        factories.used(cast.pharmacist, product, 600)
        page = page_of(login(cast.buyer), "/portal/stock/")
        for text in (product.code, "1,234", "200", "expired (1)", "nothing left to issue"):
            assert text in page
        assert "Opening stock" not in page and "Opening stock" in page_of(browser, "/portal/stock/")
        assert product.code in page_of(browser, "/portal/stock/?warning=expired")
        assert product.code not in page_of(browser, "/portal/stock/?warning=held")


class TestIssue:
    def issue(self, browser: Client, **fields: object) -> str:
        filled = {"token": new_token(), "units": 5, "lot_number": ""} | fields
        return str(browser.post("/portal/stock/issue/", filled, follow=True).content.decode())

    def test_of_a_scanned_pack_takes_its_lot_and_warns(self, cast: Cast, product: Product, browser: Client) -> None:
        factories.stock_lot(cast.pharmacist, product, 10, lot_number="EARLY", days=100)
        scanned = factories.stock_lot(cast.pharmacist, product, 10, lot_number="LATE", days=200)
        page = self.issue(browser, product=f"(01){GTIN}(17){scanned.expires_on:%y%m%d}(10)LATE")
        assert "5 units of" in page and "Lot EARLY expires earlier" in page
        assert StockLot.objects.get(pk=scanned.pk).units == 5

    def test_sent_twice_issues_once(self, cast: Cast, product: Product, browser: Client) -> None:
        lot = factories.stock_lot(cast.pharmacist, product, 10)
        token = new_token()
        for _ in range(2):
            self.issue(browser, product=product.code, token=token)
        assert StockLot.objects.get(pk=lot.pk).units == 5

    def test_tells_at_the_field_what_is_wrong(self, cast: Cast, product: Product, browser: Client) -> None:
        factories.stock_lot(cast.pharmacist, product, 3)
        sheet = {"product": product.code, "units": 5, "token": new_token()}
        response = browser.post("/portal/stock/issue/", sheet)
        assert response.status_code == 422
        assert "3 can be issued" in response.context["form"].errors["units"][0]
        assert browser.post("/portal/stock/issue/", {"product": "x"}).status_code == 400


class TestOpening:
    def test_takes_lot_and_expiry_from_the_bar_code(self, cast: Cast, product: Product, browser: Client) -> None:
        day = TODAY + timedelta(days=100)
        scan = f"(01){GTIN}(17){day:%y%m%d}(10)A1"
        assert browser.post("/portal/stock/opening/", {"product": scan, "units": 7}).status_code == 302
        assert StockLot.objects.filter(holder=cast.hospital, lot_number="A1", expires_on=day, units=7).exists()
        again = browser.post("/portal/stock/opening/", {"product": scan, "units": 7})
        assert (again.status_code, list(again.context["form"].errors)) == (422, ["lot_number"])
        bare = browser.post("/portal/stock/opening/", {"product": product.code, "units": 7})
        assert (bare.status_code, list(bare.context["form"].errors)) == (400, ["lot_number", "expires_on"])


class TestCount:
    def test_records_the_lots_that_were_counted(
        self, cast: Cast, login: Login, product: Product, browser: Client
    ) -> None:
        first = factories.stock_lot(cast.pharmacist, product, 10, days=100)
        second = factories.stock_lot(cast.pharmacist, product, 10, days=200)
        where = f"/portal/stock/products/{product.code}/"
        assert "Record the count" in page_of(browser, where)
        sheet = {f"lot-{lot.pk}-seen": 10 for lot in (first, second)} | {f"lot-{second.pk}-units": 8}
        refused = browser.post(where, sheet)
        assert (refused.status_code, refused.context["forms"][1].errors.keys()) == (422, {"reason"})
        assert browser.post(where, sheet | {f"lot-{second.pk}-reason": "破损"}).status_code == 302
        assert [StockLot.objects.get(pk=lot.pk).units for lot in (first, second)] == [10, 8]
        assert StockEntry.objects.get(kind=StockMove.COUNT).units == -2
        buyer = login(cast.buyer)
        assert "Record the count" not in page_of(buyer, where) and buyer.post(where, sheet).status_code == 403


class TestWriteOff:
    def test_takes_an_expired_lot_off_with_a_reason(self, cast: Cast, product: Product, browser: Client) -> None:
        lot = factories.stock_lot(cast.pharmacist, product, 10, days=-1)
        where = f"/portal/stock/lots/{lot.pk}/write-off/"
        assert 'value="10"' in page_of(browser, where)
        assert browser.post(where, {"units": 10}).status_code == 400
        assert browser.post(where, {"units": 11, "reason": "过期"}).status_code == 422
        assert browser.post(where, {"units": 10, "reason": "过期"}).status_code == 302
        assert StockLot.objects.get(pk=lot.pk).units == 0
        foreign = factories.stock_lot(cast.outsider, product)
        assert browser.get(f"/portal/stock/lots/{foreign.pk}/write-off/").status_code == 404


class TestTransfers:
    def test_are_offered_sent_and_seen_in_the_list(self, cast: Cast, product: Product, browser: Client) -> None:
        taker = factories.neighbour()
        lot = factories.stock_lot(cast.pharmacist, product, 10)
        where = f"/portal/stock/lots/{lot.pk}/offer/"
        assert taker.name in page_of(browser, where)
        assert browser.post(where, {"taker": cast.other_hospital.code, "units": 1, "reason": "x"}).status_code == 400
        assert browser.post(where, {"taker": taker.code, "units": 11, "reason": "x"}).status_code == 422
        browser.post(where, {"taker": taker.code, "units": 4, "reason": "用量不足"})
        transfer = StockTransfer.objects.get()
        assert transfer.number in page_of(browser, "/portal/transfers/")
        assert transfer.number not in page_of(browser, "/portal/transfers/?status=sent")
        page = page_of(browser, f"/portal/transfers/{transfer.pk}/")
        assert "Cancel the transfer" in page and "Agree" not in page

    def test_are_agreed_and_received_by_the_taker(self, cast: Cast, product: Product, browser: Client) -> None:
        giver = factories.pharmacist_of(factories.neighbour())
        transfer = factories.proposed_transfer(factories.stock_lot(giver, product), cast.hospital, 10, actor=giver)
        where = f"/portal/transfers/{transfer.pk}/"
        stale = browser.post(f"{where}agree/", {"version": 9}, follow=True)
        assert "reload and decide again" in stale.content.decode()
        browser.post(f"{where}agree/", {"version": transfer.version})
        factories.send(transfer, actor=giver)
        transfer.refresh_from_db()
        page = browser.post(f"{where}receive/", {"version": transfer.version}, follow=True).content.decode()
        assert "is in your stock" in page
        transfer.refresh_from_db()
        assert transfer.status == TransferStatus.RECEIVED
        assert browser.post(f"{where}burn/").status_code == 404

    def test_are_suggested_where_one_has_what_the_other_lacks(
        self, cast: Cast, product: Product, browser: Client
    ) -> None:
        giver = factories.neighbour()
        factories.stock_lot(factories.pharmacist_of(giver), product, 500)
        factories.used(cast.pharmacist, product, 300)
        page = page_of(browser, "/portal/transfers/suggestions/")
        assert giver.name in page and product.code in page and "100" in page
