"""The stories of distribution, each from the order to its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.models import RuleSet
from tests import factories
from tests.cast import Cast, organization_of
from tests.journeys.test_procurement_year import work
from tests.journeys.ward import Ward, answers, brought, keep_cold, village_of, ward


@pytest.fixture
def here(cast: Cast, rule_sets: dict[str, RuleSet]) -> Ward:
    """Amoxicillin was agreed today."""
    return ward(cast)


def test_an_ordinary_order_from_the_basket_to_the_payment(here: Ward) -> None:
    cast = here.cast
    requisition = here.order(10)
    assert (requisition["status"], here.volume) == ("approved", (10, 0))
    here.run()
    [order] = here.orders(cast.supplier)
    assert (order["status"], order["distributor"]) == ("placed", cast.distributor_firm.code)
    promised = str(timezone.localdate() + timedelta(days=1))
    confirmed = here.call(
        cast.supplier, f"orders/{order['id']}/confirm/", {"lines": answers(order, promised_on=promised)}
    )
    assert (confirmed["status"], confirmed["lines"][0]["promised_on"]) == ("confirmed", promised)
    receipt = here.receive(here.send(order, 10))
    assert not [check for check in receipt["checks"] if check["gate"] == "hard" and not check["passed"]]
    assert (here.stock(cast.pharmacist), here.volume) == ({"L1": 240}, (10, 10))
    here.sale("S-1", cast.supplier_firm, cast.distributor_firm, cast.supplier)
    invoice = here.invoice(order, 10)
    assert (invoice["status"], invoice["differences"], invoice["payable"]) == ("matched", [], "60.00")
    assert here.read(cast.buyer, f"orders/{order['id']}/")["status"] == "invoiced"
    [settlement] = here.call(cast.officer, "settlements/", {})["settlements"]
    refused = here.refused(cast.officer, f"settlements/{settlement['id']}/approve/")
    assert refused["title"] == "not-allowed"
    here.call(cast.second_officer, f"settlements/{settlement['id']}/approve/")
    payment = {"reference": "BANK-1", "paid_on": str(timezone.localdate())}
    paid = here.call(cast.officer, f"settlements/{settlement['id']}/payment/", payment)
    assert (paid["status"], paid["amount"], paid["interest"]) == ("paid", "60.00", "0.00")
    assert [line["despatch"] for line in paid["lines"]] == [receipt["despatch"]["reference"]]
    assert here.read(cast.buyer, f"orders/{order['id']}/")["status"] == "settled"


def test_refused_by_the_main_supplier_and_served_by_the_backup(cast: Cast, rule_sets: dict[str, RuleSet]) -> None:
    factories.main_and_backup(cast, at=timezone.now())
    here = Ward(cast)
    order = here.placed(10)
    here.call(cast.supplier, f"orders/{order['id']}/refuse/", {"code": "production_stopped", "reason": "停产"})
    assert here.read(cast.buyer, f"orders/{order['id']}/")["status"] == "refused"
    [backup] = here.orders(cast.rival)
    assert (backup["replaces"], backup["lines"][0]["packs"], backup["lines"][0]["price"]) == (order["id"], 10, "7.2000")
    assert here.volume == (0, 0)
    here.call(cast.rival, f"orders/{backup['id']}/confirm/", {"lines": answers(backup)})
    [line] = backup["lines"]
    sent = {"line": line["id"], "lot_number": "R1", "packs": 10}
    sent["expires_on"] = str(timezone.localdate() + timedelta(days=700))
    on_the_way = here.call(cast.rival, f"orders/{backup['id']}/despatches/", {"reference": "R-1", "lines": [sent]})
    here.receive(on_the_way)
    assert here.stock(cast.pharmacist) == {"R1": 240}
    told = {row["kind"] for row in here.read(cast.buyer, "order-notices/")["results"]}
    assert "served_by_backup" in told


def test_goods_that_were_too_warm_are_rejected(here: Ward) -> None:
    cast = here.cast
    keep_cold(here)
    order = here.confirmed(10)
    assert order["storage"] == "cold"
    warm = brought(here, here.send(order, 10), "11.5")
    [line] = warm["lines"]
    taken = {"lines": [{"line": line["id"], "accepted": 10}]}
    refused = here.refused(cast.pharmacist, f"despatches/{warm['id']}/receipt/", taken)
    assert "11.5" in str(refused)
    here.receive(warm, accepted=0, rejected=10, reason="temperature")
    assert (here.stock(cast.pharmacist), here.volume) == ({}, (10, 0))
    # the supplier sends others, which kept cold
    here.receive(brought(here, here.send(order, 10, "L2"), "5.0"))
    assert (here.stock(cast.pharmacist), here.volume) == ({"L2": 240}, (10, 10))
    assert here.read(cast.buyer, f"orders/{order['id']}/")["status"] == "received"


def test_an_order_that_comes_in_three_despatches(here: Ward) -> None:
    cast = here.cast
    order = here.confirmed(10)
    for lot, packs in (("L1", 4), ("L2", 3), ("L3", 3)):
        assert here.read(cast.buyer, f"orders/{order['id']}/")["status"] in ("confirmed", "despatched")
        here.receive(here.send(order, packs, lot))
    done = here.read(cast.buyer, f"orders/{order['id']}/")
    assert (done["status"], done["lines"][0]["accepted_packs"]) == ("received", 10)
    assert here.stock(cast.pharmacist) == {"L1": 96, "L2": 72, "L3": 72}
    [line] = order["lines"]
    more = {"line": line["id"], "lot_number": "L4", "packs": 1, "expires_on": "2030-01-01"}
    answer = here.refused(cast.distributor, f"orders/{order['id']}/despatches/", {"reference": "X", "lines": [more]})
    assert answer["status"] == 409


def test_goods_go_back_and_others_come(here: Ward) -> None:
    cast = here.cast
    order = here.delivered(10)
    [despatch] = here.read(cast.pharmacist, f"despatches/?order={order['id']}")["results"]
    asked = {"line": despatch["lines"][0]["id"], "packs": 4, "reason": "damaged", "remedy": "replace"}
    back = here.call(cast.pharmacist, "goods-returns/", asked)
    here.call(cast.distributor, f"goods-returns/{back['id']}/agree/", {"reason": "同意"})
    here.call(cast.pharmacist, f"goods-returns/{back['id']}/hand-over/", {})
    assert (here.stock(cast.pharmacist), here.volume) == ({"L1": 144}, (10, 6))
    assert here.read(cast.buyer, f"orders/{order['id']}/")["status"] == "despatched"
    here.receive(here.send(order, 4, "L2"))
    assert (here.stock(cast.pharmacist), here.volume) == ({"L1": 144, "L2": 96}, (10, 10))
    assert here.read(cast.buyer, f"orders/{order['id']}/")["status"] == "received"


def test_a_third_invoice_on_the_way_is_not_paid(here: Ward) -> None:
    cast = here.cast
    middleman = factories.firm("middleman")
    order = here.delivered(10)
    between = organization_of(middleman)
    here.sale("S-1", cast.supplier_firm, between, cast.supplier)
    here.sale("S-2", between, cast.distributor_firm, cast.distributor)
    invoice = here.invoice(order, 10)
    assert invoice["status"] == "disputed"
    [chain] = invoice["chain"]
    assert (chain["verdict"], chain["length"], chain["limit"]) == ("too_long", 3, 2)
    assert here.refused(cast.officer, "settlements/", {})["title"] == "nothing-to-settle"


def test_who_pays_late_pays_interest(cast: Cast, rule_sets: dict[str, RuleSet]) -> None:
    here = ward(cast, days_ago=120)
    then = timezone.now() - timedelta(days=100)
    receipt = factories.receipt(cast, {here.lines.get(): 10}, at=then)
    order = here.read(cast.buyer, f"orders/{receipt.despatch.order_id}/")
    [despatch] = here.read(cast.pharmacist, f"despatches/?order={order['id']}")["results"]
    lot = despatch["lines"][0]["lot_number"]
    [line] = here.lines
    sold = {"product": line.product.code, "lot_number": lot, "packs": 10, "price": "5.80", "amount": "58.00"}
    parties = {"seller": cast.supplier_firm.code, "buyer": cast.distributor_firm.code}
    today = str(timezone.localdate())
    here.call(cast.supplier, "invoices/sales/", {"number": "S", "issued_on": today, "lines": [sold], **parties})
    assert here.invoice(order, 10, lot=lot)["status"] == "matched"
    [overdue] = here.read(cast.officer, "payments/overdue/")["results"]
    days = overdue["days_overdue"]
    assert days > 30
    [settlement] = here.call(cast.officer, "settlements/", {})["settlements"]
    here.call(cast.second_officer, f"settlements/{settlement['id']}/approve/")
    paid = here.call(
        cast.officer, f"settlements/{settlement['id']}/payment/", {"reference": "BANK-2", "paid_on": today}
    )
    # 60 yuan at 0.05 % a day
    interest = Decimal("60.00") * Decimal("0.0005") * days
    assert Decimal(paid["interest"]) == interest.quantize(Decimal("0.01"))
    assert here.read(cast.officer, "payments/overdue/")["results"] == []


def test_an_emergency_does_not_wait_for_the_run(here: Ward) -> None:
    cast = here.cast
    answer = here.refused(cast.buyer, "requisitions/", {"lines": [], "urgency": "emergency"})
    assert answer["status"] in (400, 422)
    here.order(5, urgency="emergency", urgency_reason="抢救病人")
    work()
    [order] = here.orders(cast.supplier)
    placed, due, by = (datetime.fromisoformat(order[name]) for name in ("placed_at", "answer_due_at", "deliver_by"))
    assert (order["urgency"], due - placed, by - placed) == ("emergency", timedelta(hours=2), timedelta(hours=4))
    here.call(cast.supplier, f"orders/{order['id']}/confirm/", {"lines": answers(order)})
    here.receive(here.send(order, 5))
    assert here.stock(cast.pharmacist) == {"L1": 120}


def test_a_township_centre_orders_for_its_village(here: Ward) -> None:
    cast = here.cast
    factories.edition({})
    buyer, approver, pharmacist = village_of()
    requisition = here.order(2, buyer=buyer, approver=approver, recipient="CLINIC")
    assert requisition["recipient"] == "CLINIC"
    here.run()
    [order] = here.orders(cast.distributor)
    placed, by = (datetime.fromisoformat(order[name]) for name in ("placed_at", "deliver_by"))
    assert (order["institution"], order["recipient"], by - placed) == ("CENTRE", "CLINIC", timedelta(hours=72))
    here.call(cast.supplier, f"orders/{order['id']}/confirm/", {"lines": answers(order)})
    here.receive(here.send(order, 2), by=pharmacist)
    assert here.stock(pharmacist) == {"L1": 48}
