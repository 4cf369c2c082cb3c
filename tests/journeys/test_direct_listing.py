"""A direct listing from the draft to the agreement: standing offers, in clear."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from catalog.accounts.kinds import Role
from procurement.models import ListingOffer
from procurement.services.tenders import close_tender
from procurement.states import Procedure
from tests.cast import HENAN, HUBEI, Cast, make_rule_sets
from tests.catalog.api.calls import machine, problem_in
from tests.factories.procurement_rules import enter_rules
from tests.journeys.office import Office
from tests.procurement.admin.pages import client_of, get, list_of, post


@pytest.mark.django_db(transaction=True)
def test_firms_state_a_price_and_institutions_order(cast: Cast, live_server: Any) -> None:
    make_rule_sets()
    enter_rules(Procedure.DIRECT_LISTING)
    office = Office.publish(cast, live_server.url, Procedure.DIRECT_LISTING)
    supplier, rival = machine(cast.supplier), machine(cast.rival)
    hospital = machine(cast.buyer, "institution", roles=[Role.BUYER])
    offer = {"tender": office.tender.number, "lot": 1, "output": 50_000, "provinces": [HENAN, HUBEI]}

    # --- what is above the ceiling is refused at once, with the figures; what is not waits
    own = offer | {"product": office.product(cast.supplier).code}
    refusal = problem_in(supplier.send("/api/v1/listing-offers/", own | {"offer_price": "8.65"}), 422)
    assert "0.3604" in refusal["errors"][0]["detail"] and "0.3600" in refusal["errors"][0]["detail"]
    waiting = supplier.send("/api/v1/listing-offers/", own | {"offer_price": "6.00"}).json()
    other = offer | {"product": office.product(cast.rival).code, "offer_price": "7.00"}
    rivals = rival.send("/api/v1/listing-offers/", other).json()
    assert (waiting["status"], hospital.get("/api/v1/orderable-lines/").json()["results"]) == ("ranked", [])

    # --- who published does not list; a second officer lists both at once
    ids = list(ListingOffer.objects.values_list("pk", flat=True))
    several = reverse("admin:procurement_listingoffer_list_many")
    assert "a second officer does" in post(client_of(cast.officer), several, offers=ids)
    assert "2 offers are listed." in post(client_of(cast.second_officer), several, offers=ids)
    orderable = hospital.get("/api/v1/orderable-lines/").json()["results"]
    assert {(row["price"], row["remaining"]) for row in orderable} == {("6.0000", 50_000), ("7.0000", 50_000)}
    assert "listed" in get(client_of(cast.supervisor), list_of(ListingOffer))

    # --- the rival lowers its price, and never raises it; the supplier ends its listing
    lowered = rival.send(f"/api/v1/listing-offers/{rivals['id']}/lower/", {"offer_price": "5.80"})
    assert lowered.json()["offer_price"] == "5.8000"
    assert problem_in(rival.send(f"/api/v1/listing-offers/{rivals['id']}/lower/", {"offer_price": "5.81"}), 422)
    ended = supplier.send(f"/api/v1/listing-offers/{waiting['id']}/withdraw/", {"reason": "停产"}).json()
    assert ended["status"] == "revoked"
    [row] = hospital.get("/api/v1/orderable-lines/").json()["results"]
    assert (row["price"], row["supplier"]) == ("5.8000", cast.rival_firm.name)

    # --- the window closes, the listing is concluded, the agreement goes on
    close_tender(number=office.tender.number, actor=cast.platform, at=office.tender.deadline_at)
    conclude = reverse("admin:procurement_listingoffer_conclude")
    post(client_of(cast.officer), conclude, tender=office.tender.pk)
    assert office.status == "concluded"
    assert len(hospital.get("/api/v1/orderable-lines/").json()["results"]) == 1
