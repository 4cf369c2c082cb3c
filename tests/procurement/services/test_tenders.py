from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import gettext

from catalog.accounts.models import User
from catalog.errors import NoRuleSet, StrengthNotComparable
from catalog.foundation.errors import NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from catalog.foundation.money import UNIT_PRICE, round_half_up
from catalog.models import RuleSet
from procurement.errors import (
    BiddingPeriodTooShort,
    CeilingAboveGuidePrice,
    CeilingAboveSurvey,
    CeilingUnknown,
    DeadlineNotAhead,
    DemandRoundOpen,
    DemandTendered,
    LotsAwarded,
    LotTwice,
    NoDemand,
    NothingToRetender,
    NumberNotUsable,
    NumberTaken,
    OpeningKeyMissing,
    ReasonMissing,
    ScopeExceeded,
    SupplyTermEmpty,
    TenderIncomplete,
)
from procurement.models import Bid, KeyShare, Lot, Tender
from procurement.services.awards import fail_lot
from procurement.services.demand import close_demand_round
from procurement.services.lots import LotPlan
from procurement.services.replacements import revoke_award
from procurement.services.tenders import cancel_tender, close_tender, draft_tender, publish_tender, retender
from procurement.states import BidStatus, LotStatus, Procedure, Stage, TenderStatus
from tests import factories
from tests.cast import HENAN, HUBEI, PEOPLE, PLAIN, Cast, machine_of, user_of
from tests.factories import NOW, TODAY, ahead
from tests.factories.procedures import direct_listing, listed_offer
from tests.factories.procurement_rules import enter_rules
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
        factories.confirm_all(asked, cast.officer)
        close_demand_round(code=asked.code, actor=cast.officer, at=NOW)
        tender = draft(cast, [factories.lot_plan(quarter)], demand_round=asked)
        assert tender.lots.get().quantity == 130

    def test_keeps_a_province_without_demand_as_an_area(self, cast: Cast) -> None:
        capsules = factories.presentation()
        asked = factories.demand_round(cast)
        factories.demand_report(asked, {capsules: 100}, cast.buyer)
        factories.confirm_all(asked, cast.officer)
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

    def test_refuses_the_demand_round_of_another_agency(self, cast: Cast) -> None:
        capsules = factories.presentation()
        asked = factories.demand(cast, [capsules])
        with refused(NotAllowed):
            draft(cast, [factories.lot_plan(capsules)], demand_round=asked, actor=cast.foreign_officer)
        assert not Tender.objects.exists()

    def test_refuses_demand_that_is_tendered_already_in_any_strength(self, cast: Cast) -> None:
        quarter, half, tablets = (
            factories.presentation(strength="0.25g"),
            factories.presentation(strength="0.5g"),
            factories.presentation(form="片剂"),
        )
        asked = factories.demand(cast, [quarter, half, tablets])
        draft(cast, [factories.lot_plan(quarter)], demand_round=asked, number="FIRST", province_ids=[HUBEI])
        plans = [factories.lot_plan(half, 1), factories.lot_plan(tablets, 2)]
        with refused(DemandTendered) as refusal:
            draft(cast, plans, demand_round=asked, number="SECOND")
        assert refusal.pointers == ["/lots/1"]
        assert (refusal.facts["tender"], refusal.facts["provinces"]) == ("FIRST", "湖北省")
        assert not Tender.objects.filter(number="SECOND").exists()
        assert draft(cast, plans, demand_round=asked, number="SECOND", province_ids=[HENAN]).lots.count() == 2

    def test_takes_the_demand_of_a_lot_that_failed_and_of_a_tender_that_was_cancelled(self, cast: Cast) -> None:
        plans = [factories.lot_plan(factories.presentation())]
        asked = factories.demand(cast, [plans[0].presentation])
        failed = draft(cast, plans, demand_round=asked, number="FAILED")
        failed.lots.update(status=LotStatus.FAILED)
        again = draft(cast, plans, demand_round=asked, number="CANCELLED")
        cancel_tender(number=again.number, actor=cast.officer, at=NOW)
        assert draft(cast, plans, demand_round=asked, number="THIRD").lots.get().quantity == 360_000

    def test_leaves_a_purchase_without_a_round_beside_it(self, cast: Cast) -> None:
        plan = factories.lot_plan(factories.presentation())
        draft(cast, [plan], number="FIRST")
        supplement = replace(plan, quantities={HENAN: 700})
        assert draft(cast, [supplement], number="SECOND", demand_round=None).lots.get().quantity == 700

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


