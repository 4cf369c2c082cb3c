"""Objections and the choice of areas, as suppliers' systems call them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procurement.models import AreaPick, Lot, Objection
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.api.calls import Caller, machine, person, problem_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rule_sets")]

OBJECTIONS, CANDIDATES = "/api/v1/objections/", "/api/v1/candidates/"


@pytest.fixture
def lot(cast: Cast) -> Lot:
    """The candidates are published for three days and choose their areas."""
    factories.procedure_rules(objection_days=3, picking=True)
    return factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"}, winners=2)


def own(caller: Caller) -> dict[str, Any]:
    [row] = caller.get(CANDIDATES).json()["results"]
    return dict(row)


class TestObjections:
    def test_are_filed_by_bidders(self, cast: Cast, lot: Lot) -> None:
        answer = machine(cast.rival).send(OBJECTIONS, {"tender": lot.tender.number, "lot": 1, "text": "评审有误"})
        body = answer.json()
        assert (answer.status_code, body["kind"], body["objector"]) == (201, "result", cast.rival_firm.name)
        assert Objection.objects.get().lot == lot

    def test_may_be_about_the_whole_tender(self, cast: Cast, lot: Lot) -> None:
        answer = machine(cast.rival).send(OBJECTIONS, {"tender": lot.tender.number, "text": "评审有误"})
        assert answer.json()["lot"] is None

    def test_are_read_by_all_who_do_not_learn_who_objected(self, cast: Cast, lot: Lot) -> None:
        factories.answered(factories.objection(lot, cast.rival), cast)
        for caller, name in (
            (Caller(), None),
            (machine(cast.supplier), None),
            (machine(cast.rival), cast.rival_firm.name),
            (person(cast.officer), cast.rival_firm.name),
        ):
            [row] = caller.get(f"{OBJECTIONS}?tender={lot.tender.number}").json()["results"]
            assert (row["text"], row["reply"], row["objector"]) == ("评审有误", "复核无误", name)

    def test_of_another_tender_are_left_out(self, cast: Cast, lot: Lot) -> None:
        factories.objection(lot, cast.rival)
        assert Caller().get(f"{OBJECTIONS}?tender=other").json()["results"] == []

    def test_cost_as_many_queries_for_two_as_for_one(self, cast: Cast, lot: Lot) -> None:
        caller, counts = person(cast.officer), []
        for actor in (cast.rival, cast.supplier):
            factories.objection(lot, actor)
            with CaptureQueriesContext(connection) as queries:
                caller.get(OBJECTIONS)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestCandidates:
    def test_learn_whose_turn_it_is_and_what_is_free(self, cast: Cast, lot: Lot) -> None:
        first, second = own(machine(cast.supplier)), own(machine(cast.rival))
        assert (first["rank"], first["is_my_turn"], first["part"], first["free_areas"]) == (
            1,
            True,
            "main",
            [HENAN, HUBEI],
        )
        assert (second["rank"], second["is_my_turn"], second["part"], second["free_areas"]) == (2, False, "main", [])

    def test_choose_in_their_turn(self, cast: Cast, lot: Lot) -> None:
        supplier, rival = machine(cast.supplier), machine(cast.rival)
        made = supplier.send(f"{CANDIDATES}{own(supplier)['id']}/pick/", {"province": HUBEI})
        assert (made.status_code, made.json()["areas"], made.json()["is_my_turn"]) == (200, [HUBEI], False)
        again = supplier.send(f"{CANDIDATES}{own(supplier)['id']}/pick/", {"province": HENAN})
        assert problem_in(again, 403)["title"]
        assert own(rival)["free_areas"] == [HENAN]

    def test_pass_with_null(self, cast: Cast, lot: Lot) -> None:
        supplier = machine(cast.supplier)
        assert supplier.send(f"{CANDIDATES}{own(supplier)['id']}/pick/", {"province": None}).status_code == 200
        assert AreaPick.objects.get().province is None

    def test_say_what_they_choose(self, cast: Cast, lot: Lot) -> None:
        supplier = machine(cast.supplier)
        assert supplier.send(f"{CANDIDATES}{own(supplier)['id']}/pick/", {}).status_code == 400
        assert not AreaPick.objects.exists()

    def test_see_nothing_before_the_publication(self, cast: Cast) -> None:
        factories.contested_lot(cast, {cast.supplier: "6.00"}, is_published=False)
        assert machine(cast.supplier).get(CANDIDATES).json()["results"] == []

    def test_have_no_turn_once_the_lot_is_awarded(self, cast: Cast) -> None:
        factories.procedure_rules(picking=True)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"})
        factories.award(lot, cast, reason="只有一家")
        row = own(machine(cast.supplier))
        assert (row["lot_status"], row["is_my_turn"], row["part"], row["free_areas"]) == ("awarded", False, None, [])
