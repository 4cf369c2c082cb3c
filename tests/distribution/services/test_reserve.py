from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from catalog.errors import PeriodReversed, UnknownCode
from catalog.foundation.errors import NotAllowed, NothingGiven, NotVisible
from catalog.foundation.journal.models import Event
from catalog.models import Product
from distribution.errors import (
    HolderUnfit,
    LifeTooShort,
    LotNotUsable,
    NotDueForRotation,
    NotEnoughStock,
    PlanNotInForce,
    ReasonMissing,
    ReservePlanExists,
    RotationShort,
    TermNotShortened,
    UnitsNotPositive,
)
from distribution.models import LotHold, ReservePlan, ReserveRelease, StockLot
from distribution.services.releases import issue_release
from distribution.services.reserve import (
    carry_over_reserve,
    decide_reserve_plan,
    end_reserve_plan,
    fill_reserve,
    rotate_reserve,
)
from distribution.states import HoldKind, StockMove
from procurement.models import AgreementLine
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.factories import NOW, TODAY, fresh
from tests.refusals import refused


@pytest.fixture
def product(line: AgreementLine) -> Product:
    return line.product


@pytest.fixture
def plan(cast: Cast, product: Product) -> ReservePlan:
    """A thousand units, kept by the distributor."""
    return factories.reserve_plan(cast, product)


def kept(plan: ReservePlan) -> dict[str, int]:
    return dict(StockLot.objects.on_hand().filter(plan=plan).values_list("lot_number", "units"))


class TestDecideReservePlan:
    def test_says_who_keeps_how_much_by_whose_decision(self, cast: Cast, plan: ReservePlan) -> None:
        assert (plan.province_id, plan.holder, plan.units) == (HENAN, cast.distributor_firm, 1000)
        event = Event.objects.get(action="reserve_plan.decide")
        assert event.changes == {"units": [None, 1000], "authority": [None, "豫医药储备〔2026〕1号"]}

    def test_refuses_what_cannot_be_kept_and_who_does_not_decide(
        self, cast: Cast, product: Product, plan: ReservePlan
    ) -> None:
        options = {
            "province_id": HENAN,
            "product_code": product.code,
            "holder_code": cast.distributor_firm.code,
            "units": 5,
            "valid_from": TODAY,
            "valid_until": TODAY + timedelta(days=1),
            "authority": "x",
            "actor": cast.officer,
            "at": NOW,
        }
        with refused(UnknownCode, HolderUnfit, UnitsNotPositive):
            decide_reserve_plan(**options | {"product_code": "x", "holder_code": cast.agency.code, "units": 0})
        with refused(ReservePlanExists):
            decide_reserve_plan(**options)
        with refused(PeriodReversed):
            decide_reserve_plan(**options | {"valid_until": TODAY})
        for actor in (cast.foreign_officer, cast.pharmacist, cast.supervisor):
            with refused(NotAllowed):
                decide_reserve_plan(**options | {"actor": actor})
        with refused(NotAllowed):
            decide_reserve_plan(**options | {"province_id": HUBEI})