class TestLots:
    def test_take_the_lower_of_guide_and_surveyed_price_as_ceiling(self, cast: Cast) -> None:
        of = factories.presentation()
        guide = factories.guide_price(of)
        lower, higher = guide.unit_price - Decimal("0.01"), guide.unit_price + Decimal("0.01")
        plans = [LotPlan(number=1, presentation=of, surveyed_price=lower, survey_source="价格主管部门 2026")]
        lot = draft(cast, plans).lots.get()
        assert lot.ceiling_price == round_half_up(lower, UNIT_PRICE)
        assert lot.ceiling_evidence["survey_source"] == "价格主管部门 2026"
        other = draft(cast, [LotPlan(number=1, presentation=of, surveyed_price=higher)], number="HA-OTHER").lots.get()
        assert other.ceiling_price == round_half_up(guide.unit_price, UNIT_PRICE)

    def test_refuse_a_ceiling_above_the_survey(self, cast: Cast) -> None:
        plan = LotPlan(
            number=1,
            presentation=factories.presentation(),
            ceiling_price=Decimal("0.30"),
            surveyed_price=Decimal("0.29"),
        )
        with refused(CeilingAboveSurvey):
            draft(cast, [plan])

    def test_refuse_to_guess_a_ceiling(self, cast: Cast) -> None:
        with refused(CeilingUnknown):
            draft(cast, [LotPlan(number=1, presentation=factories.presentation("新药"))])

    def test_take_stated_quantities_where_no_demand_is_behind_them(self, cast: Cast) -> None:
        plan = replace(factories.lot_plan(factories.presentation()), quantities={HENAN: 700, HUBEI: 300})
        lot = draft(cast, [plan], demand_round=None, province_ids=[HENAN, HUBEI]).lots.get()
        assert (lot.quantity, dict(lot.areas.values_list("province_id", "quantity"))) == (
            1000,
            {HENAN: 700, HUBEI: 300},
        )

    def test_hold_the_scope_of_the_rules(self, cast: Cast) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.VOLUME_BASED).delete()
        scope = PLAIN | {"forms_per_medicine": 1, "strengths_per_form": 1}
        factories.rule_set(RuleSet.Kind.VOLUME_BASED, parameters=scope)
        kinds = [("胶囊", "0.25g"), ("胶囊", "0.5g"), ("片剂", "0.25g")]
        plans = [
            factories.lot_plan(factories.presentation("阿莫西林", form, strength), number)
            for number, (form, strength) in enumerate(kinds, start=1)
        ]
        with refused(ScopeExceeded, ScopeExceeded):
            draft(cast, plans)


def two_lots_one_awarded(cast: Cast) -> Tender:
    """Lot 1 is awarded; lot 2 is proposed."""
    items = [factories.presentation(name) for name in ("阿莫西林", "头孢氨苄")]
    for item in items:
        factories.guide_price(item)
    plans = [factories.lot_plan(item, number) for number, item in enumerate(items, start=1)]
    tender = factories.tender_with_candidates(cast, plans)
    factories.award(tender.lots.get(number=1), cast)
    return tender


def revoke_all(cast: Cast, tender: Tender) -> None:
    """Every award falls, of the next in rank as well."""
    while won := Bid.objects.filter(lot__tender=tender, status=BidStatus.AWARDED).first():
        revoke_award(bid_id=won.pk, reason="企业放弃", actor=cast.second_officer, at=NOW)


