from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from distribution.models import Complaint
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.distribution.measured import REFUSED, measured_order
from tests.distribution.portal.conftest import Login
from tests.factories import NOW

NEW = "/portal/complaints/new/"


@pytest.fixture
def order(cast: Cast, line: AgreementLine) -> Any:
    return measured_order(cast.hospital, [(line, REFUSED)], placed_at=NOW)


@pytest.fixture
def browser(cast: Cast, order: Any, login: Login) -> Client:
    return login(cast.buyer)


def told(**changed: Any) -> dict[str, Any]:
    return {"about": "SUPPLIER", "subject": "not_delivered", "order": "", "text": "三次催货未到"} | changed


class TestNewComplaint:
    def test_is_filed_about_an_order_of_the_institution(self, browser: Client, order: Any) -> None:
        page = browser.get(f"{NEW}?order={order.pk}").content.decode()
        assert order.number in page and "华夏制药有限公司" in page and "长江制药有限公司" not in page
        answer = browser.post(NEW, told(order=order.number), follow=True)
        filed = Complaint.objects.get()
        assert (filed.order, filed.text) == (order, "三次催货未到")
        page = answer.content.decode()
        assert f"{filed.number} is filed." in page and "Withdraw the complaint" in page
        assert filed.number in browser.get("/portal/complaints/?status=filed").content.decode()
        assert filed.number not in browser.get("/portal/complaints/?status=decided").content.decode()

    @pytest.mark.parametrize(
        ("changed", "status", "field"),
        [
            ({"text": ""}, 400, "text"),
            ({"about": "RIVAL"}, 400, "about"),
            ({"order": "PO"}, 400, "order"),
            ({"order": "PO99999999"}, 404, "order"),
        ],
    )
    def test_is_refused_beside_the_field(
        self, browser: Client, changed: dict[str, Any], status: int, field: str
    ) -> None:
        answer = browser.post(NEW, told(**changed))
        assert (answer.status_code, set(answer.context["form"].errors)) == (status, {field})
        assert not Complaint.objects.exists()


class TestComplaint:
    def test_shows_what_was_decided(self, cast: Cast, browser: Client) -> None:
        complaint = factories.decided_complaint(cast)
        page = browser.get(f"/portal/complaints/{complaint.pk}/").content.decode()
        assert "upheld" in page and complaint.decision in page and "Withdraw" not in page

    def test_may_be_withdrawn_once(self, cast: Cast, browser: Client) -> None:
        address = f"/portal/complaints/{factories.complaint(cast).pk}/withdraw/"
        assert "is withdrawn" in browser.post(address, follow=True).content.decode()
        assert "is withdrawn" not in browser.post(address, follow=True).content.decode()

    def test_is_answered_by_the_institution_that_it_is_about(self, cast: Cast, browser: Client) -> None:
        complaint = factories.accepted_complaint(cast, actor=cast.supplier, about=cast.hospital)
        address = f"/portal/complaints/{complaint.pk}/answer/"
        assert browser.post(address, {"answer": ""}).status_code == 400
        assert "The answer is sent." in browser.post(address, {"answer": "已付款"}, follow=True).content.decode()
        complaint.refresh_from_db()
        assert complaint.answer == "已付款"

    def test_is_not_shown_to_others(self, cast: Cast, login: Login) -> None:
        complaint = factories.complaint(cast)
        browser = login(cast.outsider)
        assert browser.get(f"/portal/complaints/{complaint.pk}/").status_code == 404
        assert browser.post(f"/portal/complaints/{complaint.pk}/withdraw/").status_code == 404
