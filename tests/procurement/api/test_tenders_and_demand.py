"""Tenders for everybody, and the demand that they stand on."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.accounts.kinds import Role
from procurement.models import DemandReport
from procurement.services.demand import close_demand_round
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.api.calls import Caller, machine, person, problem_in
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


class TestDemand:
    def report(self, caller: Caller, code: str, *lines: tuple[int, int]) -> Any:
        body = {"round": code, "lines": [{"presentation": item, "quantity": number} for item, number in lines]}
        return caller.send("/api/v1/demand-reports/", body)

    def test_is_reported_and_replaced_while_the_round_is_open(self, cast: Cast) -> None:
        asked, item = factories.demand_round(cast), factories.presentation()
        caller = machine(cast.buyer, "institution", roles=[Role.BUYER])
        for quantity in (100, 250):
            answer = self.report(caller, asked.code, (item.pk, quantity))
            assert answer.status_code == 201
            assert answer.json()["lines"] == [{"presentation": item.pk, "quantity": quantity}]
        report = DemandReport.objects.get()
        assert [line.quantity for line in report.lines.all()] == [250]
        assert report.organization == cast.hospital

    def test_is_refused_with_every_broken_line(self, cast: Cast) -> None:
        asked, item = factories.demand_round(cast), factories.presentation()
        lines = [(item.pk, 1), (item.pk, 0), (10**30, 5), (item.pk + 99, -(10**30))]
        problem = problem_in(self.report(person(cast.buyer), asked.code, *lines), 422, "rules-broken")
        assert [(part["pointer"], part["code"]) for part in problem["errors"]] == [
            ("#/lines/1", "presentation-twice"),
            ("#/lines/1/quantity", "quantity-not-positive"),
            ("#/lines/2/presentation", "unknown-code"),
            ("#/lines/3/presentation", "unknown-code"),
            ("#/lines/3/quantity", "quantity-not-positive"),
        ]
        assert not DemandReport.objects.exists()

    def test_is_refused_once_the_round_is_closed(self, cast: Cast) -> None:
        asked, item = factories.demand_round(cast), factories.presentation()
        close_demand_round(code=asked.code, actor=cast.officer, at=NOW)
        problem_in(self.report(person(cast.buyer), asked.code, (item.pk, 1)), 409, "demand-round-closed")
        problem_in(self.report(person(cast.buyer), "no round", (item.pk, 1)), 404, "not-found")

    @pytest.mark.parametrize(
        "lines", [[], [{}], [{"presentation": 1}], "x", None, [{"presentation": 1, "quantity": 10**15 + 1}]]
    )
    def test_is_refused_where_it_is_no_list_of_needs(self, cast: Cast, lines: Any) -> None:
        body = {"round": factories.demand_round(cast).code, "lines": lines}
        problem_in(person(cast.buyer).send("/api/v1/demand-reports/", body), 400, "validation-error")

    def test_is_refused_beyond_5000_lines(self, cast: Cast) -> None:
        lines = [(1, 1)] * 5001
        problem = problem_in(self.report(person(cast.buyer), factories.demand_round(cast).code, *lines), 400)
        assert [part["pointer"] for part in problem["errors"]] == ["#/lines"]
