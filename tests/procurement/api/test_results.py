"""Tenders for everybody, with what was awarded in them."""

from __future__ import annotations

import pytest

from procurement.models import Tender
from procurement.services.candidates import publish_candidates
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.api.calls import Caller, machine, person
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rule_sets")]


class TestAwards:
    def test_say_who_supplies_each_province(self, cast: Cast) -> None:
        tender = factories.awarded_tender(cast)
        body = Caller().get(f"/api/v1/tenders/{tender.number}/awards/").json()
        assert [(row["lot"], row["province"], row["supplier"], row["price"]) for row in body["results"]] == [
            (1, province, cast.supplier_firm.name, "6.0000") for province in (HENAN, HUBEI)
        ]
        assert [row["quantity"] for row in body["results"]] == [240_000, 120_000]

    def test_come_in_pages(self, cast: Cast) -> None:
        presentations = [factories.presentation(name) for name in ("阿莫西林", "头孢", "布洛芬")]
        for item in presentations:
            factories.guide_price(item)
        plans = [factories.lot_plan(item, number) for number, item in enumerate(presentations, start=1)]
        tender = factories.awarded_tender(cast, plans)
        seen, path = [], f"/api/v1/tenders/{tender.number}/awards/?page_size=1"
        while path:
            body = Caller().get(path).json()
            seen += [(row["lot"], row["province"]) for row in body["results"]]
            path = body["next"]
        assert seen == [(number, province) for number in (1, 2, 3) for province in (HENAN, HUBEI)]

    def test_are_not_shown_while_only_proposed(self, cast: Cast) -> None:
        tender = factories.evaluated_tender(cast)
        for caller in (Caller(), person(cast.officer), machine(cast.supplier)):
            assert caller.get(f"/api/v1/tenders/{tender.number}/awards/").json()["results"] == []

    def test_show_the_loser_its_own_bid_and_not_the_winners(self, cast: Cast) -> None:
        factories.awarded_tender(cast)
        [bid] = machine(cast.rival).get("/api/v1/bids/").json()["results"]
        assert (bid["status"], bid["offer_price"]) == ("lost", "7.2000")
        assert Caller().get("/api/v1/bids/").status_code == 401


class TestTheJudgement:
    def test_of_a_bid_is_told_with_the_candidates(self, cast: Cast) -> None:
        factories.evaluated_tender(cast)
        supplier = machine(cast.supplier)
        [bid] = supplier.get("/api/v1/bids/").json()["results"]
        assert (bid["status"], bid["comparable_price"], bid["finding"]) == ("opened", None, {})
        [tender] = Tender.objects.all()
        publish_candidates(tender_number=tender.number, actor=cast.officer, at=NOW)
        [bid] = supplier.get("/api/v1/bids/").json()["results"]
        assert (bid["status"], bid["finding"]["verdict"]) == ("ranked", "valid")
