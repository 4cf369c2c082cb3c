"""Two envelopes from the draft to the agreement: papers first, prices only of those who are on the shortlist."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from procurement.models import Bid, Committee
from procurement.states import BidStatus, Procedure
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, make_rule_sets
from tests.factories.procurement_rules import enter_rules
from tests.journeys.office import Office
from tests.journeys.test_procurement_year import work
from tests.procurement.admin.pages import action_of, client_of, post
from tests.procurement.files import PDF


def score(office: Office, points_of: dict[int, str]) -> None:
    """Every member fills their sheet on its page, the same points for each criterion, and submits it."""
    for sheet in factories.sheets(Committee.objects.get()):
        client = client_of(factories.actor_of(sheet.member.expert))
        values = {f"points-{bid}-{place}": points for bid, points in points_of.items() for place in range(3)}
        post(client, f"{action_of(sheet, 'score')}?lot=1", **values)
        assert "Your scores are submitted." in post(client, action_of(sheet, "submit"))
    work()


@pytest.mark.django_db(transaction=True)
def test_the_lowest_price_of_the_shortlist_wins(cast: Cast, live_server: Any, tmp_path: Path) -> None:
    make_rule_sets()
    enter_rules(Procedure.DOUBLE_ENVELOPE)
    factories.experts(cast)
    office = Office.publish(cast, live_server.url, Procedure.DOUBLE_ENVELOPE)
    more = [factories.firm(f"第{number}制药有限公司") for number in range(3, 7)]
    certificate = tmp_path / "GMP.pdf"
    certificate.write_bytes(PDF)

    # --- six bids, each in two envelopes; the cheapest has the weakest papers
    prices = ["6.00", "5.50", "7.00", "6.50", "6.60", "4.00"]
    for actor, price in zip((cast.supplier, cast.rival, *more), prices, strict=True):
        answers = {"scale": "年产 10 亿粒", "delivery": "覆盖全省"}
        receipt = office.bid(actor, price, answers=answers, documents=[certificate])
        assert set(receipt["receipt"]["envelopes"]) == {"commercial", "technical"}

    # --- the papers are opened, a committee is drawn and scores them
    office.open()
    assert office.status == "technical_opened"
    assert not Bid.objects.exclude(offer_price=None).exists()
    office.decide(cast.second_officer, office.tender, "draw_committee")
    marks = dict(zip((cast.supplier, cast.rival, *more), ("24", "22", "20", "12", "11", "10"), strict=True))
    score(office, {office.bid_of(actor).pk: points for actor, points in marks.items()})
    assert office.status == "shortlisted"
    assert "is published." in office.decide(cast.second_officer, office.tender, "publish_shortlist")

    # --- the price of who is not on the shortlist is never opened
    office.open(timezone.now() + timedelta(days=4))
    assert office.status == "evaluated"
    assert office.lot.bids.filter(status=BidStatus.RANKED).count() == 3
    left_out = office.bid_of(more[-1])
    assert (left_out.status, left_out.envelope, left_out.offer_price) == (BidStatus.NOT_SHORTLISTED, None, None)
    minutes = list(office.client(cast.supplier).openings(office.tender.number))
    assert [item["stage"] for item in minutes] == ["technical", "commercial"]

    # --- the lowest price of the others wins, once nobody can object any more
    office.publish_candidates()
    won = office.bid_of(cast.rival)
    choice = {"version": office.lot.version, "winners": [won.pk], f"area_{HENAN}": won.pk, f"area_{HUBEI}": won.pk}
    assert "Objections are heard until" in office.decide(cast.second_officer, office.lot, "award", **choice)
    office.award({won.pk: (HENAN, HUBEI)})
    [agreement] = office.conclude()
    assert agreement.supplier == cast.rival_firm
    assert {(line.price, line.province_id) for line in agreement.lines.all()} == {
        (won.offer_price, province) for province in (HENAN, HUBEI)
    }
