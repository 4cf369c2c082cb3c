"""What officers, firms and institutions read of the network and of deliveries over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from distribution.models import Scorecard
from tests import factories
from tests.cast import HENAN, Cast
from tests.catalog.api.calls import machine, person, problem_in
from tests.distribution.measured import DAY, DELIVERED, REFUSED, measured_order
from tests.factories import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rule_sets")]
SINCE = f"since={TODAY - timedelta(days=30)}"


class TestEntrustments:
    def test_are_filed_for_one_product_and_ended(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        supplier = machine(cast.supplier)
        body = {
            "distributor": "DISTRIBUTOR",
            "region": HENAN,
            "product": line.product.code,
            "valid_from": str(TODAY),
            "valid_until": str(TODAY + 9 * DAY),
        }
        filed = supplier.send("/api/v1/entrustments/", body).json()
        assert filed["product"] == line.product.code
        tomorrow = str(TODAY + DAY)
        ended = supplier.send(f"/api/v1/entrustments/{filed['id']}/end/", {"on": tomorrow})
        assert ended.json()["valid_until"] == tomorrow
        problem_in(supplier.send(f"/api/v1/entrustments/{filed['id']}/end/", {"on": tomorrow}), 422)
        found = supplier.get(f"/api/v1/entrustments/?supplier=SUPPLIER&on={TODAY}").json()["results"]
        assert [row["id"] for row in found] == [filed["id"]]
        assert supplier.get(f"/api/v1/entrustments/?on={tomorrow}").json()["results"] == []


class TestServiceDuties:
    def test_are_found_by_county_and_day(self, cast: Cast) -> None:
        factories.duty(cast)
        visitor = machine(cast.distributor)
        assert len(visitor.get(f"/api/v1/service-duties/?county=410102&on={TODAY}").json()["results"]) == 1
        assert visitor.get("/api/v1/service-duties/?county=410103").json()["results"] == []


class TestNetworkGaps:
    def test_are_those_of_the_officer_s_province(self, cast: Cast) -> None:
        factories.township(name="沟赵乡", is_remote=True)
        answer = person(cast.officer).get("/api/v1/network-gaps/?kind=no_duty").json()
        assert (answer["province"], [gap["place_name"] for gap in answer["gaps"]]) == (HENAN, ["沟赵乡"])
        assert person(cast.foreign_officer).get("/api/v1/network-gaps/").json()["gaps"] == []
        problem_in(person(cast.foreign_officer).get(f"/api/v1/network-gaps/?province={HENAN}"), 403)
        problem_in(person(cast.supervisor).get("/api/v1/network-gaps/"), 403)
        problem_in(person(cast.officer).get("/api/v1/network-gaps/?kind=none"), 400)


class TestPerformance:
    @pytest.fixture
    def _orders(self, cast: Cast, rule_sets: object) -> None:
        [line] = factories.agreement_lines(cast)
        for institution, became in ((cast.hospital, DELIVERED), (cast.other_hospital, REFUSED)):
            measured_order(institution, [(line, became)], placed_at=NOW - 5 * DAY)

    def ask(self, caller: Any, question: str) -> dict[str, Any]:
        answer = caller.get(f"/api/v1/performance/?{SINCE}&{question}")
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found

    @pytest.mark.usefixtures("_orders")
    def test_is_of_what_the_caller_may_see(self, cast: Cast) -> None:
        of_nation = self.ask(person(cast.supervisor), "by=institution")
        assert [row["code"] for row in of_nation["rows"]] == ["HOSP-HB", "HOSP-HA"]
        assert of_nation["total"]["delivery_rate"] == "0.5000"
        of_province = self.ask(person(cast.officer), "by=supplier")
        assert of_province["province"] == HENAN
        assert of_province["rows"][0]["indicators"]["delivery_rate"] == "1.0000"
        assert self.ask(machine(cast.rival), "by=supplier")["rows"] == []
        assert self.ask(machine(cast.supplier), "by=county")["total"]["counts"]["lines"] == 2
        assert [row["code"] for row in self.ask(person(cast.outsider), "by=institution")["rows"]] == ["HOSP-HB"]

    @pytest.mark.parametrize("question", ["", "by=weather", f"by=supplier&until={TODAY - timedelta(days=31)}"])
    def test_refuses_what_it_cannot_answer(self, cast: Cast, question: str) -> None:
        problem_in(person(cast.officer).get(f"/api/v1/performance/?{SINCE}&{question}"), 400)

    def test_refuses_another_province_to_an_officer(self, cast: Cast) -> None:
        problem_in(person(cast.officer).get(f"/api/v1/performance/?{SINCE}&by=county&province=420000"), 403)


class TestScorecards:
    def test_are_the_firm_s_own(self, cast: Cast) -> None:
        Scorecard.objects.create(
            organization=cast.supplier_firm,
            province_id=HENAN,
            month=TODAY.replace(day=1),
            figures={},
            verdict="good",
            drawn_at=NOW,
        )
        address = "/api/v1/scorecards/?organization=SUPPLIER&verdict=good"
        assert len(machine(cast.supplier).get(address).json()["results"]) == 1
        assert machine(cast.rival).get(address).json()["results"] == []
        assert len(person(cast.officer).get(address).json()["results"]) == 1
        assert person(cast.foreign_officer).get(address).json()["results"] == []


class TestComplaints:
    def test_that_are_overdue_are_listed_apart(self, cast: Cast) -> None:
        late = factories.complaint(cast, at=NOW - timedelta(days=14))
        fresh = factories.complaint(cast)
        officer = person(cast.officer)

        def listed(overdue: str) -> list[int]:
            return [row["id"] for row in officer.get(f"/api/v1/complaints/?overdue={overdue}").json()["results"]]

        assert (listed("true"), listed("false")) == ([late.pk], [fresh.pk])

    def test_are_decided_on_the_version_that_was_read(self, cast: Cast) -> None:
        filed = factories.complaint(cast)
        officer = person(cast.officer)
        address = f"/api/v1/complaints/{filed.pk}/accept/"
        problem_in(officer.send(address, if_match='"9"'), 412)
        assert officer.send(address, if_match=f'"{filed.version}"').json()["status"] == "accepted"
