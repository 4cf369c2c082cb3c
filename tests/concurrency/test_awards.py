"""Awards, objections and picks of the same lot at the same moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from catalog.accounts.kinds import Role
from catalog.accounts.models import User
from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import Event
from catalog.models import ProcurementPrice
from procurement.models import AreaPick, Award, Lot, Objection
from procurement.services import awards, candidates, objections, picks, replacements
from procurement.services.awards import Winner, award_lot
from procurement.services.candidates import set_aside_bid
from procurement.services.picks import pick_area
from procurement.services.replacements import revoke_award
from procurement.states import BidStatus, LotStatus
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, actor_in
from tests.concurrency.threads import at_once, kinds, meeting, without_locks
from tests.factories import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rule_sets")]


@pytest.fixture
def third_officer(cast: Cast) -> Actor:
    return actor_in(cast.agency, Role.PROCUREMENT_OFFICER, user=User.objects.create(username="third_officer"))


def awarding(lot: Lot, winner: Actor, officer: Actor, **changed: Any) -> Any:
    chosen = [Winner(factories.bid_of(lot, winner).pk, (HENAN, HUBEI))]
    return lambda: award_lot(lot_id=lot.pk, winners=chosen, reason="x", actor=officer, **{"at": NOW} | changed)


class TestTwoAwards:
    def award_twice(self, cast: Cast, third: Actor, monkeypatch: pytest.MonkeyPatch) -> list[object]:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"})
        monkeypatch.setattr(awards, "may_decide_lot", meeting(awards.may_decide_lot))
        return at_once(
            awarding(lot, cast.supplier, cast.second_officer),
            awarding(lot, cast.rival, third),
        )

    def test_without_the_lock_both_find_the_lot_undecided(
        self, cast: Cast, third_officer: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with without_locks():
            outcomes = self.award_twice(cast, third_officer, monkeypatch)
        # what keeps the second one out is no longer the platform, which would explain, but the database
        assert "AlreadyDone" not in kinds(outcomes)

    def test_with_it_the_second_one_is_told_that_it_is_done(
        self, cast: Cast, third_officer: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert kinds(self.award_twice(cast, third_officer, monkeypatch)) == ["AlreadyDone", "Lot"]
        assert Lot.objects.get().status == LotStatus.AWARDED
        assert Award.objects.count() == 1
        assert ProcurementPrice.objects.values("product").distinct().count() == 1
        assert Event.objects.filter(action="lot.award").count() == 1


class TestAwardAndObjection:
    """The objection came a minute before the end of the window, the award a minute after it."""

    def decide_and_object(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[object]:
        factories.procedure_rules(objection_days=3)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"})
        end = NOW + timedelta(days=3)
        meet = meeting(lambda: None)
        for module, name in ((awards, "refuse_while_objected"), (objections, "_refuse_decided")):
            check = getattr(module, name)
            monkeypatch.setattr(module, name, lambda *which, check=check: (check(*which), meet()))
        return at_once(
            awarding(lot, cast.supplier, cast.second_officer, at=end + timedelta(minutes=1)),
            lambda: factories.objection(lot, cast.rival, at=end - timedelta(minutes=1)),
        )

    def test_without_the_lock_both_happen(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        with without_locks():
            outcomes = self.decide_and_object(cast, monkeypatch)
        assert kinds(outcomes) == ["Lot", "Objection"]

    def test_with_it_one_of_them_does(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        outcomes = kinds(self.decide_and_object(cast, monkeypatch))
        assert outcomes in (["Lot", "ObjectionDecided"], ["Objection", "ObjectionsUnanswered"])
        assert Objection.objects.count() + Award.objects.count() == 1


class TestAwardAndSettingAside:
    def test_leave_a_bid_either_awarded_or_set_aside(
        self, cast: Cast, third_officer: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"})
        won = factories.bid_of(lot, cast.supplier)
        for module in (awards, candidates):
            monkeypatch.setattr(module, "lock_tender_of", meeting(candidates.lock_tender_of))
        outcomes = at_once(
            awarding(lot, cast.supplier, cast.second_officer),
            lambda: set_aside_bid(bid_id=won.pk, reason="x", actor=third_officer, at=NOW),
        )
        assert kinds(outcomes) in (["Lot", "WrongState"], ["Bid", "RulesBroken"])


class TestTwoPicks:
    def pick_twice(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[object]:
        """Two agents of the firm whose turn it is choose different areas."""
        factories.procedure_rules(picking=True)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"}, winners=2)
        monkeypatch.setattr(picks, "_due", self.met(picks._due))
        return at_once(
            *(
                lambda area=area: pick_area(lot_id=lot.pk, province_id=area, actor=cast.supplier, at=NOW)
                for area in (HENAN, HUBEI)
            )
        )

    @staticmethod
    def met(look: Any) -> Any:
        meet = meeting(lambda found: found)
        return lambda lot: meet(look(lot))

    def test_without_the_lock_the_database_keeps_the_second_out(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with without_locks():
            outcomes = self.pick_twice(cast, monkeypatch)
        assert kinds(outcomes) == ["AreaPick", "IntegrityError"]

    def test_with_it_the_second_one_is_told_whose_turn_it_is(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        assert kinds(self.pick_twice(cast, monkeypatch)) == ["AreaPick", "NotYourTurn"]
        assert AreaPick.objects.count() == 1

    def test_of_one_area_by_two_firms_are_one(self, cast: Cast) -> None:
        factories.procedure_rules(picking=True)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"}, winners=2)
        outcomes = at_once(
            *(
                lambda actor=actor: pick_area(lot_id=lot.pk, province_id=HENAN, actor=actor, at=NOW)
                for actor in (cast.supplier, cast.rival)
            )
        )
        assert kinds(outcomes) in (["AreaNotFree", "AreaPick"], ["AreaPick", "NotYourTurn"])
        assert AreaPick.objects.get().bid.supplier_id == cast.supplier.organization_id


class TestTwoRevocations:
    def test_let_one_successor_move_up(self, cast: Cast, third_officer: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"})
        factories.award(lot, cast)
        bid = factories.bid_of(lot, cast.supplier)
        monkeypatch.setattr(replacements, "lock_tender_of", meeting(replacements.lock_tender_of))
        outcomes = at_once(
            *(
                lambda officer=officer: revoke_award(bid_id=bid.pk, reason="x", actor=officer, at=NOW)
                for officer in (cast.second_officer, third_officer)
            )
        )
        assert kinds(outcomes) == ["AlreadyDone", "Award"]
        assert Award.objects.filter(revoked_at=None).get().bid.supplier == cast.rival_firm
        assert factories.bid_of(lot, cast.supplier).status == BidStatus.REVOKED