class TestRetender:
    def retender(self, cast: Cast, tender: Tender, **changed: Any) -> Tender:
        options = {
            "number": tender.number,
            "new_number": "HA-AGAIN",
            "deadline_at": NOW + timedelta(days=60),
            "supply_from": TODAY + timedelta(days=90),
            "supply_until": TODAY + timedelta(days=400),
            "actor": cast.officer,
            "at": NOW,
        }
        return retender(**options | changed)

    def test_drafts_a_cancelled_tender_anew(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        with refused(NothingToRetender):
            self.retender(cast, tender)
        cancel_tender(number=tender.number, reason="文件有误", actor=cast.officer, at=NOW)
        again = self.retender(cast, tender)
        old, new = tender.lots.get(), again.lots.get()
        assert (again.status, again.retender_of) == (TenderStatus.DRAFT, tender)
        assert (new.presentation, new.quantity, new.ceiling_price) == (
            old.presentation,
            old.quantity,
            old.ceiling_price,
        )

    def test_drafts_the_lots_that_failed(self, cast: Cast) -> None:
        plans = [
            factories.lot_plan(factories.presentation(name), number)
            for number, name in enumerate(["阿莫西林", "头孢氨苄"], start=1)
        ]
        tender = factories.published_tender(cast, plans)
        tender.lots.filter(number=2).update(status=LotStatus.FAILED)
        again = self.retender(cast, tender)
        assert list(again.lots.values_list("number", "presentation__medicine__name")) == [(2, "头孢氨苄")]

    def test_leaves_out_the_awarded_lots_of_a_cancelled_tender(self, cast: Cast) -> None:
        tender = two_lots_one_awarded(cast)
        Tender.objects.filter(pk=tender.pk).update(status=TenderStatus.CANCELLED)
        again = self.retender(cast, tender)
        assert list(again.lots.values_list("number", flat=True)) == [2]

    def test_takes_a_lot_whose_award_was_revoked(self, cast: Cast) -> None:
        tender = factories.awarded_tender(cast)
        revoke_all(cast, tender)
        cancel_tender(number=tender.number, reason="无人递补", actor=cast.second_officer, at=NOW)
        assert self.retender(cast, tender).lots.count() == 1

    def test_drafts_the_same_demand_once(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        tender.lots.update(status=LotStatus.FAILED)
        self.retender(cast, tender)
        with refused(DemandTendered) as refusal:
            self.retender(cast, tender, new_number="HA-ONCE-MORE")
        assert refusal.facts["tender"] == "HA-AGAIN"

    def test_is_refused_to_another_agency(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        with refused(NotVisible):
            self.retender(cast, tender, actor=cast.foreign_officer)


class TestPublishTender:
    @pytest.fixture
    def drafted(self, cast: Cast) -> Tender:
        for holder in (cast.officer, cast.supervisor):
            factories.opening_key(holder)
        return factories.drafted_tender(cast)

    def publish(self, cast: Cast, tender: Tender, *holders: str, **changed: Any) -> Tender:
        people = [user_of(getattr(cast, name)) for name in holders or ("officer", "supervisor")]
        options = {"actor": cast.officer, "at": NOW} | changed
        return publish_tender(number=tender.number, holders=people, **options)

    def test_gives_each_holder_a_share_of_a_key(self, cast: Cast, drafted: Tender) -> None:
        published = self.publish(cast, drafted)
        assert (published.status, published.published_at) == (TenderStatus.PUBLISHED, NOW)
        assert published.published_by_id == cast.officer.user_id
        assert published.keys.get().threshold == 2
        holders = set(published.keys.get().shares.values_list("holder", flat=True))
        assert holders == {cast.officer.user_id, cast.supervisor.user_id}
        assert all(share.sealed and not share.released for share in published.keys.get().shares.all())

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

    @pytest.mark.parametrize("holders", [("officer", "second_officer"), ("supervisor", "outsider")])
    def test_refuses_holders_without_an_officer_and_a_supervisor(
        self, cast: Cast, drafted: Tender, holders: tuple[str, ...]
    ) -> None:
        for name in holders:
            if name == "second_officer":
                factories.opening_key(cast.second_officer)
        with refused(TenderIncomplete):
            self.publish(cast, drafted, *holders)
        assert not KeyShare.objects.exists()

    @pytest.mark.parametrize("stranger", ["foreign_officer", "outsider", "supplier"])
    def test_refuses_holders_of_other_organizations(self, cast: Cast, drafted: Tender, stranger: str) -> None:
        holder = user_of(getattr(cast, stranger))
        with refused(TenderIncomplete) as refusal:
            self.publish(cast, drafted, "officer", "supervisor", stranger)
        assert str(holder) in refusal.facts["problem"]
        assert not KeyShare.objects.exists()

    def test_refuses_another_agencys_officer_in_the_place_of_its_own(self, cast: Cast, drafted: Tender) -> None:
        with refused(TenderIncomplete):
            self.publish(cast, drafted, "foreign_officer", "supervisor")

    @pytest.mark.parametrize("gone", ["officer", "supervisor"])
    def test_refuses_a_holder_who_is_no_longer_active(self, cast: Cast, drafted: Tender, gone: str) -> None:
        factories.opening_key(cast.second_officer)
        User.objects.filter(username=gone).update(is_active=False)
        with refused(TenderIncomplete) as refusal:
            self.publish(cast, drafted, "officer", "second_officer", "supervisor")
        assert str(user_of(getattr(cast, gone))) in refusal.facts["problem"]

    def test_refuses_designated_production_that_invites_nobody(self, cast: Cast) -> None:
        enter_rules(Procedure.DESIGNATED_PRODUCTION)
        for holder in (cast.officer, cast.supervisor):
            factories.opening_key(holder)
        with refused(TenderIncomplete) as refusal:
            self.publish(cast, factories.drafted_tender(cast, procedure=Procedure.DESIGNATED_PRODUCTION))
        told = gettext("it invites nobody, and designated production is not open to all")
        assert told in refusal.facts["problem"]
        invited = factories.drafted_tender(
            cast, procedure=Procedure.DESIGNATED_PRODUCTION, invited=[cast.supplier_firm]
        )
        assert self.publish(cast, invited).status == TenderStatus.PUBLISHED

    def test_asks_for_as_many_holders_as_open_together(self, cast: Cast, drafted: Tender) -> None:
        factories.opening_key(cast.second_officer)
        with refused(TenderIncomplete):
            self.publish(cast, drafted, threshold=3)
        published = self.publish(cast, drafted, "officer", "second_officer", "supervisor", threshold=3)
        assert (published.keys.get().threshold, published.keys.get().shares.count()) == (3, 3)

    @pytest.mark.parametrize("threshold", [0, 1])
    def test_refuses_that_somebody_opens_alone(self, cast: Cast, drafted: Tender, threshold: int) -> None:
        with refused(TenderIncomplete):
            self.publish(cast, drafted, threshold=threshold)

    def test_makes_a_key_for_each_envelope(self, cast: Cast) -> None:
        two = PLAIN | {
            "shortlist": {"method": "pass_mark", "pass_mark": "60"},
            "criteria": [{"code": "scale", "title": "生产规模", "points": "100"}],
            "committee": {"size": 5, "outside_share": "0.6667", "primary_share": "0"},
        }
        factories.rule_set(RuleSet.Kind.DOUBLE_ENVELOPE, parameters=two)
        for holder in (cast.officer, cast.supervisor):
            factories.opening_key(holder)
        tender = factories.drafted_tender(cast, procedure=Procedure.DOUBLE_ENVELOPE)
        published = self.publish(cast, tender)
        assert set(published.keys.values_list("stage", flat=True)) == {Stage.TECHNICAL, Stage.COMMERCIAL}
        assert published.public_key(Stage.TECHNICAL) != published.public_key(Stage.COMMERCIAL)
        assert KeyShare.objects.count() == 4

    def test_leaves_suppliers_the_days_that_the_rules_give_them(self, cast: Cast) -> None:
        RuleSet.objects.filter(kind=RuleSet.Kind.VOLUME_BASED).delete()
        factories.rule_set(RuleSet.Kind.VOLUME_BASED, parameters=PLAIN | {"least_bidding_days": 20})
        for holder in (cast.officer, cast.supervisor):
            factories.opening_key(holder)
        tender = factories.drafted_tender(cast)
        with refused(BiddingPeriodTooShort) as refusal:
            self.publish(cast, tender, at=tender.deadline_at - timedelta(days=20) + timedelta(seconds=1))
        assert refusal.facts["least"] == 20
        published = self.publish(cast, tender, at=tender.deadline_at - timedelta(days=20))
        assert published.status == TenderStatus.PUBLISHED

    def test_refuses_a_holder_without_an_opening_key(self, cast: Cast, drafted: Tender) -> None:
        with refused(OpeningKeyMissing) as refusal:
            self.publish(cast, drafted, "officer", "supervisor", "second_officer")
        assert refusal.facts["person"] == user_of(cast.second_officer)
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
        cancelled = cancel_tender(number=tender.number, reason="需求有变", actor=cast.officer, at=NOW)
        assert cancelled.status == TenderStatus.CANCELLED
        assert cancelled.keys.get().destroyed_at == NOW
        assert all(share.sealed is None for share in cancelled.keys.get().shares.all())

    def test_of_a_draft_makes_nothing_public(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        cancel_tender(number=tender.number, reason="!", actor=cast.officer, at=NOW)
        for actor in (cast.supplier, cast.visitor, cast.foreign_officer):
            assert not Tender.objects.visible_to(actor).exists()
            assert not Lot.objects.visible_to(actor).exists()

    def test_is_possible_for_a_draft(self, cast: Cast) -> None:
        tender = factories.drafted_tender(cast)
        assert cancel_tender(number=tender.number, actor=cast.officer, at=NOW).status == TenderStatus.CANCELLED

    def test_destroys_what_was_released_of_a_key_that_opens_nothing(self, cast: Cast) -> None:
        tender = factories.assembled_tender(cast)
        cancelled = cancel_tender(number=tender.number, reason="无法开标", actor=cast.officer, at=NOW)
        assert cancelled.status == TenderStatus.CANCELLED
        assert not tender.keys.get().shares.exclude(released=None).exists()

    def test_is_refused_of_a_concluded_tender(self, cast: Cast) -> None:
        tender = factories.concluded_tender(cast)
        with refused(WrongState):
            cancel_tender(number=tender.number, reason="停办", actor=cast.second_officer, at=NOW)

    def test_is_refused_to_another_agency(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        with refused(NotAllowed):
            cancel_tender(number=tender.number, actor=cast.foreign_officer, at=NOW)

    def test_is_refused_while_an_award_stands_and_changes_nothing(self, cast: Cast) -> None:
        tender = two_lots_one_awarded(cast)
        with refused(LotsAwarded) as refusal:
            cancel_tender(number=tender.number, reason="需求有变", actor=cast.second_officer, at=NOW)
        assert refusal.facts["lots"] == "1"
        tender.refresh_from_db()
        assert tender.status == TenderStatus.CANDIDATES_PUBLISHED

    def test_is_refused_while_an_offer_is_listed(self, cast: Cast) -> None:
        tender = direct_listing(cast)
        listed_offer(cast, tender, cast.supplier)
        with refused(LotsAwarded):
            cancel_tender(number=tender.number, reason="停办", actor=cast.officer, at=NOW)

    def test_is_possible_after_the_awards_were_revoked_or_the_lots_failed(self, cast: Cast) -> None:
        tender = two_lots_one_awarded(cast)
        fail_lot(lot_id=tender.lots.get(number=2).pk, reason="价格虚高", actor=cast.second_officer, at=NOW)
        revoke_all(cast, tender)
        cancelled = cancel_tender(number=tender.number, reason="停办", actor=cast.second_officer, at=NOW)
        assert (cancelled.status, cancelled.cancel_reason) == (TenderStatus.CANCELLED, "停办")

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_of_a_published_tender_needs_a_reason(self, cast: Cast, reason: str) -> None:
        tender = factories.published_tender(cast)
        with refused(ReasonMissing):
            cancel_tender(number=tender.number, reason=reason, actor=cast.officer, at=NOW)

    def test_is_a_second_officers_once_bids_were_opened(self, cast: Cast) -> None:
        tender = factories.opened_tender(cast)
        with refused(NotAllowed):
            cancel_tender(number=tender.number, reason="需求有变", actor=cast.officer, at=NOW)
        cancelled = cancel_tender(number=tender.number, reason="需求有变", actor=cast.second_officer, at=NOW)
        assert cancelled.status == TenderStatus.CANCELLED

    @pytest.mark.parametrize("machine", ["platform", "agency's"])
    def test_is_refused_to_a_system(self, cast: Cast, machine: str) -> None:
        tender = factories.published_tender(cast)
        actor = cast.platform if machine == "platform" else machine_of(cast.officer)
        with refused(NotAllowed):
            cancel_tender(number=tender.number, reason="需求有变", actor=actor, at=NOW)
