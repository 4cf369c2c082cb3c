"""Ordering over the API: what may be ordered with its figures, suggestions, and handing in at once."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from distribution.models import Requisition, StockEntry, StockLot
from distribution.states import StockMove
from procurement.models import AgreementLine
from tests import factories
from tests.cast import ZHONGYUAN, Cast
from tests.catalog.api.calls import machine, person, problem_in
from tests.factories import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rule_sets")]
PATH = "/api/v1/requisitions/"


@pytest.fixture
def lines(cast: Cast) -> list[AgreementLine]:
    return factories.agreement_lines(cast, ("阿莫西林", "头孢拉定"))


def stock(holder: Organization, line: AgreementLine, units: int, issued: int = 0) -> None:
    """So many units on the shelf, after so many were issued this month."""
    lot = StockLot.objects.create(
        holder=holder,
        product=line.product,
        lot_number="L1",
        expires_on=TODAY.replace(year=TODAY.year + 2, day=1),
        units=units,
    )
    for kind, moved in ((StockMove.OPENING, units + issued), (StockMove.ISSUE, -issued)):
        if moved:
            StockEntry.objects.create(lot=lot, kind=kind, units=moved, reference=f"{kind}-1", entered_at=NOW)


class TestHandingInAtOnce:
    def body(self, *lines: AgreementLine, **more: Any) -> dict[str, Any]:
        return {"lines": [{"agreement_line": line.pk, "packs": 2} for line in lines], "submit": True} | more

    def test_answers_what_reading_it_again_says(self, cast: Cast, lines: list[AgreementLine]) -> None:
        caller = machine(cast.buyer, "institution")
        body = self.body(*lines[::-1], urgency="emergency", urgency_reason="抢救")
        made = caller.send(PATH, body)
        assert made.status_code == 201, made.content
        assert caller.get(f"{PATH}{made.json()['id']}/").json() == made.json()
        assert made.json()["status"] == "submitted"
        assert [line["agreement_line"] for line in made.json()["lines"]] == [line.pk for line in lines[::-1]]

    def test_names_every_short_line_and_keeps_nothing(self, cast: Cast, lines: list[AgreementLine]) -> None:
        AgreementLine.objects.filter(pk__in=[line.pk for line in lines]).update(called_off_quantity=240_000 - 24)
        problem = problem_in(person(cast.buyer).send(PATH, self.body(*lines)), 422, "rules-broken")
        assert [part["pointer"] for part in problem["errors"]] == ["#/lines/0/packs", "#/lines/1/packs"]
        assert not Requisition.objects.exists()

    def test_reads_lines_that_are_not_plain_as_serializers_do(self, cast: Cast, lines: list[AgreementLine]) -> None:
        caller = person(cast.buyer)
        texts = [{"agreement_line": str(line.pk), "packs": "2", "remark": "x"} for line in lines]
        assert caller.send(PATH, {"lines": texts}).status_code == 201
        problem = problem_in(caller.send(PATH, {"lines": [*texts, {"agreement_line": 0}]}), 400, "validation-error")
        assert {part["pointer"] for part in problem["errors"]} == {"#/lines/2/agreement_line", "#/lines/2/packs"}


class TestOrderableLines:
    def test_show_what_the_institution_has_and_uses(self, cast: Cast, lines: list[AgreementLine]) -> None:
        line = lines[0]
        stock(cast.hospital, line, 100, issued=90)
        stock(cast.other_hospital, line, 7)
        factories.submitted_requisition(cast, {line: 2})
        order = factories.confirmed_order(cast, {line: 3})
        assert order.lines.get().confirmed_packs == 3
        rows = {row["id"]: row for row in person(cast.buyer).get("/api/v1/orderable-lines/").json()["results"]}
        line.refresh_from_db()
        assert rows[line.pk]["remaining"] == line.remaining_quantity
        assert rows[line.pk]["figures"]["monthly_use"] == "30.00"
        assert rows[line.pk]["figures"]["stock"] == 100
        # the run placed both, and one of the two orders was answered
        assert (rows[line.pk]["figures"]["on_the_way"], rows[line.pk]["figures"]["asked_for"]) == (72, 48)
        assert rows[lines[1].pk]["figures"] == {
            "stock": 0,
            "monthly_use": "0.00",
            "on_the_way": 0,
            "asked_for": 0,
        }


class TestSuggestions:
    PATH = "/api/v1/order-suggestions/"

    def get(self, cast: Cast, path: str) -> list[dict[str, Any]]:
        answer = person(cast.buyer).get(f"{self.PATH}{path}")
        assert answer.status_code == 200, answer.content
        return [
            {key: line[key] for key in ("agreement_line", "packs", "units", "added", "is_cut")}
            for line in answer.json()["lines"]
        ]

    def test_by_use_bring_the_stock_up_in_whole_packs(self, cast: Cast, lines: list[AgreementLine]) -> None:
        # 100 a month: for two months 160 are missing, of which one pack is asked for
        stock(cast.hospital, lines[0], 40, issued=300)
        factories.submitted_requisition(cast, {lines[0]: 1})
        assert self.get(cast, "by-use/?cover_months=2") == [
            {"agreement_line": lines[0].pk, "packs": 6, "units": 144, "added": 8, "is_cut": False}
        ]
        assert len(self.get(cast, "by-use/")) == 1

    def test_by_use_of_a_village_are_of_its_own_stock(self, cast: Cast, lines: list[AgreementLine]) -> None:
        village = Organization.objects.create(
            code="V1",
            name="村卫生室",
            kind=OrganizationKind.INSTITUTION,
            region_id=ZHONGYUAN,
            ordering_centre=cast.hospital,
        )
        stock(village, lines[0], 0, issued=72)
        assert self.get(cast, "by-use/") == []
        assert [line["packs"] for line in self.get(cast, "by-use/?recipient=V1")] == [1]
        problem_in(person(cast.buyer).get(f"{self.PATH}by-use/?recipient=HOSP-HB"), 422, "not-your-village")

    def test_of_the_last_order_are_cut_to_what_remains(self, cast: Cast, lines: list[AgreementLine]) -> None:
        assert self.get(cast, "last-order/") == []
        factories.submitted_requisition(cast, {lines[0]: 9})
        factories.submitted_requisition(cast, {lines[0]: 2, lines[1]: 5})
        AgreementLine.objects.filter(pk=lines[1].pk).update(called_off_quantity=240_000 - 24)
        found = {line["agreement_line"]: (line["packs"], line["is_cut"]) for line in self.get(cast, "last-order/")}
        assert found == {lines[0].pk: (2, False), lines[1].pk: (1, True)}

    def test_of_pasted_rows_say_how_units_were_rounded(self, cast: Cast, lines: list[AgreementLine]) -> None:
        text = f"{lines[0].product.code}\t30片\n{lines[1].product.code}\t2\n没有\t1"
        answer = person(cast.buyer).send(f"{self.PATH}pasted/", {"text": text})
        assert answer.status_code == 200, answer.content
        one, two, none = answer.json()["rows"]
        assert [(row["packs"], row["units"], row["added"]) for row in one["offers"]] == [(2, 48, 18)]
        assert [(row["packs"], row["added"]) for row in two["offers"]] == [(2, 0)]
        assert none["offers"] == [] and none["problem"]
