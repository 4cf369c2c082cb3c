"""Demand over the API: reports, last year's use, and their confirmation."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.accounts.kinds import Role
from catalog.models import RuleSet
from procurement.models import DemandReport, PriorUse
from procurement.services.demand import close_demand_round
from procurement.states import DemandReportStatus
from tests import factories
from tests.cast import Cast
from tests.catalog.api.calls import Caller, machine, person, problem_in
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rule_sets")]


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
            assert [line["quantity"] for line in answer.json()["lines"]] == [quantity]
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


class TestFloorAndBrands:
    @pytest.fixture
    def asked(self, cast: Cast) -> str:
        """A round that asks for brands, and for 80 % of last year's use."""
        RuleSet.objects.filter(kind=RuleSet.Kind.VOLUME_BASED).delete()
        factories.rule_set(RuleSet.Kind.VOLUME_BASED, {"demand_floor": "0.8", "demand_by_brand": True})
        return factories.demand_round(cast).code

    def test_are_told_with_what_was_used_and_is_missing(self, cast: Cast, asked: str) -> None:
        capsules, tablets = factories.presentation(), factories.presentation(form="片剂")
        brand = factories.product(cast.supplier_firm, capsules)
        factories.prior_use({capsules: 100, tablets: 30}, cast.buyer)
        line = {"presentation": capsules.pk, "brand": brand.code, "quantity": 10}
        caller = machine(cast.buyer, "institution", roles=[Role.BUYER])
        problem = problem_in(caller.send("/api/v1/demand-reports/", {"round": asked, "lines": [line]}), 422)
        assert [(part["pointer"], part["code"]) for part in problem["errors"]] == [
            ("#/lines/0/reason", "under-last-use")
        ]
        body = {"round": asked, "lines": [line | {"reason": "科室撤并"}]}
        answer = caller.send("/api/v1/demand-reports/", body).json()
        assert answer["lines"] == [line | {"last_use": 100, "reason": "科室撤并"}]
        assert answer["not_reported"] == [{"presentation": tablets.pk, "quantity": 30}]


class TestConfirmation:
    def test_goes_from_the_county_to_the_province(self, cast: Cast) -> None:
        report = factories.demand_report(factories.demand_round(cast), {factories.presentation(): 1}, cast.buyer)
        county, path = factories.health_officer(), f"/api/v1/demand-reports/{report.pk}/confirm/"
        problem_in(person(cast.officer).send(path), 403, "not-allowed")
        statuses = [person(actor).send(path).json()["status"] for actor in (county, cast.officer)]
        assert statuses == [DemandReportStatus.COUNTY_CONFIRMED, DemandReportStatus.CONFIRMED]

    def test_is_no_systems(self, cast: Cast) -> None:
        report = factories.demand_report(factories.demand_round(cast), {factories.presentation(): 1}, cast.buyer)
        path = f"/api/v1/demand-reports/{report.pk}/confirm/"
        problem_in(machine(cast.officer, "institution").send(path), 403, "not-allowed")

    def test_returns_with_the_reason(self, cast: Cast) -> None:
        report = factories.demand_report(factories.demand_round(cast), {factories.presentation(): 1}, cast.buyer)
        path = f"/api/v1/demand-reports/{report.pk}/return/"
        problem_in(person(cast.officer).send(path, {"reason": ""}), 400, "validation-error")
        answer = person(cast.officer).send(path, {"reason": "请核对"}, if_match='"1"')
        assert answer.json()["status"] == DemandReportStatus.RETURNED
        [seen] = person(cast.buyer).get("/api/v1/demand-reports/?status=returned").json()["results"]
        assert seen["return_reason"] == "请核对"

    def test_is_of_the_version_that_was_seen(self, cast: Cast) -> None:
        report = factories.demand_report(factories.demand_round(cast), {factories.presentation(): 1}, cast.buyer)
        path = f"/api/v1/demand-reports/{report.pk}/confirm/"
        problem_in(person(cast.officer).send(path, if_match='"7"'), 412, "stale")


class TestList:
    def test_is_filtered_by_round_and_status(self, cast: Cast) -> None:
        first, second = factories.demand_round(cast), factories.demand_round(cast)
        for asked in (first, second):
            factories.demand_report(asked, {factories.presentation(): 1}, cast.buyer)
        factories.confirm_all(second, cast.officer)
        caller = person(cast.officer)
        for query, rounds in (
            (f"round={first.code}", [first.code]),
            ("status=confirmed", [second.code]),
            ("province=420000", []),
        ):
            found = caller.get(f"/api/v1/demand-reports/?{query}").json()["results"]
            assert [report["round"] for report in found] == rounds


class TestPriorUse:
    PATH = "/api/v1/prior-use/"

    def test_is_told_by_the_hospitals_system_and_told_anew(self, cast: Cast) -> None:
        item = factories.presentation()
        caller = machine(cast.buyer, "institution", roles=[Role.BUYER])
        for quantity in (100, 80):
            body = {"year": 2025, "lines": [{"presentation": item.pk, "quantity": quantity}]}
            answer = caller.send(self.PATH, body)
            assert (answer.status_code, answer.json()) == (201, {"year": 2025, "lines": 1})
        told = {"organization": cast.hospital.code, "year": 2025, "presentation": item.pk, "quantity": 80}
        assert caller.get(f"{self.PATH}?year=2025").json()["results"] == [told]
        assert person(cast.outsider).get(self.PATH).json()["results"] == []

    def test_is_refused_with_every_broken_line(self, cast: Cast) -> None:
        item = factories.presentation()
        lines = [
            {"presentation": item.pk, "quantity": 0},
            {"presentation": item.pk, "quantity": 1, "organization": cast.other_hospital.code},
        ]
        problem = problem_in(person(cast.buyer).send(self.PATH, {"year": 2025, "lines": lines}), 422, "rules-broken")
        assert [(part["pointer"], part["code"]) for part in problem["errors"]] == [
            ("#/lines/0/quantity", "quantity-not-positive"),
            ("#/lines/1/organization", "use-of-another"),
        ]
        assert not PriorUse.objects.exists()
