from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.errors import NoRuleSet, StrengthNotComparable
from catalog.foundation.errors import NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import RuleSet
from procurement.errors import (
    CeilingAboveGuidePrice,
    DeadlineNotAhead,
    DemandRoundOpen,
    LotTwice,
    NoDemand,
    NumberNotUsable,
    NumberTaken,
    OpeningKeyMissing,
    SupplyTermEmpty,
    TenderIncomplete,
)
from procurement.models import KeyShare, Lot, Tender
from procurement.services.demand import close_demand_round
from procurement.services.tenders import (
    LotPlan,
    cancel_tender,
    close_tender,
    draft_tender,
    publish_tender,
)
from procurement.states import LotStatus, TenderStatus
from tests import factories
from tests.cast import HENAN, HUBEI, PEOPLE, Cast, machine_of, user_of
from tests.factories import NOW, TODAY, ahead
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


def draft(cast: Cast, plans: list[LotPlan], **changed: Any) -> Tender:
    options: dict[str, Any] = {
        "number": "T1",
        "title": "",
        "deadline_at": ahead(days=30),
        "supply_from": TODAY + timedelta(days=60),
        "supply_until": TODAY + timedelta(days=425),
        "province_ids": [HENAN, HUBEI],
        "actor": cast.officer,
        "at": NOW,
    } | changed
    if "demand_round" not in options:
        options["demand_round"] = factories.demand(cast, {plan.presentation for plan in plans})
    return draft_tender(lots=plans, **options)


class TestDraftTender:
    def test_makes_a_lot_of_the_demand_of_each_province(self, cast: Cast) -> None:
        tender = draft(cast, [factories.lot_plan(factories.presentation())])
        lot = tender.lots.get()
        assert (tender.status, tender.agency, lot.status) == (TenderStatus.DRAFT, cast.agency, LotStatus.OPEN)
        assert lot.quantity == 360_000
        assert list(lot.areas.values_list("province", "quantity")) == [(HENAN, 240_000), (HUBEI, 120_000)]
        assert Event.objects.filter(action="tender.draft").get().changes == {"lots": [None, 1]}

    def test_counts_every_strength_of_the_form(self, cast: Cast) -> None:
        quarter, half = factories.presentation(strength="0.25g"), factories.presentation(strength="0.5g")
        tablets = factories.presentation(form="片剂")
        asked = factories.demand_round(cast)
        factories.demand_report(asked, {quarter: 100, half: 30, tablets: 7}, cast.buyer)
        close_demand_round(code=asked.code, actor=cast.officer, at=NOW)
        tender = draft(cast, [factories.lot_plan(quarter)], demand_round=asked)
        assert tender.lots.get().quantity == 130

    def test_keeps_a_province_without_demand_as_an_area(self, cast: Cast) -> None:
        capsules = factories.presentation()
        asked = factories.demand_round(cast)
        factories.demand_report(asked, {capsules: 100}, cast.buyer)
        close_demand_round(code=asked.code, actor=cast.officer, at=NOW)
        lot = draft(cast, [factories.lot_plan(capsules)], demand_round=asked).lots.get()
        assert list(lot.areas.values_list("province", "quantity")) == [(HENAN, 100), (HUBEI, 0)]

    @pytest.mark.parametrize("number", ["HA.2027-01", "豫药采/2027", "HA 2027", "", "a?b", "a#b"])
    def test_refuses_a_number_that_cannot_stand_in_an_address(self, cast: Cast, number: str) -> None:
        capsules = factories.presentation()
        with refused(NumberNotUsable):
            draft(cast, [factories.lot_plan(capsules)], number=number)

    def test_refuses_a_demand_round_that_is_still_collecting(self, cast: Cast) -> None:
        capsules = factories.presentation()
        asked = factories.demand(cast, [capsules], closed=False)
        with refused(DemandRoundOpen):
            draft(cast, [factories.lot_plan(capsules)], demand_round=asked)
        assert not Tender.objects.exists()

    def test_refuses_a_lot_without_demand(self, cast: Cast) -> None:
        wanted, unwanted = factories.presentation(), factories.presentation("头孢拉定")
        asked = factories.demand(cast, [wanted])
        with refused(NoDemand) as refusal:
            draft(cast, [factories.lot_plan(wanted), factories.lot_plan(unwanted, 2)], demand_round=asked)
        assert refusal.facts["presentation"] == unwanted
        assert not Tender.objects.exists() and not Lot.objects.exists()

    def test_carries_the_ceiling_of_another_strength(self, cast: Cast) -> None:
        one, two = (factories.presentation("特拉唑嗪", "片剂", strength) for strength in ("1mg", "2mg"))
        plan = LotPlan(1, two, Decimal("0.3788"), 2, ceiling_presentation=one)
        lot = draft(cast, [plan]).lots.get()
        assert lot.ceiling_price == Decimal("0.6440")
        assert lot.ceiling_evidence["carried_to"] == "2mg"
        assert lot.ceiling_evidence["price"] == "0.3788"

    @pytest.mark.parametrize("strength", ["400单位", "每袋装3g"])
    def test_refuses_a_ceiling_of_a_strength_that_cannot_be_compared(self, cast: Cast, strength: str) -> None:
        plan = LotPlan(
            1,
            factories.presentation(),
            Decimal("0.36"),
            1,
            ceiling_presentation=factories.presentation(strength=strength),
        )
        with refused(StrengthNotComparable):
            draft(cast, [plan])

    def test_admits_a_ceiling_at_the_guide_price_of_a_unit(self, cast: Cast) -> None:
        factories.guide_price(price="8.64")
        plan = factories.lot_plan(factories.presentation(), ceiling="0.3600")
        assert draft(cast, [plan]).lots.get().ceiling_price == Decimal("0.3600")

    def test_refuses_a_ceiling_above_the_guide_price(self, cast: Cast) -> None:
        factories.guide_price(price="8.64")
        with refused(CeilingAboveGuidePrice) as refusal:
            draft(cast, [factories.lot_plan(factories.presentation(), ceiling="0.3601")])
        assert refusal.facts["ceiling"] == Decimal("0.3601")
        assert not Tender.objects.exists()

    def test_refuses_every_bad_lot_at_once(self, cast: Cast) -> None:
        factories.guide_price()
        wanted, unwanted = factories.presentation(), factories.presentation("头孢拉定")
        plans = [factories.lot_plan(wanted, ceiling="9"), factories.lot_plan(unwanted, 2)]
        with refused(CeilingAboveGuidePrice, NoDemand):
            draft(cast, plans, demand_round=factories.demand(cast, [wanted]))

    def test_refuses_a_number_that_is_taken(self, cast: Cast) -> None:
        plans = [factories.lot_plan(factories.presentation())]
        draft(cast, plans)
        with refused(NumberTaken):
            draft(cast, plans)

    def test_refuses_a_lot_that_comes_twice(self, cast: Cast) -> None:
        capsules, tablets = factories.presentation(), factories.presentation(form="片剂")
        plans = [
            factories.lot_plan(capsules, 1),
            factories.lot_plan(tablets, 1),
            factories.lot_plan(capsules, 2),
        ]
        with refused(LotTwice, LotTwice):
            draft(cast, plans)

    def test_refuses_supply_that_ends_before_it_begins(self, cast: Cast) -> None:
        with refused(SupplyTermEmpty):
            draft(cast, [factories.lot_plan(factories.presentation())], supply_until=TODAY + timedelta(days=60))

    @pytest.mark.parametrize("role", ["buyer", "supervisor", "supplier", "platform", "visitor"])
    def test_refuses_who_is_no_officer_of_an_agency(self, cast: Cast, role: str) -> None:
        with refused(NotAllowed):
            draft(cast, [factories.lot_plan(factories.presentation())], actor=getattr(cast, role))

    def test_needs_price_ratio_rules(self, cast: Cast) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.PRICE_RATIO).delete()
        with refused(NoRuleSet):
            draft(cast, [factories.lot_plan(factories.presentation())])


