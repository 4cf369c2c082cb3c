"""An emergency purchase from the draft to the agreement within hours, and its filing; one off the platform, told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from catalog.accounts.kinds import Role
from procurement.models import AgreementLine, EmergencyPurchase, Filing, Tender
from procurement.rules.working_days import working_days_after
from procurement.states import Procedure
from tests import factories
from tests.cast import HENAN, Cast, make_rule_sets
from tests.catalog.api.calls import machine
from tests.factories.procurement_rules import enter_rules
from tests.journeys.office import Office
from tests.procurement.admin.pages import action_of, client_of, get, list_of, post

SHEET = "number,medicine,form,strength,ceiling_price,max_winners,quantity\n1,阿莫西林,胶囊,0.25g,0.36,1,2400\n"


@pytest.mark.django_db(transaction=True)
def test_is_bought_within_hours_and_filed(cast: Cast, live_server: Any) -> None:
    make_rule_sets()
    enter_rules(Procedure.SMALL_QUANTITY)
    factories.guide_price()
    for holder in (cast.officer, cast.second_officer, cast.supervisor):
        factories.opening_key(holder)
    now, today = timezone.localtime(), timezone.localdate()

    # --- drafted and published on the pages; why it is urgent has to be said
    draft = {
        "number": "HA-2027-E1",
        "title": "急救药品采购",
        "procedure": "small_quantity",
        "deadline_at": f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "supply_from": today,
        "supply_until": today + timedelta(days=30),
        "provinces": [HENAN],
        "invited": [cast.supplier_firm.pk],
        "urgency_reason": "疫情急需",
        "sheet": SimpleUploadedFile("lots.csv", SHEET.encode()),
    }
    post(client_of(cast.officer), reverse("admin:procurement_tender_draft"), **draft)
    tender = Tender.objects.get()
    holders = [cast.second_officer.user_id, cast.supervisor.user_id]
    post(client_of(cast.officer), action_of(tender, "publish"), holders=holders, threshold=2)
    tender.refresh_from_db()
    office = Office(cast, live_server.url, tender)
    assert office.status == "published"

    # --- one bid, opened, awarded and concluded at once
    office.bid(cast.supplier, "6.00")
    office.open()
    office.publish_candidates()
    lot, bid = office.lot, office.bid_of(cast.supplier).pk
    choice = {"version": lot.version, "winners": [bid], f"area_{HENAN}": bid}
    assert "Lot 1 is awarded." in office.decide(cast.second_officer, lot, "award", **choice)
    office.conclude()
    assert AgreementLine.objects.get().agreed_quantity == 2400

    # --- filed within three working days
    filing = Filing.objects.get()
    assert filing.filing_due_on == working_days_after(today, 3)
    assert "not filed" in get(client_of(cast.supervisor), list_of(Filing))
    assert "The purchase is filed." in office.decide(cast.officer, filing, "file", note="疫情急需，邀请一家")
    assert "filed late" not in get(client_of(cast.supervisor), list_of(Filing))


@pytest.mark.django_db(transaction=True)
def test_is_told_after_it_was_made_off_the_platform(cast: Cast) -> None:
    make_rule_sets()
    enter_rules(Procedure.SMALL_QUANTITY)
    hospital = machine(cast.buyer, "institution", roles=[Role.BUYER])
    told = {
        "supplier": cast.distributor_firm.code,
        "product": factories.product(cast.supplier_firm).code,
        "units": 240,
        "price": "6.50",
        "bought_on": (timezone.localdate() - timedelta(days=9)).isoformat(),
        "reason": "抢救病人",
    }
    answer = hospital.send("/api/v1/emergency-purchases/", told)
    assert (answer.status_code, answer.json()["is_late"]) == (201, True)
    purchase = EmergencyPurchase.objects.get()
    address = action_of(purchase, "object")
    assert "say why" in post(client_of(cast.officer), address, reason="")
    post(client_of(cast.officer), address, reason="平台有货")
    judged = hospital.get(f"/api/v1/emergency-purchases/{purchase.pk}/").json()
    assert (judged["status"], judged["judgement"]) == ("objected", "平台有货")
    assert "objected to" in get(client_of(cast.supervisor), list_of(EmergencyPurchase))
