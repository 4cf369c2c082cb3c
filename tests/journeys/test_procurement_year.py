"""One year of procurement, through HTTP: what suppliers, distributors and hospitals do, they do as from outside.

The agency's part, which people do in the admin, is done by its services. The worker is played by the test, which hands
every recorded message to its task, as the relay and Celery do.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.foundation.journal.models import Delivery
from catalog.foundation.journal.relay import relay
from config.celery import app
from config.demo.portal import PortalSession
from distribution.services.runs import request_run
from procurement.client import Client, Refused
from procurement.models import Bid, Tender
from procurement.services.agreements import conclude_agreements
from procurement.services.awards import Winner, award_lot
from procurement.services.candidates import publish_candidates
from procurement.services.shares import release_share
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, make_rule_sets, user_of
from tests.catalog.api.calls import credentials

PASSWORD = "a password of the journey"
GUIDE_PRICE, PACK = Decimal("8.72"), 24


class HospitalSystem:
    """A hospital's own system: a token, JSON over HTTP, nothing of the platform's code."""

    def __init__(self, base_url: str, client_id: str, secret: str) -> None:
        self.base_url = base_url
        form = {"grant_type": "client_credentials", "scope": "institution orders"}
        form |= {"client_id": client_id, "client_secret": secret}
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{base_url}/oauth/token/", data=data, timeout=30) as answer:
            self.token = json.load(answer)["access_token"]

    def call(self, path: str, body: Any = None, *, version: int | None = None) -> Any:
        """GET, or POST where there is a body."""
        headers = {"Authorization": f"Bearer {self.token}"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers |= {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        request = urllib.request.Request(f"{self.base_url}/api/v1/{path}", data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


class Browser(PortalSession):
    """A person at the portal."""

    def read(self, path: str) -> str:
        """A page."""
        where, page = self._open(path)
        assert where == path
        return page


def work() -> None:
    """What the relay and the worker do until nothing waits."""
    app.loader.import_default_modules()
    sent: list[tuple[str, int]] = []
    while relay(lambda task, event_id: sent.append((task, event_id)), at=timezone.now()):
        while sent:
            task, event_id = sent.pop(0)
            app.tasks[task](event_id)
    assert not Delivery.objects.filter(delivered_at=None).exists()


def publish(cast: Cast) -> Tender:
    """The officer's tender for amoxicillin in two provinces, to be supplied from today."""
    amoxicillin = factories.presentation()
    factories.guide_price(amoxicillin, PACK, str(GUIDE_PRICE))
    now = timezone.now()
    return factories.published_tender(
        cast,
        [factories.lot_plan(amoxicillin, ceiling="0.3600")],
        at=now,
        deadline_at=now + timedelta(hours=1),
        supply_from=timezone.localdate(),
    )


def sealed_bid(client: Client, number: str, firm: Organization, product: str, price: str) -> Any:
    """The firm reads the tender and bids for its only lot."""
    tender = client.tender(number)
    assert tender["status"] == "published" and tender["lots"][0]["ceiling_price"] == "0.3600"
    return client.submit_bid(tender, lot=1, supplier=firm.code, product=product, offer_price=Decimal(price))


