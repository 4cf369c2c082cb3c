from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from distribution.models import Despatch, DespatchLine, Receipt
from distribution.services.orders import LineAnswer, confirm_order
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.distribution.portal.conftest import Login


class TestOrders:
    def test_shows_what_was_confirmed_and_why_not_all(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        order = factories.placed_order(cast, {line: 10})
        [order_line] = order.lines.all()
        confirm_order(
            order_id=order.pk,
            answers=[LineAnswer(order_line.pk, 8, "out of stock")],
            actor=cast.supplier,
            at=factories.NOW,
        )
        page = login(cast.buyer).get(f"/portal/orders/{order.pk}/").content.decode()
        for text in ("¥60.00", "out of stock", "confirmed", "the supplier delivers itself"):
            assert text in page

    def test_narrows_the_list_to_a_state(self, cast: Cast, login: Login, line: AgreementLine) -> None:
        order = factories.placed_order(cast, {line: 10})
        browser = login(cast.buyer)
        assert order.number in browser.get("/portal/orders/?status=placed").content.decode()
        assert order.number not in browser.get("/portal/orders/?status=received").content.decode()
        assert order.number in browser.get("/portal/orders/?status=nonsense").content.decode()


@pytest.fixture
def despatch(cast: Cast, line: AgreementLine) -> Despatch:
    """Ten packs on the way."""
    return factories.despatch(cast, {line: 10})


@pytest.fixture
def browser(cast: Cast, login: Login) -> Client:
    return login(cast.pharmacist)


def receive(browser: Client, despatch: Despatch, **fields: object) -> Any:
    [line] = despatch.lines.all()
    filled = {"accepted": 10, "rejected": 0, "reason": "", "remark": ""} | fields
    return browser.post(
        f"/portal/despatches/{despatch.pk}/receive/",
        {f"line-{line.pk}-{name}": value for name, value in filled.items()},
    )


class TestReceive:
    def test_proposes_that_all_is_well(self, browser: Client, despatch: Despatch) -> None:
        page = browser.get(f"/portal/despatches/{despatch.pk}/receive/").content.decode()
        [line] = despatch.lines.all()
        assert f'name="line-{line.pk}-accepted" value="10"' in page

    def test_records_what_was_found(self, browser: Client, despatch: Despatch) -> None:
        response = receive(browser, despatch, accepted=7, rejected=2, reason="damaged", remark="wet boxes")
        assert response["Location"] == f"/portal/despatches/{despatch.pk}/"
        found = DespatchLine.objects.get(despatch=despatch)
        assert (found.accepted_packs, found.rejected_packs) == (7, 2)
        page = browser.get(response["Location"]).content.decode()
        assert "wet boxes" in page and "damaged" in page and "was recorded" in page

    def test_refuses_more_than_was_sent_and_keeps_what_was_typed(self, browser: Client, despatch: Despatch) -> None:
        response = receive(browser, despatch, accepted=9, rejected=2, reason="damaged", remark="wet boxes")
        page = response.content.decode()
        assert response.status_code == 422
        assert "11 packs received, only 10 were sent" in page
        assert 'value="9"' in page and "wet boxes" in page
        assert not Receipt.objects.exists()

    def test_asks_for_the_reason_of_a_rejection(self, browser: Client, despatch: Despatch) -> None:
        response = receive(browser, despatch, accepted=8, rejected=2)
        assert response.status_code == 422
        assert response.context["forms"][0].errors["reason"]
        assert not Receipt.objects.exists()

    @pytest.mark.parametrize(("accepted", "status"), [("-1", 422), ("many", 400), ("", 400), ("9" * 30, 422)])
    def test_refuses_what_is_no_quantity(self, browser: Client, despatch: Despatch, accepted: str, status: int) -> None:
        response = receive(browser, despatch, accepted=accepted)
        assert response.status_code == status
        assert not Receipt.objects.exists()

    def test_a_second_receipt_is_told_that_it_was_done(self, browser: Client, despatch: Despatch) -> None:
        receive(browser, despatch)
        response = receive(browser, despatch, accepted=1)
        page = browser.get(response["Location"]).content.decode()
        assert "has already been done" in page
        assert DespatchLine.objects.get(despatch=despatch).accepted_packs == 10

    def test_leads_to_the_result_once_received(self, browser: Client, despatch: Despatch) -> None:
        receive(browser, despatch)
        response = browser.get(f"/portal/despatches/{despatch.pk}/receive/")
        assert response["Location"] == f"/portal/despatches/{despatch.pk}/"

    @pytest.mark.parametrize(
        ("name", "status"), [("buyer", 403), ("approver", 403), ("supplier", 403), ("outsider", 404)]
    )
    def test_refuses_everybody_else(self, name: str, status: int, cast: Cast, login: Login, despatch: Despatch) -> None:
        assert receive(login(getattr(cast, name)), despatch).status_code == status
        assert not Receipt.objects.exists()
