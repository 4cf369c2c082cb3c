"""What the rules of the procedure make of an award: window, volumes, terms, backups, winners without volume."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.foundation.actor import Actor
from catalog.models import ProcurementPrice
from procurement.errors import (
    AreasNotCovered,
    BackupIsMain,
    BackupsNotCovered,
    CandidatesNotPublished,
    ExplanationsOpen,
    ObjectionWindowOpen,
    SupplierNotAdmitted,
    TooManyWinners,
)
from procurement.models import Award, AwardArea, Bid, EvaluationLine, Explanation, Lot
from procurement.services.awards import Winner, award_lot
from procurement.services.candidates import set_aside_bid
from procurement.services.explanations import judge_explanation
from procurement.states import LotStatus, SupplyRole
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.factories import NOW
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")

BOTH = (HENAN, HUBEI)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# main areas, and those stood by in
Areas = tuple[tuple[str, ...], tuple[str, ...]]


@pytest.fixture
def third(cast: Cast) -> Actor:
    return factories.firm("黄河制药有限公司")


def two(cast: Cast, **rules: Any) -> Lot:
    """A lot for two winners; 240,000 units are reported in Henan, 120,000 in Hubei."""
    factories.procedure_rules(**rules)
    return factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"}, winners=2)


def award(lot: Lot, cast: Cast, chosen: dict[Actor, Areas], **changed: Any) -> Lot:
    winners = [Winner(factories.bid_of(lot, actor).pk, *areas) for actor, areas in chosen.items()]
    return award_lot(lot_id=lot.pk, winners=winners, **{"actor": cast.second_officer, "at": NOW} | changed)


def apart(cast: Cast) -> dict[Actor, Areas]:
    return {cast.supplier: ((HENAN,), ()), cast.rival: ((HUBEI,), ())}


def crossed(cast: Cast) -> dict[Actor, Areas]:
    return {cast.supplier: ((HENAN,), (HUBEI,)), cast.rival: ((HUBEI,), (HENAN,))}


def quantities(role: SupplyRole = SupplyRole.MAIN) -> dict[str, int]:
    return dict(AwardArea.objects.filter(role=role).values_list("province_id", "quantity"))


class TestWindow:
    def test_is_refused_until_the_candidates_are_published(self, cast: Cast) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"}, is_published=False)
        with refused(CandidatesNotPublished):
            factories.award(lot, cast)

    def test_is_refused_until_the_window_is_over(self, cast: Cast) -> None:
        factories.procedure_rules(objection_days=3)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"})
        with refused(ObjectionWindowOpen):
            factories.award(lot, cast, at=NOW + 3 * DAY - MINUTE)
        assert factories.award(lot, cast, at=NOW + 3 * DAY).status == LotStatus.AWARDED

    def test_is_an_attempt_that_is_written_down(self) -> None:
        assert ObjectionWindowOpen.is_attempt


class TestAbnormallyLow:
    """The rival asks twice the price; half of the mean is 4.50 for 24."""

    @pytest.fixture
    def lot(self, cast: Cast, third: Actor) -> Lot:
        factories.procedure_rules(abnormally_low="0.6")
        return factories.contested_lot(
            cast, {third: "2.00", cast.supplier: "2.40", cast.rival: "8.00"}, is_published=False
        )

    def test_price_that_is_proposed_anew_is_explained_before_the_award(
        self, cast: Cast, third: Actor, lot: Lot
    ) -> None:
        set_aside_bid(bid_id=factories.bid_of(lot, third).pk, reason="虚假材料", actor=cast.second_officer, at=NOW)
        asked = Explanation.objects.get(bid=factories.bid_of(lot, cast.supplier))
        with refused(ExplanationsOpen):
            factories.publish(lot.tender, cast)
        judge(asked, cast)
        factories.publish(lot.tender, cast)
        assert factories.award(lot, cast).status == LotStatus.AWARDED

    def test_price_that_comes_in_after_the_publication_stops_the_award(
        self, cast: Cast, third: Actor, lot: Lot
    ) -> None:
        judge(Explanation.objects.get(), cast)
        factories.publish(lot.tender, cast)
        set_aside_bid(bid_id=factories.bid_of(lot, third).pk, reason="虚假材料", actor=cast.second_officer, at=NOW)
        with refused(ExplanationsOpen):
            factories.award(lot, cast)


def judge(asked: Explanation, cast: Cast) -> None:
    late = asked.due_at
    judge_explanation(explanation_id=asked.pk, is_accepted=True, judgement="成本属实", actor=cast.officer, at=late)


class TestVolume:
    def test_is_the_share_of_the_rules_for_so_many_winners(self, cast: Cast) -> None:
        award(two(cast, volume_shares=[[1, "0.5"], [2, "0.6"]]), cast, apart(cast))
        assert quantities() == {HENAN: 144_000, HUBEI: 72_000}

    def test_of_one_winner_is_the_share_for_one(self, cast: Cast) -> None:
        lot = two(cast, volume_shares=[[1, "0.5"], [2, "0.6"]])
        award(lot, cast, {cast.supplier: (BOTH, ())}, reason="另一家无产能")
        assert quantities() == {HENAN: 120_000, HUBEI: 60_000}

    def test_is_in_whole_units_that_sum_to_the_share(self, cast: Cast) -> None:
        lot = two(cast, volume_shares=[[1, "0.333333"]])
        award(lot, cast, apart(cast))
        assert sum(quantities().values()) == round(360_000 * Decimal("0.333333"))


class TestTerm:
    def test_is_as_long_as_the_rules_say_for_so_many_winners(self, cast: Cast) -> None:
        lot = two(cast, terms=[[1, 1], [2, 2]])
        award(lot, cast, apart(cast))
        begin = lot.tender.supply_from
        ends = date(begin.year + 2, begin.month, begin.day)
        assert set(Award.objects.values_list("supply_until", flat=True)) == {ends}
        assert {price.validity.upper for price in ProcurementPrice.objects.all()} == {ends}

    def test_is_the_tenders_where_the_rules_say_nothing(self, cast: Cast) -> None:
        lot = two(cast)
        award(lot, cast, apart(cast))
        assert set(Award.objects.values_list("supply_until", flat=True)) == {None}
        assert {price.validity.upper for price in ProcurementPrice.objects.all()} == {lot.tender.supply_until}


class TestPrice:
    def test_is_the_negotiated_one_where_there_is_one(self, cast: Cast) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"})
        Bid.objects.update(agreed_price=Decimal("5.40"))
        factories.award(lot, cast)
        assert Award.objects.get().price == Decimal("5.40")
        assert set(ProcurementPrice.objects.values_list("price", flat=True)) == {Decimal("5.40")}


class TestBackup:
    def test_stands_by_without_volume_at_its_own_price(self, cast: Cast) -> None:
        award(two(cast, backup=True), cast, crossed(cast))
        assert quantities(SupplyRole.BACKUP) == {HENAN: 0, HUBEI: 0}
        prices = ProcurementPrice.objects.filter(province_id=HENAN).values_list("price", flat=True)
        assert sorted(prices) == [Decimal("6.00"), Decimal("7.20")]

    def test_is_asked_for_in_each_area(self, cast: Cast) -> None:
        lot = two(cast, backup=True)
        for backups, missing, twice in (((), "420000", "—"), ((HENAN,), "420000", "410000")):
            with refused(BackupsNotCovered) as refusal:
                award(lot, cast, {cast.supplier: ((HENAN,), ()), cast.rival: ((HUBEI,), (HENAN, *backups))})
            assert (refusal.facts["missing"], refusal.facts["twice"]) == (missing, twice)

    def test_is_another_firm_than_the_main_supplier(self, cast: Cast) -> None:
        lot = two(cast, backup=True)
        with refused(BackupIsMain, BackupIsMain):
            award(lot, cast, {cast.supplier: ((HENAN,), (HENAN,)), cast.rival: ((HUBEI,), (HUBEI,))})

    def test_is_not_needed_of_one_winner(self, cast: Cast) -> None:
        award(two(cast, backup=True), cast, {cast.supplier: (BOTH, ())}, reason="另一家无产能")
        assert quantities(SupplyRole.BACKUP) == {}

    def test_is_refused_where_the_rules_foresee_none(self, cast: Cast) -> None:
        with refused(BackupsNotCovered) as refusal:
            award(two(cast), cast, crossed(cast))
        assert refusal.facts["foreign"] == f"{HENAN}, {HUBEI}"


class TestWithoutVolume:
    """A bid far under the rest may win, takes no winner's place and gets no volume."""

    @pytest.fixture
    def lot(self, cast: Cast, third: Actor) -> Lot:
        lot = factories.contested_lot(cast, {third: "1.00", cast.supplier: "6.00", cast.rival: "7.20"})
        lines = EvaluationLine.objects.filter(bid__lot=lot)
        lines.filter(bid=factories.bid_of(lot, third)).update(is_zero_volume=True)
        lines.filter(bid=factories.bid_of(lot, cast.supplier)).update(is_proposed=True)
        return lot

    def test_is_listed_beside_the_main_supplier(self, cast: Cast, third: Actor, lot: Lot) -> None:
        award(lot, cast, {third: (BOTH, ()), cast.supplier: (BOTH, ())})
        assert quantities(SupplyRole.LISTED) == {HENAN: 0, HUBEI: 0}
        assert quantities() == {HENAN: 240_000, HUBEI: 120_000}
        assert ProcurementPrice.objects.filter(province_id=HENAN).count() == 2

    def test_does_not_win_alone(self, cast: Cast, third: Actor, lot: Lot) -> None:
        with refused(TooManyWinners, AreasNotCovered):
            award(lot, cast, {third: (BOTH, ())}, reason="x")

    def test_is_listed_in_areas_of_the_lot(self, cast: Cast, third: Actor, lot: Lot) -> None:
        with refused(AreasNotCovered) as refusal:
            award(lot, cast, {third: (("110000",), ()), cast.supplier: (BOTH, ())})
        assert refusal.facts["foreign"] == "110000"


class TestMostWinners:
    @pytest.mark.parametrize(("found", "most"), [(1, 1), (3, 2)])
    def test_is_the_smaller_of_the_lots_and_the_evaluations(self, cast: Cast, found: int, most: int) -> None:
        lot = two(cast)
        Lot.objects.update(proposal={"most_winners": found})
        if most == 2:
            assert award(lot, cast, apart(cast)).status == LotStatus.AWARDED
            return
        with refused(TooManyWinners) as refusal:
            award(lot, cast, apart(cast))
        assert refusal.facts["most"] == most

    def test_is_the_tables_where_neither_says(self, cast: Cast) -> None:
        lot = two(cast)
        Lot.objects.update(max_winners=None, proposal={})
        assert award(lot, cast, apart(cast)).status == LotStatus.AWARDED


class TestBarred:
    def test_supplier_does_not_win_any_more(self, cast: Cast) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"})
        factories.conduct_record(cast)
        with refused(SupplierNotAdmitted):
            factories.award(lot, cast)
        assert not Award.objects.exists()
