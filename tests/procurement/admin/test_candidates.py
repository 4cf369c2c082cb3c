"""Candidates, objections, choices of areas and revocations on their pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

from procurement.models import AreaPick, Award, AwardArea, Lot, Objection, Tender
from procurement.services.picks import pick_area
from procurement.states import BidStatus, ObjectionStatus, SupplyRole, TenderStatus
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.factories import NOW, ago
from tests.procurement.admin.pages import action_of, client_of, get, list_of, offered, page_of, post

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture(autouse=True)
def _no_page_is_kept() -> None:
    cache.clear()


@pytest.fixture
def lot(cast: Cast) -> Lot:
    """For two winners; its candidates are published, choose their areas and stand by for each other."""
    factories.procedure_rules(picking=True, backup=True)
    return factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"}, winners=2)


class TestPublish:
    @pytest.fixture
    def evaluated(self, cast: Cast) -> Lot:
        return factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"}, is_published=False)

    def test_shows_who_is_proposed_and_publishes_it(self, cast: Cast, evaluated: Lot) -> None:
        factories.procedure_rules(objection_days=3)
        client = client_of(cast.officer)
        page = get(client, action_of(evaluated, "candidates"))
        assert cast.supplier_firm.name in page and cast.rival_firm.name not in page
        assert "Bidders may object for 3 days." in page
        assert "objections are heard until" in post(client, action_of(evaluated, "candidates"))
        assert Tender.objects.get().status == TenderStatus.CANDIDATES_PUBLISHED

    def test_is_offered_until_it_is_done(self, cast: Cast, evaluated: Lot) -> None:
        client = client_of(cast.officer)
        assert "candidates" in offered(client.get(page_of(evaluated)))
        factories.publish(evaluated.tender, cast)
        assert "candidates" not in offered(client.get(page_of(evaluated)))

    @pytest.mark.parametrize("who", ["supervisor", "foreign_officer"])
    def test_is_for_the_agencys_officers(self, cast: Cast, evaluated: Lot, who: str) -> None:
        client = client_of(getattr(cast, who))
        assert client.post(action_of(evaluated, "candidates")).status_code == 403
        assert Tender.objects.get().status == TenderStatus.EVALUATED


class TestObjections:
    @pytest.fixture
    def filed(self, cast: Cast, lot: Lot) -> Objection:
        factories.procedure_rules(objection_days=3)
        return factories.objection(lot, cast.rival)

    def test_are_answered_on_their_page(self, cast: Cast, filed: Objection) -> None:
        client = client_of(cast.officer)
        assert filed.text in get(client, action_of(filed, "answer"))
        values = {"version": filed.version, "decision": "uphold", "reply": "评分有误"}
        assert "The objection is answered." in post(client, action_of(filed, "answer"), **values)
        filed.refresh_from_db()
        assert (filed.status, filed.reply) == (ObjectionStatus.UPHELD, "评分有误")
        assert "answer" not in offered(client.get(page_of(filed)))

    def test_need_a_decision_and_a_reply(self, cast: Cast, filed: Objection) -> None:
        client = client_of(cast.officer)
        post(client, action_of(filed, "answer"), version=filed.version, decision="", reply="x")
        page = post(client, action_of(filed, "answer"), version=filed.version, decision="dismiss", reply="")
        assert "the text is empty" in page
        filed.refresh_from_db()
        assert filed.status == ObjectionStatus.FILED

    def test_are_marked_when_the_reply_is_overdue(self, cast: Cast, filed: Objection) -> None:
        client = client_of(cast.officer)
        assert "reply overdue" not in get(client, list_of(Objection))
        Objection.objects.update(reply_due_at=ago(minutes=1))
        assert "reply overdue" in get(client, list_of(Objection))

    def test_are_read_by_their_agency_and_supervisors(self, cast: Cast, filed: Objection) -> None:
        for who, is_read in (("second_officer", True), ("supervisor", True), ("foreign_officer", False)):
            client = client_of(getattr(cast, who))
            assert (cast.rival_firm.name in get(client, list_of(Objection))) == is_read

    def test_are_not_answered_by_supervisors(self, cast: Cast, filed: Objection) -> None:
        client = client_of(cast.supervisor)
        assert client.get(action_of(filed, "answer")).status_code == 403


class TestAwardPage:
    def test_is_filled_in_as_the_candidates_chose(self, cast: Cast, lot: Lot) -> None:
        for actor, area in ((cast.supplier, HUBEI), (cast.rival, HENAN), (cast.supplier, HENAN), (cast.rival, HUBEI)):
            pick_area(lot_id=lot.pk, province_id=area, actor=actor, at=NOW)
        client = client_of(cast.second_officer)
        first, second = (factories.bid_of(lot, actor).pk for actor in (cast.supplier, cast.rival))
        form = client.get(action_of(lot, "award")).context["form"]
        chosen = {f"area_{HENAN}": second, f"area_{HUBEI}": first, f"backup_{HENAN}": first, f"backup_{HUBEI}": second}
        assert {name: form.initial[name] for name in chosen} == chosen
        values = chosen | {"version": lot.version, "winners": [first, second], "reason": ""}
        assert "is awarded" in post(client, action_of(lot, "award"), **values)
        backups = AwardArea.objects.filter(role=SupplyRole.BACKUP)
        assert dict(backups.values_list("province_id", "award__bid")) == {HENAN: first, HUBEI: second}

    def test_proposes_a_backup_that_is_not_the_main_supplier(self, cast: Cast, lot: Lot) -> None:
        form = client_of(cast.second_officer).get(action_of(lot, "award")).context["form"]
        for area in (HENAN, HUBEI):
            pair = {form.initial[f"area_{area}"], form.initial[f"backup_{area}"]}
            assert pair == {factories.bid_of(lot, actor).pk for actor in (cast.supplier, cast.rival)}

    def test_says_until_when_objections_are_heard(self, cast: Cast) -> None:
        factories.procedure_rules(objection_days=3)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"})
        bid = factories.bid_of(lot, cast.supplier).pk
        values = {"version": lot.version, "winners": [bid], f"area_{HENAN}": bid, f"area_{HUBEI}": bid, "reason": ""}
        page = post(client_of(cast.second_officer), action_of(lot, "award"), **values)
        assert "Objections are heard until" in page
        assert not Award.objects.exists()


class TestSetAside:
    def test_names_the_bid_and_the_reason(self, cast: Cast, lot: Lot) -> None:
        client, bid = client_of(cast.second_officer), factories.bid_of(lot, cast.supplier)
        assert "say why" in post(client, action_of(lot, "set_aside"), bid=bid.pk, reason=" ")
        assert "is set aside" in post(client, action_of(lot, "set_aside"), bid=bid.pk, reason="虚假材料")
        bid.refresh_from_db()
        assert bid.status == BidStatus.SET_ASIDE
        assert "set aside: 虚假材料" in get(client, page_of(lot))

    def test_is_refused_to_whoever_published(self, cast: Cast, lot: Lot) -> None:
        bid = factories.bid_of(lot, cast.supplier)
        post(client_of(cast.officer), action_of(lot, "set_aside"), bid=bid.pk, reason="虚假材料")
        bid.refresh_from_db()
        assert bid.status == BidStatus.RANKED


class TestPick:
    def test_is_made_for_the_firm_whose_turn_it_is(self, cast: Cast, lot: Lot) -> None:
        client = client_of(cast.second_officer)
        assert f"It is the turn of {cast.supplier_firm}" in get(client, action_of(lot, "pick"))
        post(client, action_of(lot, "pick"), area=HUBEI, reason="逾期未选")
        post(client, action_of(lot, "pick"), area="pass", reason="逾期未选")
        assert list(AreaPick.objects.order_by("turn").values_list("province_id", "reason")) == [
            (HUBEI, "逾期未选"),
            (None, "逾期未选"),
        ]

    def test_is_offered_while_one_is_due(self, cast: Cast, lot: Lot) -> None:
        client = client_of(cast.second_officer)
        assert "pick" in offered(client.get(page_of(lot)))
        factories.procedure_rules(picking=False)
        assert "pick" not in offered(client.get(page_of(lot)))


class TestRevoke:
    @pytest.fixture
    def awarded(self, cast: Cast) -> Lot:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"}, at=NOW - timedelta(days=1))
        return factories.award(lot, cast, at=NOW - timedelta(days=1))

    def test_names_who_moves_up(self, cast: Cast, awarded: Lot) -> None:
        client = client_of(cast.second_officer)
        assert offered(client.get(page_of(awarded))) == {"revoke"}
        bid = factories.bid_of(awarded, cast.supplier)
        page = post(client, action_of(awarded, "revoke"), bid=bid.pk, reason="企业声明不能供应")
        assert f"{cast.rival_firm} moves up" in page

    def test_shows_the_areas_that_are_left_without_a_supplier(self, cast: Cast, awarded: Lot) -> None:
        client = client_of(cast.second_officer)
        for actor in (cast.supplier, cast.rival):
            bid = factories.bid_of(awarded, actor)
            page = post(client, action_of(awarded, "revoke"), bid=bid.pk, reason="企业声明不能供应")
        assert "Nobody moves up" in page and "河南省、湖北省" in page
