"""Adverse reactions, warnings of lots and recalls as the institution sees them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from catalog.models import Product
from distribution.models import AdverseReaction, RecallNotice, StockLot
from tests import factories
from tests.cast import Cast
from tests.distribution.portal.conftest import Login
from tests.factories import TODAY

NEW = "/portal/reactions/new/"


@pytest.fixture
def product(cast: Cast) -> Product:
    return factories.product(cast.supplier_firm)


@pytest.fixture
def browser(cast: Cast, login: Login) -> Client:
    return login(cast.pharmacist)


def page(browser: Client, address: str) -> str:
    return browser.get(address).content.decode()


def token_of(browser: Client, address: str) -> str:
    """The token of a fresh form."""
    found = re.search(r'name="token" value="([0-9a-f]{32})"', page(browser, address))
    assert found is not None
    return found[1]


class TestNewReaction:
    def sent(self, about: Product, token: str, **changed: Any) -> dict[str, Any]:
        usual = {"product": about.code, "lot_number": "L001", "event": "皮疹", "seriousness": "serious"}
        patient = {"age_group": "adult", "sex": "female", "outcome": "recovered"}
        days = {"onset_on": TODAY.isoformat(), "known_on": TODAY.isoformat()}
        return usual | patient | days | {"token": token} | changed

    def test_is_reported_once_however_often_it_is_sent(self, browser: Client, product: Product) -> None:
        body = self.sent(product, token_of(browser, NEW))
        answer = browser.post(NEW, body, follow=True)
        browser.post(NEW, body)
        reaction = AdverseReaction.objects.get()
        text = answer.content.decode()
        assert reaction.number in text and "CN.2011-81.21" in text and "is reported" in text
        assert reaction.number in page(browser, "/portal/reactions/?status=reported")
        assert reaction.number not in page(browser, "/portal/reactions/?status=reviewed")

    @pytest.mark.parametrize(
        ("changed", "status", "field"),
        [
            ({"event": "电话13800138000"}, 422, "event"),
            ({"product": "NONE"}, 404, "product"),
            ({"known_on": "2020-01-01"}, 422, "known_on"),
            ({"seriousness": "x"}, 400, "seriousness"),
        ],
    )
    def test_is_refused_beside_the_field(
        self, browser: Client, product: Product, changed: dict[str, Any], status: int, field: str
    ) -> None:
        answer = browser.post(NEW, self.sent(product, token_of(browser, NEW), **changed))
        assert (answer.status_code, set(answer.context["form"].errors)) == (status, {field})


class TestLotWarnings:
    def test_say_what_is_left_of_one_s_own(self, cast: Cast, browser: Client, product: Product, login: Login) -> None:
        factories.stock_lot(cast.pharmacist, product, 123, lot_number="L001")
        factories.lot_alert(cast, product)
        text = page(browser, "/portal/lot-warnings/")
        assert "PLATFORM.lot-cluster.serious" in text and "123" in text
        assert "There are no warnings here." in page(login(cast.outsider), "/portal/lot-warnings/")


class TestRecall:
    def test_is_acknowledged_and_what_is_left_handed_back(
        self, cast: Cast, browser: Client, product: Product, login: Login
    ) -> None:
        lot = factories.stock_lot(cast.pharmacist, product, 100, lot_number="L001")
        recall = factories.notified_recall(cast, product, "L001")
        notice = factories.recall_notice(recall, cast.pharmacist)
        address = f"/portal/recalls/{notice.pk}/"
        assert recall.number in page(browser, "/portal/recalls/")
        assert "停止使用并封存" in page(login(cast.buyer), address)
        assert login(cast.buyer).post(f"{address}acknowledge/", {"units_found": 100}).status_code == 403
        assert login(cast.outsider).get(address).status_code == 404
        assert browser.post(f"{address}acknowledge/", {"units_found": ""}).status_code == 400
        answer = browser.post(f"{address}acknowledge/", {"units_found": 98}, follow=True)
        assert "The recall is acknowledged." in answer.content.decode()
        assert RecallNotice.objects.get().units_found == 98
        assert (
            "already been done"
            in browser.post(f"{address}acknowledge/", {"units_found": 98}, follow=True).content.decode()
        )

        back = {"lot": lot.pk, "units": 60, "token": token_of(browser, address)}
        for _time in range(2):
            browser.post(f"{address}give-back/", back)
        assert StockLot.objects.get().units == 40
        too_many = back | {"units": 41, "token": token_of(browser, address)}
        assert "40" in browser.post(f"{address}give-back/", too_many, follow=True).content.decode()
        assert browser.post(f"{address}give-back/", back | {"token": "x"}).status_code == 400
        assert StockLot.objects.get().units == 40