@pytest.mark.django_db(transaction=True)
def test_a_year_from_the_tender_to_the_price_that_the_patient_pays(cast: Cast, live_server: Any) -> None:
    url = live_server.url
    make_rule_sets()
    suppliers = {name: credentials(getattr(cast, name)) for name in ("supplier", "rival", "distributor")}
    clients = {name: Client(url, known.client_id, known.client_secret) for name, known in suppliers.items()}
    hospital_client = credentials(cast.buyer, [Role.BUYER, Role.PHARMACIST])
    hospital = HospitalSystem(url, hospital_client.client_id, hospital_client.client_secret)
    for actor in (cast.approver, cast.pharmacist):
        user = user_of(actor)
        user.set_password(PASSWORD)
        user.save()

    # --- the tender, and bids that nobody can read
    tender = publish(cast)
    lot = tender.lots.get()
    products = {
        name: factories.product(firm, lot.presentation, PACK)
        for name, firm in (("supplier", cast.supplier_firm), ("rival", cast.rival_firm))
    }
    receipt = sealed_bid(clients["supplier"], tender.number, cast.supplier_firm, products["supplier"].code, "6.00")
    # the rival thinks better of it
    first = sealed_bid(clients["rival"], tender.number, cast.rival_firm, products["rival"].code, "9.99")
    clients["rival"].withdraw_bid(first["id"])
    sealed_bid(clients["rival"], tender.number, cast.rival_firm, products["rival"].code, "7.20")
    assert receipt["status"] == "sealed" and receipt["offer_price"] is None
    with pytest.raises(Refused, match="409 second-bid"):
        sealed_bid(clients["supplier"], tender.number, cast.supplier_firm, products["supplier"].code, "5.00")

    # --- the opening by two, the evaluation by the worker, the award by a second officer, the agreement
    for holder in (cast.officer, cast.second_officer):
        release_share(tender_number=tender.number, passphrase=factories.PASSPHRASE, actor=holder, at=tender.deadline_at)
    work()
    assert clients["supplier"].tender(tender.number)["status"] == "evaluated"
    publish_candidates(tender_number=tender.number, actor=cast.officer, at=timezone.now())
    winner = Bid.objects.get(reference=receipt["id"])
    award_lot(
        lot_id=lot.pk,
        winners=[Winner(winner.pk, (HENAN, HUBEI))],
        actor=cast.second_officer,
        at=timezone.now(),
    )
    conclude_agreements(tender_number=tender.number, actor=cast.officer, at=timezone.now())
    awards = hospital.call(f"tenders/{tender.number}/awards/")["results"]
    assert {(row["province"], row["supplier"], row["price"]) for row in awards} == {
        (province, cast.supplier_firm.name, "6.0000") for province in (HENAN, HUBEI)
    }
    product = products["supplier"].code
    price = hospital.call(f"products/{product}/price/?province={HENAN}")
    assert (price["guide_price"]["price"], price["procurement_price"]["price"]) == ("8.7200", "6.0000")
    today = timezone.localdate()
    clients["supplier"].file_entrustment(
        distributor=cast.distributor_firm.code,
        region=HENAN,
        valid_from=today.isoformat(),
        valid_until=(today + timedelta(days=365)).isoformat(),
    )

    # --- the hospital orders; its system writes, a person approves
    [line] = hospital.call("orderable-lines/")["results"]
    assert (line["agreed_quantity"], line["remaining"]) == (240_000, 240_000)
    draft = hospital.call("requisitions/", {"lines": [{"agreement_line": line["id"], "packs": 100}]})
    submitted = hospital.call(f"requisitions/{draft['id']}/submit/", {}, version=draft["version"])
    with pytest.raises(urllib.error.HTTPError, match="404"):
        hospital.call(f"requisitions/{draft['id']}/approve/", {})
    Browser(url, "approver", PASSWORD).approve(draft["id"])
    approved = hospital.call(f"requisitions/{draft['id']}/")
    assert (submitted["status"], approved["status"]) == ("submitted", "approved")
    request_run(province_id=HENAN, actor=cast.officer, at=timezone.now())
    work()
    placed = hospital.call(f"requisitions/{draft['id']}/")
    assert (placed["status"], placed["lines"][0]["outcome"]) == ("placed", "placed")
    assert hospital.call("orderable-lines/")["results"][0]["remaining"] == 240_000 - 100 * PACK

    # --- the supplier confirms in part, its distributor sends two lots, the hospital rejects some of one
    [order] = list(clients["supplier"].orders("placed"))
    assert (order["institution"], order["distributor"]) == (cast.hospital.code, cast.distributor_firm.code)
    assert list(clients["rival"].orders("placed")) == []
    [order_line] = order["lines"]
    confirmed = clients["supplier"].confirm_order(order, {order_line["id"]: 90}, reason="原料药短缺")
    assert (confirmed["status"], confirmed["lines"][0]["confirmed_packs"]) == ("confirmed", 90)
    # what will not come is free again
    assert hospital.call("orderable-lines/")["results"][0]["remaining"] == 240_000 - 90 * PACK
    expires_on = (today + timedelta(days=700)).isoformat()
    sent = [
        {"line": order_line["id"], "lot_number": number, "expires_on": expires_on, "packs": packs}
        for number, packs in (("L1", 60), ("L2", 30))
    ]
    with pytest.raises(Refused, match="422 rules-broken"):
        clients["distributor"].advise_despatch(order["id"], "DN-0", [{**sent[0], "packs": 91}])
    despatched = clients["distributor"].advise_despatch(order["id"], "DN-1", sent)
    [on_the_way] = hospital.call("despatches/")["results"]
    assert on_the_way == despatched
    good, bad = on_the_way["lines"]
    arrived = hospital.call(
        f"despatches/{on_the_way['id']}/receipt/",
        {
            "lines": [
                {"line": good["id"], "accepted": 60},
                {"line": bad["id"], "accepted": 20, "rejected": 10, "reason": "damaged", "remark": "外包装破损"},
            ]
        },
        version=on_the_way["version"],
    )
    lines = arrived["despatch"]["lines"]
    assert [(item["accepted_packs"], item["rejected_packs"]) for item in lines] == [(60, 0), (20, 10)]
    assert {check["gate"] for check in arrived["checks"] if not check["passed"]} == {"warning"}
    # --- what was rejected is sent again, and completes the order
    assert list(clients["supplier"].orders("received")) == []
    again = clients["distributor"].advise_despatch(order["id"], "DN-2", [{**sent[1], "lot_number": "L3", "packs": 10}])
    replaced = [{"line": line["id"], "accepted": line["packs"]} for line in again["lines"]]
    hospital.call(f"despatches/{again['id']}/receipt/", {"lines": replaced}, version=again["version"])
    [received] = list(clients["supplier"].orders("received"))
    assert received["id"] == order["id"]

    # --- what the patient pays: one fen above the purchase price, and on another day above the guide price
    yesterday = today - timedelta(days=1)
    report = hospital.call(
        "retail-reports/",
        {
            "prices": [
                {"product": product, "price": "6.01", "observed_on": today.isoformat()},
                {"product": product, "price": "8.73", "observed_on": yesterday.isoformat()},
            ]
        },
    )
    assert (report["status"], report["findings"]) == ("received", [])
    work()
    checked = hospital.call(f"retail-reports/{report['id']}/")
    assert checked["status"] == "checked"
    found = {(finding["verdict"], finding["limit"]) for finding in checked["findings"]}
    assert found == {("above_purchase_price", "6.0000"), ("above_guide_price", "8.7200")}
    violations = Browser(url, "pharmacist", PASSWORD).read("/portal/retail/violations/")
    assert "6.01" in violations and "8.73" in violations

    # --- and in the other province nobody saw anything of it
    other_client = credentials(cast.outsider)
    other = HospitalSystem(url, other_client.client_id, other_client.client_secret)
    for kind in ("requisitions", "orders", "despatches", "retail-reports"):
        assert other.call(f"{kind}/")["results"] == []
    assert other.call("orderable-lines/")["results"][0]["remaining"] == 120_000
