"""Invoices, settlements and overdue payments over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from distribution.models import DespatchLine, Order, Payable
from distribution.services.matching import judge_order
from tests import factories
from tests.cast import Cast
from tests.catalog.api.calls import machine, person, problem_in
from tests.distribution.api.test_query_counts import queries_of
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def order(cast: Cast) -> Order:
    """Ten packs at 6.00, accepted."""
    return factories.receipt(cast).despatch.order


def body(order: Order, **changed: Any) -> dict[str, Any]:
    sent = DespatchLine.objects.get(despatch__order=order)
    line = {"line": sent.order_line_id, "lot_number": "L001", "packs": 10, "price": "6.00", "amount": "60.00"}
    return {"order": order.pk, "number": "FP1", "issued_on": TODAY.isoformat(), "lines": [line | changed]}


class TestInvoices:
    def test_are_filed_and_tell_what_differs(self, cast: Cast, order: Order) -> None:
        supplier = machine(cast.supplier, "orders")
        filed = supplier.send("/api/v1/invoices/", body(order, packs=12, amount="72.00"))
        assert (filed.status_code, filed.json()["status"]) == (201, "filed")
        judge_order(order_id=order.pk, at=NOW)
        address = f"/api/v1/invoices/{filed.json()['id']}/"
        found = supplier.get(address).json()
        assert (found["status"], found["payable"]) == ("disputed", "60.00")
        [difference] = found["differences"]
        assert (difference["kind"], difference["expected"], difference["found"]) == ("quantity_over", "10", "12")
        assert [(lot["lot"], lot["length"], lot["limit"]) for lot in found["chain"]] == [("L001", 1, 2)]
        withdrawn = supplier.send(f"{address}withdraw/", {"reason": "数量有误"})
        assert withdrawn.json()["status"] == "withdrawn"

    def test_name_another_product_where_the_paper_does(self, cast: Cast, order: Order) -> None:
        other = factories.product(cast.supplier_firm, pack_quantity=12)
        supplier = machine(cast.supplier, "orders")
        filed = supplier.send("/api/v1/invoices/", body(order, product=other.code)).json()
        judge_order(order_id=order.pk, at=NOW)
        found = supplier.get(f"/api/v1/invoices/{filed['id']}/").json()
        assert "product" in {difference["kind"] for difference in found["differences"]}

    def test_of_a_number_that_is_taken_are_refused(self, cast: Cast, order: Order) -> None:
        supplier = machine(cast.supplier, "orders")
        assert supplier.send("/api/v1/invoices/", body(order)).status_code == 201
        problem_in(supplier.send("/api/v1/invoices/", body(order)), 409, "invoice-exists")

    def test_between_firms_are_filed_by_the_buyer_too(self, cast: Cast, order: Order) -> None:
        product = order.lines.get().product.code
        line = {"product": product, "lot_number": "L001", "packs": 100, "price": "5.00", "amount": "500.00"}
        copy = {"seller": "SUPPLIER", "buyer": "DISTRIBUTOR", "number": "CP1", "issued_on": TODAY.isoformat()}
        filed = machine(cast.distributor, "orders").send("/api/v1/invoices/sales/", copy | {"lines": [line]})
        assert (filed.status_code, filed.json()["order"]) == (201, None)
        refused = machine(cast.rival, "orders").send("/api/v1/invoices/sales/", copy | {"lines": [line]})
        problem_in(refused, 403, "not-allowed")

    def test_cost_as_many_queries_for_many_as_for_one(self, cast: Cast) -> None:
        lines = factories.agreement_lines(cast, ["药1", "药2", "药3"])
        officer, counts = person(cast.officer), []
        for number in (1, 3):
            for _ in range(number):
                factories.invoice(cast, factories.receipt(cast, dict.fromkeys(lines[:number], 5)).despatch.order)
            factories.settlement(cast)
            counts.append([queries_of(officer.get, f"/api/v1/{kind}/") for kind in ("invoices", "settlements")])
        assert counts[0] == counts[1]


class TestSettlements:
    def test_go_from_two_officers_to_the_bank(self, cast: Cast, order: Order) -> None:
        factories.invoice(cast, order)
        first, second = person(cast.officer), person(cast.second_officer)
        [drawn] = first.send("/api/v1/settlements/", {"institution": "HOSP-HA"}).json()["settlements"]
        assert (drawn["amount"], [line["despatch"] for line in drawn["lines"]]) == (
            "60.00",
            [order.despatches.get().reference],
        )
        address = f"/api/v1/settlements/{drawn['id']}/"
        problem_in(first.send(f"{address}approve/"), 403, "not-allowed")
        assert second.send(f"{address}approve/").json()["status"] == "approved"
        payment = {"reference": "BANK1", "paid_on": TODAY.isoformat()}
        assert first.send(f"{address}payment/", payment).json()["status"] == "paid"
        assert machine(cast.supplier, "orders").get(address).json()["payment_reference"] == "BANK1"
        problem_in(first.send(f"{address}cancel/", {"reason": "有误"}), 409, "wrong-state")


class TestOverdue:
    def test_tells_amounts_ages_and_punctuality(self, cast: Cast, order: Order) -> None:
        factories.invoice(cast, order)
        supplier = machine(cast.supplier, "orders")
        assert supplier.get("/api/v1/payments/overdue/").json()["results"] == []
        Payable.objects.update(due_on=TODAY - timedelta(days=40))
        [row] = supplier.get("/api/v1/payments/overdue/").json()["results"]
        assert (row["amount"], row["days_overdue"], row["interest"]) == ("60.00", 40, "1.20")
        [group] = supplier.get("/api/v1/payments/overdue/ages/?by=institution").json()["groups"]
        assert (group["code"], group["amount"], group["interest"]) == ("HOSP-HA", "60.00", "1.20")
        assert [age["amount"] for age in group["ages"]] == ["0.00", "0.00", "60.00", "0.00", "0.00"]
        factories.paid_settlement(cast)
        address = "/api/v1/payments/overdue/punctuality/?by=payee&since=2020-01-01&until=2100-01-01"
        [row] = supplier.get(address).json()["rows"]
        assert (row["count"], row["on_time"]) == (1, "0.0000")
        problem_in(supplier.get("/api/v1/payments/overdue/ages/?by=nobody"), 400)