class TestFillReserve:
    def test_of_a_firm_comes_from_outside(self, cast: Cast, plan: ReservePlan) -> None:
        lots = [fresh(400, lot_number="A"), fresh(600, lot_number="B")]
        fill_reserve(plan_id=plan.pk, fresh=lots, actor=cast.distributor, at=NOW)
        assert kept(plan) == {"A": 400, "B": 600}
        assert Event.objects.get(action="reserve_plan.fill").changes == {"units": [None, 1000]}

    def test_of_an_institution_comes_from_its_own_stock(self, cast: Cast, product: Product) -> None:
        lot = factories.stock_lot(cast.pharmacist, product, 100, lot_number="A")
        plan = factories.reserve_plan(cast, product, holder=cast.hospital)
        days = (lot.expires_on - TODAY).days
        fill_reserve(plan_id=plan.pk, fresh=[fresh(70, lot_number="A", days=days)], actor=cast.pharmacist, at=NOW)
        assert (kept(plan), StockLot.objects.get(pk=lot.pk).units) == ({"A": 70}, 30)
        with refused(NotEnoughStock):
            fill_reserve(plan_id=plan.pk, fresh=[fresh(31, lot_number="A", days=days)], actor=cast.pharmacist, at=NOW)

    def test_replaces_what_was_released_the_longest_due_first(
        self, cast: Cast, product: Product, plan: ReservePlan
    ) -> None:
        fill_reserve(plan_id=plan.pk, fresh=[fresh(1000)], actor=cast.distributor, at=NOW)
        for units in (100, 50):
            release = factories.approved_release(cast, plan, units)
            issue_release(release_id=release.pk, actor=cast.distributor, at=NOW)
        refilled = ReserveRelease.objects.order_by("pk").values_list("refilled_units", flat=True)
        fill_reserve(plan_id=plan.pk, fresh=[fresh(120)], actor=cast.distributor, at=NOW)
        assert list(refilled.all()) == [100, 20]
        fill_reserve(plan_id=plan.pk, fresh=[fresh(99)], actor=cast.distributor, at=NOW)
        assert list(refilled.all()) == [100, 50]

    def test_refuses_what_would_have_to_leave_again_at_once(self, cast: Cast, plan: ReservePlan) -> None:
        LotHold.objects.create(
            product=plan.product, lot_number="HELD", kind=HoldKind.QUARANTINE, reason="x", source="x", held_at=NOW
        )
        lots = [fresh(0), fresh(1, days=170), fresh(1, lot_number="HELD"), fresh(1, days=190)]
        with refused(UnitsNotPositive, LifeTooShort, LotNotUsable) as refusal:
            fill_reserve(plan_id=plan.pk, fresh=lots, actor=cast.distributor, at=NOW)
        assert refusal.pointers == ["/fresh/0/units", "/fresh/1/expires_on", "/fresh/2/lot_number"]
        assert kept(plan) == {}

    def test_is_the_holders_while_the_plan_is_in_force(self, cast: Cast, plan: ReservePlan) -> None:
        lots = [fresh(1)]
        for actor, error in ((cast.officer, NotAllowed), (cast.pharmacist, NotVisible), (cast.supplier, NotVisible)):
            with refused(error):
                fill_reserve(plan_id=plan.pk, fresh=lots, actor=actor, at=NOW)
        with refused(PlanNotInForce):
            fill_reserve(plan_id=plan.pk, fresh=lots, actor=cast.distributor, at=NOW + timedelta(days=400))
        with refused(NothingGiven):
            fill_reserve(plan_id=plan.pk, fresh=[], actor=cast.distributor, at=NOW)


class TestRotateReserve:
    LATER = NOW + timedelta(days=300)

    def lots(self, plan: ReservePlan) -> dict[str, int]:
        return dict(StockLot.objects.filter(plan=plan).values_list("lot_number", "pk"))

    def test_takes_out_what_grows_old_against_fresh_lots(self, cast: Cast, plan: ReservePlan) -> None:
        lots = [fresh(300, lot_number="OLD", days=400), fresh(700, lot_number="GOOD", days=900)]
        fill_reserve(plan_id=plan.pk, fresh=lots, actor=cast.distributor, at=NOW)
        numbers = self.lots(plan)
        options = {"plan_id": plan.pk, "actor": cast.distributor, "at": self.LATER}
        with refused(NotDueForRotation):
            rotate_reserve(lot_ids=[numbers["GOOD"]], fresh=[fresh(700, days=900)], **options)
        with refused(RotationShort):
            rotate_reserve(lot_ids=[numbers["OLD"]], fresh=[fresh(299, days=900)], **options)
        rotate_reserve(lot_ids=[numbers["OLD"]], fresh=[fresh(310, lot_number="NEW", days=900)], **options)
        assert kept(plan) == {"GOOD": 700, "NEW": 310}
        assert Event.objects.filter(action="reserve_plan.rotate").exists()

    def test_of_an_institution_hands_the_old_lots_to_its_own_stock(self, cast: Cast, product: Product) -> None:
        for lot_number, days in (("OLD", 400), ("NEW", 900)):
            factories.stock_lot(cast.pharmacist, product, 50, lot_number=lot_number, days=days)
        plan = factories.reserve_plan(cast, product, 50, holder=cast.hospital)
        options = {"plan_id": plan.pk, "actor": cast.pharmacist}
        fill_reserve(fresh=[fresh(50, lot_number="OLD", days=400)], at=NOW, **options)
        new = fresh(50, lot_number="NEW", days=900)
        rotate_reserve(lot_ids=[self.lots(plan)["OLD"]], fresh=[new], at=self.LATER, **options)
        own = StockLot.objects.filter(holder=cast.hospital, plan=None).values_list("lot_number", "units")
        assert (kept(plan), dict(own)) == ({"NEW": 50}, {"OLD": 50, "NEW": 0})
        assert {entry.kind for entry in StockLot.objects.get(plan=None, lot_number="OLD").entries.all()} == {
            StockMove.OPENING,
            StockMove.RESERVE_IN,
            StockMove.ROTATION,
        }