class TestPublishTender:
    @pytest.fixture
    def drafted(self, cast: Cast) -> Tender:
        for holder in (cast.officer, cast.second_officer):
            factories.opening_key(holder)
        return factories.drafted_tender(cast)

    def publish(self, cast: Cast, tender: Tender, *holders: str, **changed: Any) -> Tender:
        people = [user_of(getattr(cast, name)) for name in holders or ("officer", "second_officer")]
        options = {"actor": cast.officer, "at": NOW} | changed
        return publish_tender(number=tender.number, holders=people, **options)

    def test_gives_each_holder_a_share_of_a_key(self, cast: Cast, drafted: Tender) -> None:
        published = self.publish(cast, drafted)
        assert (published.status, published.published_at) == (TenderStatus.PUBLISHED, NOW)
        assert published.published_by_id == cast.officer.user_id
        assert published.key.threshold == 2
        holders = set(published.key.shares.values_list("holder", flat=True))
        assert holders == {cast.officer.user_id, cast.second_officer.user_id}
        assert all(share.sealed and not share.released for share in published.key.shares.all())

    def test_becomes_visible_to_everybody(self, cast: Cast, drafted: Tender) -> None:
        everybody = [getattr(cast, name) for name in [*PEOPLE, "visitor"]]
        before = [Tender.objects.visible_to(actor).exists() for actor in everybody]
        assert before == [name in ("officer", "second_officer", "supervisor") for name in [*PEOPLE, "visitor"]]
        assert Lot.objects.visible_to(cast.supplier).count() == 0
        self.publish(cast, drafted)
        assert all(Tender.objects.visible_to(actor).exists() for actor in everybody)
        assert Lot.objects.visible_to(cast.supplier).count() == 1

    def test_may_only_happen_once(self, cast: Cast, drafted: Tender) -> None:
        self.publish(cast, drafted)
        with pytest.raises(WrongState):
            self.publish(cast, drafted)
        assert KeyShare.objects.count() == 2

    @pytest.mark.parametrize("holders", [("officer",), ("officer", "officer")])
    def test_refuses_fewer_than_two_people(self, cast: Cast, drafted: Tender, holders: tuple[str, ...]) -> None:
        with refused(TenderIncomplete):
            self.publish(cast, drafted, *holders)

    def test_refuses_a_holder_without_an_opening_key(self, cast: Cast, drafted: Tender) -> None:
        with refused(OpeningKeyMissing) as refusal:
            self.publish(cast, drafted, "officer", "supervisor")
        assert refusal.facts["person"] == user_of(cast.supervisor)
        drafted.refresh_from_db()
        assert drafted.status == TenderStatus.DRAFT
        assert not KeyShare.objects.exists()

    def test_refuses_a_tender_without_lots(self, cast: Cast, drafted: Tender) -> None:
        empty = draft(cast, [], demand_round=factories.demand(cast))
        with refused(TenderIncomplete):
            self.publish(cast, empty)

    @pytest.mark.parametrize("late", [0, 1])
    def test_refuses_a_deadline_that_is_not_ahead(self, cast: Cast, drafted: Tender, late: int) -> None:
        with refused(DeadlineNotAhead):
            self.publish(cast, drafted, at=drafted.deadline_at + timedelta(seconds=late))

    def test_refuses_an_officer_of_another_agency_who_does_not_even_see_it(self, cast: Cast, drafted: Tender) -> None:
        with refused(NotVisible):
            self.publish(cast, drafted, actor=cast.foreign_officer)

    def test_refuses_who_sees_it_and_may_not(self, cast: Cast, drafted: Tender) -> None:
        with refused(NotAllowed):
            self.publish(cast, drafted, actor=cast.supervisor)

    @pytest.mark.parametrize("machine", ["platform", "agency's"])
    def test_refuses_a_system(self, cast: Cast, drafted: Tender, machine: str) -> None:
        actor = cast.platform if machine == "platform" else machine_of(cast.officer)
        with refused(NotAllowed):
            self.publish(cast, drafted, actor=actor)


