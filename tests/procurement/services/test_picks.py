from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from procurement.errors import AreaNotFree, AreasNotCovered, NothingToPick, NotYourTurn, ReasonMissing
from procurement.models import AreaPick, AwardArea, Lot
from procurement.queries.picks import picking_of
from procurement.services.awards import Winner, award_lot
from procurement.services.picks import pick_area, pick_for
from procurement.states import SupplyRole
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, machine_of
from tests.factories import NOW
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")

BOTH = (HENAN, HUBEI)


@pytest.fixture
def lot(cast: Cast) -> Lot:
    """The supplier chooses first, then the rival; main suppliers alone."""
    factories.procedure_rules(picking=True)
    return factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"}, winners=2)


@pytest.fixture
def lot_with_backups(cast: Cast) -> Lot:
    factories.procedure_rules(picking=True, backup=True)
    return factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"}, winners=2)


def pick(lot: Lot, actor: Actor, province: str | None) -> AreaPick:
    return pick_area(lot_id=lot.pk, province_id=province, actor=actor, at=NOW)


def award(lot: Lot, cast: Cast, winners: dict[Actor, tuple[str, ...]] | None = None, **changed: Any) -> Lot:
    chosen = winners and [Winner(factories.bid_of(lot, actor).pk, areas) for actor, areas in winners.items()]
    return award_lot(lot_id=lot.pk, winners=chosen, **{"actor": cast.second_officer, "at": NOW} | changed)


def awarded(role: SupplyRole = SupplyRole.MAIN) -> dict[str, str]:
    areas = AwardArea.objects.filter(role=role)
    return dict(areas.values_list("province_id", "award__bid__supplier__code"))


class TestPickArea:
    def test_goes_by_turns_in_the_order_of_price(self, cast: Cast, lot: Lot) -> None:
        with refused(NotYourTurn) as refusal:
            pick(lot, cast.rival, HUBEI)
        assert refusal.facts == {"supplier": cast.supplier_firm}
        first, second = pick(lot, cast.supplier, HUBEI), pick(lot, cast.rival, HENAN)
        assert [(item.turn, item.role, item.province_id) for item in (first, second)] == [
            (1, SupplyRole.MAIN, HUBEI),
            (2, SupplyRole.MAIN, HENAN),
        ]
        with refused(NothingToPick):
            pick(lot, cast.supplier, HENAN)
        assert Event.objects.filter(action="area.pick").count() == 2

    def test_refuses_an_area_that_is_taken_or_not_of_the_lot(self, cast: Cast, lot: Lot) -> None:
        pick(lot, cast.supplier, HENAN)
        for province in (HENAN, "110000", "nowhere"):
            with refused(AreaNotFree) as refusal:
                pick(lot, cast.rival, province)
            assert refusal.facts["free"] == HUBEI

    def test_may_be_a_pass_and_comes_round_again(self, cast: Cast, lot: Lot) -> None:
        pick(lot, cast.supplier, None)
        pick(lot, cast.rival, HENAN)
        assert pick(lot, cast.supplier, HUBEI).turn == 3

    def test_ends_where_all_pass(self, cast: Cast, lot: Lot) -> None:
        pick(lot, cast.supplier, None)
        pick(lot, cast.rival, None)
        with refused(NothingToPick):
            pick(lot, cast.supplier, HENAN)

    def test_of_backups_follows_and_leaves_out_ones_own_areas(self, cast: Cast, lot_with_backups: Lot) -> None:
        pick(lot_with_backups, cast.supplier, HENAN)
        pick(lot_with_backups, cast.rival, HUBEI)
        with refused(AreaNotFree) as refusal:
            pick(lot_with_backups, cast.supplier, HENAN)
        assert refusal.facts["free"] == HUBEI
        assert pick(lot_with_backups, cast.supplier, HUBEI).role == SupplyRole.BACKUP
        assert pick(lot_with_backups, cast.rival, HENAN).turn == 2
        assert picking_of(lot_with_backups).turn is None

    def test_is_for_the_candidates(self, cast: Cast, lot: Lot) -> None:
        for actor in (factories.firm("黄河制药有限公司"), cast.officer, cast.visitor):
            with refused(NotAllowed):
                pick(lot, actor, HENAN)

    def test_is_open_to_a_firms_own_system(self, cast: Cast, lot: Lot) -> None:
        assert pick(lot, machine_of(cast.supplier), HENAN).turn == 1

    def test_is_not_due_before_the_publication_of_the_candidates(self, cast: Cast) -> None:
        factories.procedure_rules(picking=True)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"}, is_published=False)
        with refused(NothingToPick):
            pick(lot, cast.supplier, HENAN)

    def test_is_not_due_where_the_rules_foresee_none(self, cast: Cast) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"})
        with refused(NothingToPick):
            pick(lot, cast.supplier, HENAN)

    def test_is_over_once_the_lot_is_awarded(self, cast: Cast, lot: Lot) -> None:
        award(lot, cast, {cast.supplier: (HENAN,), cast.rival: (HUBEI,)}, reason="现场抽签")
        with refused(NothingToPick):
            pick(lot, cast.supplier, HENAN)

    def test_is_stored_once_per_turn_and_area(self, cast: Cast, lot: Lot) -> None:
        first = pick(lot, cast.supplier, HENAN)
        row = {"lot": lot, "bid": first.bid, "role": SupplyRole.MAIN, "picked_at": NOW}
        with pytest.raises(IntegrityError, match="one_pick_per_turn"), transaction.atomic():
            AreaPick.objects.create(**row, turn=1, province_id=HUBEI)
        with pytest.raises(IntegrityError, match="an_area_is_picked_once"), transaction.atomic():
            AreaPick.objects.create(**row, turn=2, province_id=HENAN)


