"""An exclusive product from the draft to the agreement: an offer, rounds at the table, a price."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from procurement.models import AgreementLine, Negotiation
from procurement.states import Procedure
from tests.cast import HENAN, HUBEI, Cast, make_rule_sets
from tests.catalog.api.calls import machine
from tests.factories.procurement_rules import enter_rules
from tests.journeys.office import Office
from tests.procurement.admin.pages import client_of, post


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("procedure", [Procedure.NEGOTIATION, Procedure.VOLUME_BASED])
def test_a_price_above_the_ceiling_is_brought_under_it_at_the_table(
    cast: Cast, live_server: Any, procedure: Procedure
) -> None:
    """A negotiation from the start; and the way out where the only bid of a tender is above the ceiling."""
    make_rule_sets()
    enter_rules(procedure, picking=False, backup=False)
    office = Office.publish(cast, live_server.url, procedure, invited=[cast.supplier_firm])
    supplier = machine(cast.supplier)

    # --- the opening offer is above the ceiling of 8.64
    office.bid(cast.supplier, "8.70")
    office.open()
    assert office.status == "evaluated"

    # --- the officer negotiates, the firm confirms what was said
    post(client_of(cast.officer), reverse("admin:procurement_negotiation_begin"), bid=office.bid_of(cast.supplier).pk)
    talks = Negotiation.objects.get()
    for price in ("8.66", "8.40"):
        held_at = f"{timezone.localtime():%Y-%m-%dT%H:%M}"
        meeting = {"held_at": held_at, "attendees": "双方各两人", "asked_price": "8.00", "offered_price": price}
        office.decide(cast.officer, talks, "record_meeting", **meeting, minutes="企业报价")
    assert "only a confirmed offer is agreed" in office.decide(cast.officer, talks, "agree")
    [seen] = supplier.get("/api/v1/negotiations/").json()["results"]
    assert [item["offered_price"] for item in seen["rounds"]] == ["8.6600", "8.4000"]
    supplier.send(f"/api/v1/negotiation-rounds/{seen['rounds'][0]['id']}/confirm/")
    # 8.66 is confirmed, and still above the ceiling
    assert "above its ceiling" in office.decide(cast.officer, talks, "agree")
    supplier.send(f"/api/v1/negotiation-rounds/{seen['rounds'][1]['id']}/confirm/")
    assert "The price is agreed" in office.decide(cast.officer, talks, "agree")

    # --- candidates, award by an officer who did not negotiate, agreement
    office.publish_candidates()
    bid = office.bid_of(cast.supplier)
    office.award({bid.pk: (HENAN, HUBEI)})
    [agreement] = office.conclude()
    assert agreement.supplier == cast.supplier_firm
    assert set(AgreementLine.objects.values_list("price", flat=True)) == {Decimal("8.40")}
    assert office.status == "concluded"

    # --- the result is public, the minutes are not
    [public] = machine(cast.rival).get("/api/v1/negotiations/").json()["results"]
    assert (public["agreed_price"], public["rounds"]) == ("8.4000", [])
    assert timezone.now() - office.tender.published_at > timedelta(days=20)