class TestCloseTender:
    @pytest.fixture
    def published(self, cast: Cast) -> Tender:
        return factories.published_tender(cast)

    @pytest.mark.parametrize("role", ["officer", "second_officer", "platform"])
    def test_closes_at_the_deadline(self, cast: Cast, published: Tender, role: str) -> None:
        closed = close_tender(number=published.number, actor=getattr(cast, role), at=published.deadline_at)
        assert closed.status == TenderStatus.CLOSED

    @pytest.mark.parametrize("role", ["officer", "platform"])
    def test_is_refused_to_everybody_before_it(self, cast: Cast, published: Tender, role: str) -> None:
        with refused(NotVisible):
            close_tender(
                number=published.number, actor=getattr(cast, role), at=published.deadline_at - timedelta(microseconds=1)
            )
        published.refresh_from_db()
        assert published.status == TenderStatus.PUBLISHED

    @pytest.mark.parametrize("role", ["foreign_officer", "supplier", "supervisor"])
    def test_is_refused_to_others(self, cast: Cast, published: Tender, role: str) -> None:
        with refused(NotAllowed):
            close_tender(number=published.number, actor=getattr(cast, role), at=published.deadline_at)

    def test_is_refused_the_second_time(self, cast: Cast, published: Tender) -> None:
        close_tender(number=published.number, actor=cast.officer, at=published.deadline_at)
        with pytest.raises((NotVisible, WrongState)):
            close_tender(number=published.number, actor=cast.officer, at=published.deadline_at)


class TestCancelTender:
    def test_destroys_the_key_for_ever(self, cast: Cast) -> None:
        tender = factories.tender_with_bids(cast)
        cancelled = cancel_tender(number=tender.number, actor=cast.officer, at=NOW)
        assert cancelled.status == TenderStatus.CANCELLED
        assert cancelled.key.destroyed_at == NOW
        assert all(share.sealed is None for share in cancelled.key.shares.all())

    def test_is_possible_for_a_draft(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        assert cancel_tender(number=tender.number, actor=cast.officer, at=NOW).status == TenderStatus.CANCELLED

    def test_is_refused_once_the_bids_are_being_opened(self, cast: Cast) -> None:
        tender = factories.assembled_tender(cast)
        with refused(WrongState):
            cancel_tender(number=tender.number, actor=cast.officer, at=NOW)
        assert tender.key.shares.filter(released__isnull=False).count() == 2

    def test_is_refused_to_another_agency(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        with refused(NotAllowed):
            cancel_tender(number=tender.number, actor=cast.foreign_officer, at=NOW)
