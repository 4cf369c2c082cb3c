from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from catalog.errors import CeilingExceeded, NoGuidePrice, PriceAlreadyFixed
from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import GuidePrice, ProcurementPrice
from procurement.errors import AreasNotCovered, BidNotInLot, ReasonMissing, TooManyWinners, WinnerWithoutArea
from procurement.models import Award, AwardArea, Bid, Lot
from procurement.services.awards import Winner, award_lot, fail_lot
from procurement.states import BidStatus, LotStatus
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, actor_in, machine_of, make_cast, make_rule_sets, user_of
from tests.factories import NOW
from tests.procurement.admin.conftest import in_a_savepoint
from tests.refusals import refused

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

BOTH = (HENAN, HUBEI)


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Cast, Lot]]:
    """The cast, and a lot with its candidates; each test works in a savepoint."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        yield cast, factories.tender_with_candidates(cast).lots.get()
        transaction.set_rollback(True)


@pytest.fixture
def db(settled: tuple[Cast, Lot], django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    yield from in_a_savepoint(django_db_blocker)


@pytest.fixture
def cast(settled: tuple[Cast, Lot], db: None) -> Cast:
    return settled[0]


@pytest.fixture
def lot(settled: tuple[Cast, Lot], db: None) -> Lot:
    return Lot.objects.select_related("tender").get(pk=settled[1].pk)


@pytest.fixture
def lot_for_two(cast: Cast) -> Lot:
    factories.procedure_rules(winners=[[1, 2]])
    plan = factories.lot_plan(factories.presentation(), max_winners=2)
    return factories.tender_with_candidates(cast, [plan]).lots.select_related("tender").get()


def award(lot: Lot, cast: Cast, winners: dict[Actor, tuple[str, ...]] | None = None, **changed: Any) -> Lot:
    options = {"actor": cast.second_officer, "at": NOW} | changed
    chosen = winners if winners is not None else {cast.supplier: BOTH}
    return award_lot(
        lot_id=lot.pk,
        winners=[Winner(factories.bid_of(lot, actor).pk, areas) for actor, areas in chosen.items()],
        **options,
    )


def assert_nothing_was_written(lot: Lot) -> None:
    assert not Award.objects.exists() and not AwardArea.objects.exists()
    assert not ProcurementPrice.objects.exists()
    assert not Bid.objects.exclude(status=BidStatus.RANKED).exists()
    lot.refresh_from_db()
    assert lot.status == LotStatus.PROPOSED
    assert not Event.objects.filter(action="lot.award").exists()


class TestAwardLot:
    def test_awards_the_winner_and_writes_off_the_others(self, cast: Cast, lot: Lot) -> None:
        awarded = award(lot, cast)
        assert (awarded.status, awarded.decision_reason) == (LotStatus.AWARDED, "")
        won = Award.objects.get()
        assert (won.bid.supplier, won.price, won.awarded_by_id, won.awarded_at) == (
            cast.supplier_firm,
            Decimal("6.00"),
            cast.second_officer.user_id,
            NOW,
        )
        assert factories.bid_of(lot, cast.supplier).status == BidStatus.AWARDED
        assert factories.bid_of(lot, cast.rival).status == BidStatus.LOST

    def test_gives_each_area_the_quantity_of_its_demand(self, cast: Cast, lot: Lot) -> None:
        award(lot, cast)
        assert list(AwardArea.objects.values_list("province", "quantity")) == [(HENAN, 240_000), (HUBEI, 120_000)]

    def test_fixes_one_price_for_the_provinces_institutions(self, cast: Cast, lot: Lot) -> None:
        award(lot, cast)
        price = ProcurementPrice.objects.get(province=HENAN)
        assert (price.price, price.guide_amount) == (Decimal("6.00"), Decimal("8.72"))
        assert price.source_reference == f"{lot.tender.number}/1"
        assert (price.validity.lower, price.validity.upper) == (lot.tender.supply_from, lot.tender.supply_until)
        assert ProcurementPrice.objects.count() == 2

    def test_splits_the_areas_between_two_winners(self, cast: Cast, lot_for_two: Lot) -> None:
        award(lot_for_two, cast, {cast.supplier: (HUBEI,), cast.rival: (HENAN,)})
        prices = dict(ProcurementPrice.objects.values_list("province", "price"))
        assert prices == {HENAN: Decimal("7.20"), HUBEI: Decimal("6.00")}

    def test_refuses_the_officer_who_published_the_tender(self, cast: Cast, lot: Lot) -> None:
        with refused(NotAllowed):
            award(lot, cast, actor=cast.officer)
        assert_nothing_was_written(lot)

    @pytest.mark.parametrize("role", ["foreign_officer", "supervisor", "supplier", "visitor"])
    def test_refuses_who_is_not_of_the_agency(self, cast: Cast, lot: Lot, role: str) -> None:
        with pytest.raises((NotVisible, NotAllowed)):
            award(lot, cast, actor=getattr(cast, role))
        assert_nothing_was_written(lot)

    def test_shows_a_foreign_officer_nothing(self, cast: Cast, lot: Lot) -> None:
        with refused(NotVisible):
            award(lot, cast, actor=cast.foreign_officer)

    @pytest.mark.parametrize("machine", ["platform", "agency's"])
    def test_refuses_a_system(self, cast: Cast, lot: Lot, machine: str) -> None:
        actor = cast.platform if machine == "platform" else machine_of(cast.second_officer)
        with refused(NotAllowed):
            award(lot, cast, actor=actor)

    def test_refuses_another_role_in_the_agency(self, cast: Cast, lot: Lot) -> None:
        with refused(NotAllowed):
            award(lot, cast, actor=actor_in(cast.agency, user=user_of(cast.second_officer)))

    def test_needs_a_reason_to_deviate_from_the_proposal(self, cast: Cast, lot: Lot) -> None:
        for reason in ("", "   "):
            with refused(ReasonMissing) as refusal:
                award(lot, cast, {cast.rival: BOTH}, reason=reason)
            difference = str(refusal.facts["difference"])
            assert cast.supplier_firm.name in difference and cast.rival_firm.name in difference
        assert_nothing_was_written(lot)

    def test_keeps_the_reason_of_a_deviation(self, cast: Cast, lot: Lot) -> None:
        awarded = award(lot, cast, {cast.rival: BOTH}, reason=" 产能不足 ")
        assert awarded.decision_reason == "产能不足"
        assert Award.objects.get().bid.supplier == cast.rival_firm
        [event] = Event.objects.filter(action="lot.award")
        assert event.changes["decision_reason"] == ["", "产能不足"]

    def test_needs_a_reason_to_choose_fewer_than_are_proposed(self, cast: Cast, lot_for_two: Lot) -> None:
        with refused(ReasonMissing):
            award(lot_for_two, cast, {cast.supplier: BOTH})
        assert award(lot_for_two, cast, {cast.supplier: BOTH}, reason="唯一能供应").status == LotStatus.AWARDED

    @pytest.mark.parametrize(
        ("areas", "missing", "twice", "foreign"),
        [
            ((HENAN,), "420000", "—", "—"),
            ((HENAN, HUBEI, HENAN), "—", "410000", "—"),
            ((HENAN, HUBEI, "110000"), "—", "—", "110000"),
            ((HENAN, HENAN, "110000"), "420000", "410000", "110000"),
        ],
    )
    def test_refuses_areas_that_are_missing_twice_or_foreign(
        self, cast: Cast, lot: Lot, areas: tuple[str, ...], missing: str, twice: str, foreign: str
    ) -> None:
        with refused(AreasNotCovered) as refusal:
            award(lot, cast, {cast.supplier: areas})
        assert refusal.facts == {"missing": missing, "twice": twice, "foreign": foreign}
        assert_nothing_was_written(lot)

    def test_refuses_a_winner_without_an_area(self, cast: Cast, lot_for_two: Lot) -> None:
        with refused(WinnerWithoutArea):
            award(lot_for_two, cast, {cast.supplier: BOTH, cast.rival: ()})
        assert_nothing_was_written(lot_for_two)

    def test_refuses_an_area_for_two_winners(self, cast: Cast, lot_for_two: Lot) -> None:
        with refused(AreasNotCovered) as refusal:
            award(lot_for_two, cast, {cast.supplier: BOTH, cast.rival: (HUBEI,)})
        assert refusal.facts["twice"] == HUBEI

    def test_refuses_more_winners_than_the_lot_admits(self, cast: Cast, lot: Lot) -> None:
        with refused(TooManyWinners) as refusal:
            award(lot, cast, {cast.supplier: (HENAN,), cast.rival: (HUBEI,)}, reason="x")
        assert (refusal.facts["most"], refusal.facts["chosen"]) == (1, 2)
        assert_nothing_was_written(lot)

    def test_refuses_no_winner_at_all(self, cast: Cast, lot: Lot) -> None:
        with refused(TooManyWinners, AreasNotCovered):
            award(lot, cast, {}, reason="x")

    def test_refuses_one_winner_twice(self, cast: Cast, lot_for_two: Lot) -> None:
        bid = factories.bid_of(lot_for_two, cast.supplier).pk
        with refused(TooManyWinners):
            award_lot(
                lot_id=lot_for_two.pk,
                winners=[Winner(bid, (HENAN,)), Winner(bid, (HUBEI,))],
                reason="x",
                actor=cast.second_officer,
                at=NOW,
            )

    def test_refuses_a_bid_that_is_not_ranked_in_the_lot(self, cast: Cast, lot: Lot) -> None:
        elsewhere = factories.tender_with_candidates(
            cast, [factories.lot_plan(factories.presentation("头孢拉定"))]
        ).lots.get()
        foreign = factories.bid_of(elsewhere, cast.supplier).pk
        for bid in (foreign, 10**9):
            with refused(BidNotInLot):
                award_lot(lot_id=lot.pk, winners=[Winner(bid, BOTH)], reason="x", actor=cast.second_officer, at=NOW)

    def test_refuses_a_bid_that_was_set_aside(self, cast: Cast) -> None:
        plan = factories.lot_plan(factories.presentation(), ceiling="0.2999")
        lot = factories.tender_with_candidates(cast, [plan]).lots.get()
        with refused(BidNotInLot):
            award(lot, cast, {cast.rival: BOTH}, reason="x")

    def test_refuses_a_price_above_the_guide_price_and_writes_nothing(self, cast: Cast, lot: Lot) -> None:
        # lowered since the tender was drafted
        GuidePrice.objects.update(price=Decimal("5.99"))
        with refused(CeilingExceeded) as refusal:
            award(lot, cast)
        assert (refusal.facts["price"], refusal.facts["ceiling"]) == (Decimal("6.00"), Decimal("5.99"))
        assert_nothing_was_written(lot)

    def test_admits_a_price_at_the_guide_price(self, cast: Cast, lot: Lot) -> None:
        GuidePrice.objects.update(price=Decimal("6.00"))
        assert award(lot, cast).status == LotStatus.AWARDED

    def test_refuses_a_product_without_a_guide_price(self, cast: Cast, lot: Lot) -> None:
        GuidePrice.objects.all().delete()
        with refused(NoGuidePrice):
            award(lot, cast)
        assert_nothing_was_written(lot)

    def test_refuses_a_second_price_for_the_product_in_the_period(self, cast: Cast, lot: Lot) -> None:
        other = factories.tender_with_candidates(cast).lots.get()
        award(lot, cast)
        with refused(PriceAlreadyFixed):
            award(other, cast)
        assert Award.objects.count() == 1

    def test_happens_once(self, cast: Cast, lot: Lot) -> None:
        award(lot, cast)
        with refused(AlreadyDone):
            award(lot, cast)
        assert Award.objects.count() == 1

    def test_refuses_a_decision_on_an_old_version(self, cast: Cast, lot: Lot) -> None:
        with refused(Stale):
            award(lot, cast, expected_version=lot.version - 1)
        assert award(lot, cast, expected_version=lot.version).version == lot.version + 1

    def test_is_refused_before_the_evaluation(self, cast: Cast) -> None:
        lot = factories.opened_tender(cast).lots.get()
        with refused(WrongState):
            award(lot, cast)

    def test_is_refused_for_a_failed_lot(self, cast: Cast, lot: Lot) -> None:
        fail_lot(lot_id=lot.pk, reason="无合格投标", actor=cast.second_officer, at=NOW)
        with refused(WrongState):
            award(lot, cast)


class TestFailLot:
    def fail(self, lot: Lot, actor: Actor, reason: str = "无合格投标") -> Lot:
        return fail_lot(lot_id=lot.pk, reason=reason, actor=actor, at=NOW)

    def test_writes_off_every_bid_with_the_reason(self, cast: Cast, lot: Lot) -> None:
        failed = self.fail(lot, cast.second_officer)
        assert (failed.status, failed.decision_reason) == (LotStatus.FAILED, "无合格投标")
        assert set(Bid.objects.values_list("status", flat=True)) == {BidStatus.LOST}
        assert not ProcurementPrice.objects.exists()

    @pytest.mark.parametrize("reason", ["", " \n"])
    def test_needs_a_reason(self, cast: Cast, lot: Lot, reason: str) -> None:
        with refused(ReasonMissing):
            self.fail(lot, cast.second_officer, reason)
        assert_nothing_was_written(lot)

    def test_refuses_the_officer_who_published_the_tender(self, cast: Cast, lot: Lot) -> None:
        with refused(NotAllowed):
            self.fail(lot, cast.officer)

    def test_shows_a_foreign_officer_nothing(self, cast: Cast, lot: Lot) -> None:
        with refused(NotVisible):
            self.fail(lot, cast.foreign_officer)

    def test_is_refused_once_the_lot_is_awarded(self, cast: Cast, lot: Lot) -> None:
        award(lot, cast)
        with refused(WrongState):
            self.fail(lot, cast.second_officer)

    def test_happens_once(self, cast: Cast, lot: Lot) -> None:
        self.fail(lot, cast.second_officer)
        with refused(AlreadyDone):
            self.fail(lot, cast.second_officer)
