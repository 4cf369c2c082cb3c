from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from distribution.models import Despatch, DespatchLine, GoodsReturn, Receipt
from distribution.services.orders import LineAnswer, confirm_order
from distribution.services.returns import answer_return
from distribution.states import ReturnStatus
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

    def test_refuses_a_surplus_that_only_a_scanner_types(self, browser: Client, despatch: Despatch) -> None:
        assert receive(browser, despatch, accepted=9, surplus=6901234567892).status_code == 400

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

    def test_shows_the_checks_it_went_through(self, browser: Client, despatch: Despatch) -> None:
        page = browser.get(receive(browser, despatch, accepted=9, surplus=1)["Location"]).content.decode()
        assert "1 of the 10 packs sent are missing." in page and "1 pack too many" in page
        assert "CN.contract.short" in page and "国办发〔2010〕56号" in page
        assert "It may be used until" in page

    def test_says_which_gate_it_does_not_pass(self, browser: Client, despatch: Despatch) -> None:
        response = receive(browser, despatch, lot_found="OTHER")
        assert response.status_code == 422
        assert "Announced was lot L001, found was OTHER." in response.content.decode()

    def test_takes_the_time_of_the_arrival(self, browser: Client, despatch: Despatch) -> None:
        [line] = despatch.lines.all()
        fields = {f"line-{line.pk}-accepted": 10, f"line-{line.pk}-rejected": 0, "arrived_at": "2001-01-01T00:00"}
        response = browser.post(f"/portal/despatches/{despatch.pk}/receive/", fields)
        assert response.status_code == 422 and "which is not between" in response.content.decode()

    @pytest.mark.parametrize(
        ("name", "status"), [("buyer", 403), ("approver", 403), ("supplier", 403), ("outsider", 404)]
    )
    def test_refuses_everybody_else(self, name: str, status: int, cast: Cast, login: Login, despatch: Despatch) -> None:
        assert receive(login(getattr(cast, name)), despatch).status_code == status
        assert not Receipt.objects.exists()


class TestScan:
    """Two packs of lot L001 with the prefix 8123456, as a scanner without any script sends them."""

    CODES = ("81234560000000000001", "81234560000000000002", "81234560000000000003")

    @pytest.fixture
    def despatch(self, cast: Cast, line: AgreementLine) -> Despatch:
        line.product.trace_prefix = "8123456"
        line.product.save()
        return factories.despatch(cast, {line: 2})

    def scan(self, browser: Client, despatch: Despatch, code: str, before: Any = None) -> Any:
        """What the page holds after a scan."""
        sent = {} if before is None else {form.prefix: form for form in before.context["forms"]}
        fields = {f"{prefix}-{name}": form[name].value() or "" for prefix, form in sent.items() for name in form.fields}
        return browser.post(f"/portal/despatches/{despatch.pk}/scan/", {**fields, "scan": code})

    def test_starts_from_nothing_with_the_input_in_focus(self, browser: Client, despatch: Despatch) -> None:
        page = browser.get(f"/portal/despatches/{despatch.pk}/receive/?by=scanner").content.decode()
        [line] = despatch.lines.all()
        assert f'name="line-{line.pk}-accepted" value="0"' in page
        assert 'name="scan" autofocus' in page
        # the first button is what Enter presses
        assert page.index("data-scan formaction") < page.index("Record the receipt")

    def test_counts_up_and_says_at_once_what_is_wrong(self, browser: Client, despatch: Despatch) -> None:
        first = self.scan(browser, despatch, self.CODES[0])
        assert "lot L001: 1 of 2" in first.content.decode() and 'value="1"' in first.content.decode()
        again = self.scan(browser, despatch, self.CODES[0], first)
        assert "was scanned before" in again.content.decode()
        foreign = self.scan(browser, despatch, "99999990000000000001", again)
        assert "no product of this delivery" in foreign.content.decode()
        second = self.scan(browser, despatch, self.CODES[1], foreign)
        assert "lot L001: 2 of 2" in second.content.decode() and 'value="2"' in second.content.decode()
        third = self.scan(browser, despatch, self.CODES[2], second)
        assert "One too many" in third.content.decode()
        assert not Receipt.objects.exists()

    def test_leaves_the_codes_with_the_receipt(self, browser: Client, despatch: Despatch) -> None:
        [line] = despatch.lines.all()
        counted = self.scan(browser, despatch, self.CODES[0])
        assert counted.context["forms"][0].scanned == [self.CODES[0]]
        receive(browser, despatch, accepted=1, rejected=1, reason="damaged", codes=self.CODES[0])
        assert list(line.trace_codes.values_list("code", "is_active")) == [(self.CODES[0], True)]


class TestReturns:
    @pytest.fixture
    def line(self, cast: Cast, line: AgreementLine) -> DespatchLine:
        return factories.receipt(cast, {line: 10}).despatch.lines.get()

    def ask(self, browser: Client, line: DespatchLine, packs: object) -> Any:
        fields = {"line": line.pk, "packs": packs, "reason": "damaged", "remedy": "replace", "remark": "wet"}
        return browser.post(f"/portal/despatches/{line.despatch_id}/returns/", fields)

    def test_go_from_the_page_of_the_despatch_to_the_supplier_and_out(
        self, cast: Cast, browser: Client, line: DespatchLine
    ) -> None:
        page = browser.get(self.ask(browser, line, 3)["Location"]).content.decode()
        asked = GoodsReturn.objects.get()
        assert asked.number in page and "wet" in page and "Hand over" not in page
        answer_return(return_id=asked.pk, action="agree", actor=cast.supplier, at=factories.NOW)
        page = browser.get(f"/portal/despatches/{line.despatch_id}/").content.decode()
        assert "Hand over" in page
        browser.post(f"/portal/returns/{asked.pk}/hand_over/")
        asked.refresh_from_db()
        assert asked.status == ReturnStatus.RETURNED

    def test_are_dropped_by_a_button(self, browser: Client, line: DespatchLine) -> None:
        self.ask(browser, line, 3)
        asked = GoodsReturn.objects.get()
        assert "Keep the goods" in browser.get(f"/portal/despatches/{line.despatch_id}/").content.decode()
        browser.post(f"/portal/returns/{asked.pk}/cancel/")
        page = browser.post(f"/portal/returns/{asked.pk}/cancel/", follow=True).content.decode()
        assert "has already been done" in page
        assert browser.post(f"/portal/returns/{asked.pk}/agree/").status_code == 404

    @pytest.mark.parametrize(("packs", "status"), [(11, 422), ("x", 400)])
    def test_are_of_what_was_kept(self, browser: Client, line: DespatchLine, packs: object, status: int) -> None:
        assert self.ask(browser, line, packs).status_code == status
        assert not GoodsReturn.objects.exists()

    def test_are_the_pharmacist_s(self, cast: Cast, login: Login, line: DespatchLine) -> None:
        assert self.ask(login(cast.buyer), line, 1).status_code == 403
