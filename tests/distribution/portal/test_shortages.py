from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from distribution.models import ShortageItem, ShortageReport
from distribution.services.shortages import Redistribution
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.distribution.portal.conftest import Login

LIST, NEW = "/portal/shortages/", "/portal/shortages/new/"


@pytest.fixture
def browser(cast: Cast, line: AgreementLine, login: Login) -> Client:
    return login(cast.buyer)


def told(line: AgreementLine, **changed: Any) -> dict[str, Any]:
    return {"product": line.product.code, "reason": "not_supplied", "units": "200", "note": ""} | changed


class TestShortages:
    def test_are_reported_seen_and_taken_back(self, cast: Cast, line: AgreementLine, browser: Client) -> None:
        assert line.product.code in browser.get(f"{NEW}?product={line.product.code}").content.decode()
        page = browser.post(NEW, told(line), follow=True).content.decode()
        report = ShortageReport.objects.get()
        assert (report.institution, report.units) == (cast.hospital, 200)
        assert f"{report.product} is reported as short." in page and "Supplied again" in page
        again = browser.post(NEW, told(line))
        assert (again.status_code, set(again.context["form"].errors)) == (409, {"product"})
        page = browser.post(f"{LIST}reports/{report.pk}/end/", follow=True).content.decode()
        assert f"{report.product} is supplied again." in page
        assert "was taken back on" in browser.post(f"{LIST}reports/{report.pk}/end/", follow=True).content.decode()

    @pytest.mark.parametrize(
        ("changed", "status", "field"),
        [
            ({"units": "0"}, 400, "units"),
            ({"product": "NONE"}, 422, "product"),
            ({"reason": "other"}, 422, "note"),
        ],
    )
    def test_are_refused_beside_the_field(
        self, line: AgreementLine, browser: Client, changed: dict[str, Any], status: int, field: str
    ) -> None:
        answer = browser.post(NEW, told(line, **changed))
        assert (answer.status_code, set(answer.context["form"].errors)) == (status, {field})

    def test_of_the_province_show_what_is_done(
        self, cast: Cast, line: AgreementLine, browser: Client, login: Login
    ) -> None:
        factories.national_shortage(cast, line.product)
        item = ShortageItem.objects.visible_to(cast.buyer).get()
        lot = factories.stock_lot(factories.pharmacist_of(factories.neighbour()), line.product)
        factories.answered_shortage(cast, item, Redistribution(lot.pk, cast.hospital.code, 10))
        page = browser.get(LIST).content.decode()
        assert item.number in page and "redistribution" in page and "Short in the whole country" in page
        page = browser.get(f"{LIST}{item.pk}/").content.decode()
        assert "2 institutions report that they lack 400 units a month." in page and "保障供应" in page
        assert login(cast.outsider).get(f"{LIST}{item.pk}/").status_code == 404