class TestCarryOverReserve:
    def test_brings_what_lies_under_an_ended_plan_to_the_one_that_follows(
        self, cast: Cast, product: Product, plan: ReservePlan
    ) -> None:
        fill_reserve(plan_id=plan.pk, fresh=[fresh(800, lot_number="A")], actor=cast.distributor, at=NOW)
        end = plan.validity.upper
        follower = decide_reserve_plan(
            province_id=HENAN,
            product_code=product.code,
            holder_code=cast.distributor_firm.code,
            units=900,
            valid_from=end,
            valid_until=end + timedelta(days=365),
            authority="豫医药储备〔2027〕1号",
            actor=cast.officer,
            at=NOW,
        )
        options = {"plan_id": follower.pk, "actor": cast.distributor}
        with refused(PlanNotInForce):
            carry_over_reserve(at=NOW, **options)
        later = NOW + (end - TODAY)
        carry_over_reserve(at=later, **options)
        assert (kept(plan), kept(follower)) == ({}, {"A": 800})
        with refused(NothingGiven):
            carry_over_reserve(at=later, **options)


class TestEnd:
    def end(self, cast: Cast, plan: ReservePlan, **changed: Any) -> ReservePlan:
        return end_reserve_plan(
            **{"plan_id": plan.pk, "on": TODAY, "reason": "改由他人承储", "actor": cast.officer, "at": NOW} | changed
        )

    def test_makes_room_for_another_plan_which_takes_over_what_is_there(self, cast: Cast, product: Product) -> None:
        plan = factories.filled_reserve(cast, product)
        assert self.end(cast, plan).validity.upper == TODAY
        with refused(PlanNotInForce):
            fill_reserve(plan_id=plan.pk, fresh=[fresh(1)], actor=cast.distributor, at=NOW)
        following = decide_reserve_plan(
            province_id=HENAN,
            product_code=product.code,
            holder_code=cast.distributor_firm.code,
            units=500,
            valid_from=TODAY,
            valid_until=TODAY + timedelta(days=365),
            authority="豫医药储备〔2026〕2号",
            actor=cast.officer,
            at=NOW,
        )
        carry_over_reserve(plan_id=following.pk, actor=cast.distributor, at=NOW)
        assert sum(kept(following).values()) == 1000
        assert Event.objects.filter(action="reserve_plan.end", subject_id=plan.pk).exists()

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"reason": " "}, ReasonMissing),
            ({"on": TODAY - timedelta(days=1)}, TermNotShortened),
            ({"on": TODAY + timedelta(days=335)}, TermNotShortened),
        ],
    )
    def test_is_early_and_has_a_reason(
        self, cast: Cast, plan: ReservePlan, changed: dict[str, Any], error: type[Exception]
    ) -> None:
        with refused(error):
            self.end(cast, plan, **changed)

    def test_is_an_officers_of_the_province(self, cast: Cast, plan: ReservePlan) -> None:
        with refused(NotAllowed):
            self.end(cast, plan, actor=cast.distributor)
        with refused(NotVisible):
            self.end(cast, plan, actor=cast.foreign_officer)