class TestPickFor:
    def pick(self, lot: Lot, actor: Actor, reason: str = "逾期未选", province: str | None = HENAN) -> AreaPick:
        return pick_for(lot_id=lot.pk, province_id=province, reason=reason, actor=actor, at=NOW)

    def test_is_for_the_firm_whose_turn_it_is(self, cast: Cast, lot: Lot) -> None:
        made = self.pick(lot, cast.second_officer)
        assert (made.bid.supplier, made.reason, made.turn) == (cast.supplier_firm, "逾期未选", 1)
        assert pick(lot, cast.rival, HUBEI).turn == 2

    def test_needs_a_reason(self, cast: Cast, lot: Lot) -> None:
        with refused(ReasonMissing):
            self.pick(lot, cast.second_officer, reason=" ")

    def test_refuses_the_officer_who_published_the_tender(self, cast: Cast, lot: Lot) -> None:
        with refused(NotAllowed):
            self.pick(lot, cast.officer)

    @pytest.mark.parametrize("who", ["foreign_officer", "supervisor", "supplier"])
    def test_shows_others_nothing(self, cast: Cast, lot: Lot, who: str) -> None:
        with refused(NotVisible):
            self.pick(lot, getattr(cast, who))


class TestAwardAsPicked:
    def test_follows_the_picks(self, cast: Cast, lot: Lot) -> None:
        pick(lot, cast.supplier, HUBEI)
        pick(lot, cast.rival, HENAN)
        award(lot, cast)
        assert awarded() == {HENAN: "RIVAL", HUBEI: "SUPPLIER"}

    def test_gives_each_area_its_backup(self, cast: Cast, lot_with_backups: Lot) -> None:
        for actor, province in (
            (cast.supplier, HENAN),
            (cast.rival, HUBEI),
            (cast.supplier, HUBEI),
            (cast.rival, HENAN),
        ):
            pick(lot_with_backups, actor, province)
        award(lot_with_backups, cast)
        assert awarded() == {HENAN: "SUPPLIER", HUBEI: "RIVAL"}
        assert awarded(SupplyRole.BACKUP) == {HENAN: "RIVAL", HUBEI: "SUPPLIER"}

    def test_is_refused_while_areas_are_left(self, cast: Cast, lot: Lot) -> None:
        pick(lot, cast.supplier, HUBEI)
        with refused(AreasNotCovered) as refusal:
            award(lot, cast)
        assert refusal.facts["missing"] == HENAN

    def test_needs_a_reason_to_differ(self, cast: Cast, lot: Lot) -> None:
        pick(lot, cast.supplier, HUBEI)
        pick(lot, cast.rival, HENAN)
        differently = {cast.supplier: (HENAN,), cast.rival: (HUBEI,)}
        with refused(ReasonMissing) as refusal:
            award(lot, cast, differently)
        assert f"{HENAN}, {HUBEI}" in str(refusal.facts["difference"])
        assert award(lot, cast, differently, reason="企业之间换区").decision_reason == "企业之间换区"

    def test_needs_a_reason_to_forestall_a_choice(self, cast: Cast, lot: Lot) -> None:
        pick(lot, cast.supplier, HUBEI)
        with refused(ReasonMissing):
            award(lot, cast, {cast.supplier: (HUBEI,), cast.rival: (HENAN,)})

    def test_needs_none_for_areas_that_all_passed(self, cast: Cast, lot: Lot) -> None:
        for actor, province in ((cast.supplier, HUBEI), (cast.rival, None), (cast.supplier, None), (cast.rival, None)):
            pick(lot, actor, province)
        award(lot, cast, {cast.supplier: (HUBEI,), cast.rival: (HENAN,)})
        assert awarded() == {HENAN: "RIVAL", HUBEI: "SUPPLIER"}
