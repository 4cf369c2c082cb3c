"""Direct listing: standing offers, judged at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.errors import CeilingExceeded, NoGuidePrice, PriceNotPositive, StrengthNotComparable
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed, NothingGiven, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import GuidePrice, ProcurementPrice, RuleSet
from catalog.queries import procurement_price
from catalog.states import PriceSource
from procurement.errors import (
    AgreementNotInForce,
    BiddingClosed,
    BiddingNotOpen,
    ListedPriceRaised,
    ListingClosed,
    ListingEnded,
    NotAListing,
    ObjectionsUnanswered,
    OfferAboveCeiling,
    OfferListed,
    OfferNotListed,
    OutputMissing,
    ProductNotOfferable,
    ProvincesNotInLot,
    ReasonMissing,
    SupplierNotAdmitted,
    TooFarAboveLowest,
)
from procurement.models import Agreement, AgreementLine, Award, AwardArea, Bid, Objection, Tender, VolumeEntry
from procurement.services.agreements import change_agreement
from procurement.services.listings import (
    conclude_listing,
    list_offers,
    lower_listed_price,
    withdraw_listing_offer,
)
from procurement.services.tenders import cancel_tender, close_tender
from procurement.services.volumes import take_volume
from procurement.states import BidStatus, LotStatus, ObjectionKind, SupplyRole, TenderStatus
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.factories import NOW, TODAY
from tests.factories.procedures import direct_listing, listed_offer, listing_offer
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def tender(cast: Cast) -> Tender:
    """A listing of amoxicillin under a ceiling of 0.36 a capsule and a guide price of 8.72 for 24."""
    return direct_listing(cast)


def line() -> AgreementLine:
    return AgreementLine.objects.get(ended_at=None)


def price_on(offer: Bid, days: int) -> Decimal | None:
    assert offer.product is not None
    found = procurement_price(offer.product, HENAN, TODAY + timedelta(days=days))
    return found.price if found else None


class TestSubmit:
    def test_stores_what_may_be_in_clear_with_its_steps(self, cast: Cast, tender: Tender) -> None:
        offer = listing_offer(tender, cast.supplier, "6.00", province_ids=[HENAN, HUBEI])
        offer.refresh_from_db()
        assert (offer.status, offer.offer_price, offer.output) == (BidStatus.RANKED, Decimal("6.00"), 1000)
        assert (offer.unit_price, offer.comparable_price) == (Decimal("0.250000"), Decimal("0.2500"))
        assert offer.finding["verdict"] == "valid"
        assert set(offer.listing_areas.values_list("province_id", flat=True)) == {HENAN, HUBEI}
        assert Event.objects.filter(action="listing_offer.submit", subject_id=offer.pk).exists()

    def test_is_carried_to_the_strength_of_the_lot(self, cast: Cast, tender: Tender) -> None:
        """Twice the strength costs 1.7 times as much: 10.20 ÷ 24 ÷ 1.7 = 0.25."""
        strong = factories.product(cast.supplier_firm, factories.presentation(strength="0.5g"))
        factories.guide_price(strong.presentation, price="14.00")
        offer = listing_offer(tender, cast.supplier, "10.20", product_code=strong.code)
        assert offer.comparable_price == Decimal("0.2500")

    @pytest.mark.parametrize(("price", "is_refused"), [("8.64", False), ("8.65", True)])
    def test_holds_the_ceiling_to_the_last_fen(self, cast: Cast, tender: Tender, price: str, is_refused: bool) -> None:
        if not is_refused:
            assert listing_offer(tender, cast.supplier, price).status == BidStatus.RANKED
            return
        with refused(OfferAboveCeiling) as refusal:
            listing_offer(tender, cast.supplier, price)
        assert refusal.pointers == ["/offer_price"]
        assert not Bid.objects.exists()

    def test_holds_the_guide_price_of_the_pack(self, cast: Cast, tender: Tender) -> None:
        own = factories.product(cast.supplier_firm)
        factories.guide_price(price="5.00", manufacturer=cast.supplier_firm)
        with refused(CeilingExceeded):
            listing_offer(tender, cast.supplier, "6.00", product_code=own.code)

    def test_needs_a_guide_price(self, cast: Cast, tender: Tender) -> None:
        GuidePrice.objects.all().delete()
        with refused(NoGuidePrice):
            listing_offer(tender, cast.supplier)

    def test_tells_everything_that_is_wrong_about_it(self, cast: Cast, tender: Tender) -> None:
        foreign = factories.product(cast.rival_firm)
        values = {"product_code": foreign.code, "output": 0, "province_ids": ["110000"]}
        with refused(ProductNotOfferable, OutputMissing, ProvincesNotInLot):
            listing_offer(tender, cast.supplier, **values)

    @pytest.mark.parametrize("provinces", [[], [HENAN, HENAN], [HENAN, "110000"]])
    def test_names_provinces_of_the_lot_once(self, cast: Cast, tender: Tender, provinces: list[str]) -> None:
        with refused(ProvincesNotInLot):
            listing_offer(tender, cast.supplier, province_ids=provinces)

    def test_is_of_a_medicine_and_form_of_the_lot(self, cast: Cast, tender: Tender) -> None:
        other = factories.product(cast.supplier_firm, factories.presentation("布洛芬", "片剂", "0.1g"))
        with refused(ProductNotOfferable):
            listing_offer(tender, cast.supplier, product_code=other.code)

    def test_is_of_a_strength_that_can_be_compared(self, cast: Cast, tender: Tender) -> None:
        other = factories.product(cast.supplier_firm, factories.presentation(strength="10万单位"))
        with refused(StrengthNotComparable):
            listing_offer(tender, cast.supplier, product_code=other.code)

    def test_is_not_for_nothing(self, cast: Cast, tender: Tender) -> None:
        with refused(PriceNotPositive):
            listing_offer(tender, cast.supplier, "0.00")

    def test_is_refused_to_a_firm_that_is_barred(self, cast: Cast, tender: Tender) -> None:
        factories.conduct_record(cast)
        with refused(SupplierNotAdmitted):
            listing_offer(tender, cast.supplier)

    @pytest.mark.parametrize(("price", "is_refused"), [("5.99", False), ("6.00", True)])
    def test_is_refused_where_a_price_alarm_would_suspend_it_at_once(
        self, cast: Cast, tender: Tender, price: str, is_refused: bool
    ) -> None:
        factories.procurement_price(factories.product(cast.rival_firm), "0.60")
        if is_refused:
            with refused(TooFarAboveLowest) as refusal:
                listing_offer(tender, cast.supplier, price=price)
            assert (refusal.facts["multiple"], refusal.facts["province"].pk) == ("10.00", HENAN)
            # nothing is suspended where no rules say so
            RuleSet.objects.filter(kind=RuleSet.Kind.PRICE_ALARM).delete()
            assert listing_offer(tender, cast.supplier, price=price)
        else:
            assert listing_offer(tender, cast.supplier, price=price)

    def test_ends_at_the_deadline(self, cast: Cast, tender: Tender) -> None:
        listing_offer(tender, cast.supplier, at=tender.deadline_at - timedelta(microseconds=1))
        with refused(BiddingClosed):
            listing_offer(tender, cast.rival, at=tender.deadline_at)

    def test_is_for_a_listing_that_is_open(self, cast: Cast, tender: Tender) -> None:
        cancel_tender(number=tender.number, reason="停办", actor=cast.officer, at=NOW)
        with refused(BiddingNotOpen):
            listing_offer(tender, cast.supplier)

    def test_is_not_for_a_tender_of_sealed_bids(self, cast: Cast) -> None:
        with refused(NotAListing):
            listing_offer(factories.published_tender(cast), cast.supplier)

    def test_replaces_an_offer_that_is_not_listed(self, cast: Cast, tender: Tender) -> None:
        listing_offer(tender, cast.supplier, "6.00")
        second = listing_offer(tender, cast.supplier, "7.00", output=5, province_ids=[HUBEI])
        second.refresh_from_db()
        assert Bid.objects.get() == second
        assert (second.offer_price, second.output, second.status) == (Decimal("7.00"), 5, BidStatus.RANKED)
        assert [area.province_id for area in second.listing_areas.all()] == [HUBEI]

    def test_does_not_replace_a_listed_one(self, cast: Cast, tender: Tender) -> None:
        listed_offer(cast, tender, cast.supplier)
        with refused(OfferListed):
            listing_offer(tender, cast.supplier, "5.00")

    @pytest.mark.parametrize("name", ["officer", "supervisor", "buyer"])
    def test_is_for_suppliers(self, cast: Cast, tender: Tender, name: str) -> None:
        with refused(NotAllowed):
            listing_offer(tender, getattr(cast, name), product_code="P")

    def test_is_read_by_nobody_but_the_firm_the_agency_and_supervisors(self, cast: Cast, tender: Tender) -> None:
        listing_offer(tender, cast.supplier)
        seen = {
            name: Bid.objects.visible_to(getattr(cast, name)).exists()
            for name in ("supplier", "officer", "supervisor", "rival", "foreign_officer", "buyer")
        }
        assert [name for name, sees in seen.items() if sees] == ["supplier", "officer", "supervisor"]


class TestList:
    def test_awards_fixes_the_price_and_lets_institutions_order(self, cast: Cast, tender: Tender) -> None:
        offer = listed_offer(cast, tender, cast.supplier, province_ids=[HENAN, HUBEI])
        award = Award.objects.get()
        assert (award.price, award.awarded_by_id) == (Decimal("6.00"), cast.second_officer.user_id)
        assert set(AwardArea.objects.values_list("province", "role", "quantity")) == {
            (HENAN, SupplyRole.LISTED, 0),
            (HUBEI, SupplyRole.LISTED, 0),
        }
        prices = ProcurementPrice.objects.filter(product=offer.product)
        assert {(item.province_id, item.price, item.source) for item in prices} == {
            (province, Decimal("6.00"), PriceSource.DIRECT_LISTING) for province in (HENAN, HUBEI)
        }
        lines = AgreementLine.objects.in_force(NOW)
        assert set(lines.values_list("province", "agreed_quantity", "role")) == {
            (HENAN, 1000, SupplyRole.LISTED),
            (HUBEI, 1000, SupplyRole.LISTED),
        }
        assert sum(VolumeEntry.objects.values_list("quantity", flat=True)) == 2000

    def test_takes_several_firms_for_one_lot_at_once(self, cast: Cast, tender: Tender) -> None:
        offers = [listing_offer(tender, cast.supplier), listing_offer(tender, cast.rival, "7.00")]
        list_offers(offer_ids=[offer.pk for offer in offers], actor=cast.second_officer, at=NOW)
        assert Agreement.objects.count() == AgreementLine.objects.filter(province_id=HENAN).count() == 2

    def test_grows_the_one_agreement_of_the_firm(self, cast: Cast) -> None:
        tender = direct_listing(cast, ["阿莫西林", "布洛芬"])
        for number in (1, 2):
            listed_offer(cast, tender, cast.supplier, lot_number=number)
        assert Agreement.objects.get().lines.count() == 2

    def test_does_not_grow_an_agreement_that_is_suspended(self, cast: Cast) -> None:
        tender = direct_listing(cast, ["阿莫西林", "布洛芬"])
        listed_offer(cast, tender, cast.supplier)
        number = Agreement.objects.get().number
        change_agreement(number=number, action="suspend", reason="核查", actor=cast.officer, at=NOW)
        with refused(AgreementNotInForce):
            listed_offer(cast, tender, cast.supplier, lot_number=2)

    def test_lists_all_or_none(self, cast: Cast, tender: Tender) -> None:
        offers = [listing_offer(tender, cast.supplier), listing_offer(tender, cast.rival, "7.00")]
        factories.conduct_record(cast)
        with refused(SupplierNotAdmitted):
            list_offers(offer_ids=[offer.pk for offer in offers], actor=cast.second_officer, at=NOW)
        assert not Award.objects.exists()

    def test_is_refused_to_who_published_and_to_other_agencies(self, cast: Cast, tender: Tender) -> None:
        offer = listing_offer(tender, cast.supplier)
        with refused(NotAllowed):
            list_offers(offer_ids=[offer.pk], actor=cast.officer, at=NOW)
        with refused(NotVisible):
            list_offers(offer_ids=[offer.pk], actor=cast.foreign_officer, at=NOW)
        with refused(NotAllowed):
            list_offers(offer_ids=[offer.pk], actor=cast.supervisor, at=NOW)

    def test_names_at_least_one_offer_that_waits(self, cast: Cast, tender: Tender) -> None:
        with refused(NothingGiven):
            list_offers(offer_ids=[], actor=cast.second_officer, at=NOW)
        offer = listed_offer(cast, tender, cast.supplier)
        with pytest.raises(WrongState):
            list_offers(offer_ids=[offer.pk], actor=cast.second_officer, at=NOW)

    def test_ends_with_the_listing(self, cast: Cast, tender: Tender) -> None:
        offer = listing_offer(tender, cast.supplier)
        cancel_tender(number=tender.number, reason="停办", actor=cast.officer, at=NOW)
        with refused(ListingClosed):
            list_offers(offer_ids=[offer.pk], actor=cast.second_officer, at=NOW)


class TestLower:
    def test_changes_the_price_of_the_line_and_of_the_province(self, cast: Cast, tender: Tender) -> None:
        offer = listed_offer(cast, tender, cast.supplier)
        later = NOW + timedelta(days=3)
        lowered = lower_listed_price(offer_id=offer.pk, offer_price=Decimal("5.50"), actor=cast.supplier, at=later)
        assert (lowered.offer_price, line().price) == (Decimal("5.50"), Decimal("5.50"))
        assert [price_on(offer, days) for days in (2, 3)] == [Decimal("6.00"), Decimal("5.50")]

    def test_holds_from_the_next_day_where_the_price_began_today(self, cast: Cast, tender: Tender) -> None:
        offer = listed_offer(cast, tender, cast.supplier)
        for price in ("5.50", "5.40"):
            lower_listed_price(offer_id=offer.pk, offer_price=Decimal(price), actor=cast.supplier, at=NOW)
        assert [price_on(offer, days) for days in (0, 1, 2)] == [Decimal("6.00"), Decimal("5.50"), Decimal("5.40")]

    @pytest.mark.parametrize("price", ["6.00", "6.01"])
    def test_never_raises_it(self, cast: Cast, tender: Tender, price: str) -> None:
        offer = listed_offer(cast, tender, cast.supplier)
        with refused(ListedPriceRaised):
            lower_listed_price(offer_id=offer.pk, offer_price=Decimal(price), actor=cast.supplier, at=TOMORROW)

    def test_does_not_make_it_nothing(self, cast: Cast, tender: Tender) -> None:
        offer = listed_offer(cast, tender, cast.supplier)
        with refused(PriceNotPositive):
            lower_listed_price(offer_id=offer.pk, offer_price=Decimal(0), actor=cast.supplier, at=TOMORROW)

    def test_is_of_ones_own_listed_offer(self, cast: Cast, tender: Tender) -> None:
        offer = listing_offer(tender, cast.supplier)
        with refused(OfferNotListed):
            lower_listed_price(offer_id=offer.pk, offer_price=Decimal(5), actor=cast.supplier, at=NOW)
        with refused(NotVisible):
            lower_listed_price(offer_id=offer.pk, offer_price=Decimal(5), actor=cast.rival, at=NOW)


class TestWithdraw:
    def test_ends_the_line_and_the_price_and_keeps_what_was_called_off(self, cast: Cast, tender: Tender) -> None:
        offer = listed_offer(cast, tender, cast.supplier)
        take_volume({line().pk: 240}, reference="R1", at=NOW)
        withdraw_listing_offer(offer_id=offer.pk, reason="停产", actor=cast.supplier, at=TOMORROW)
        ended = AgreementLine.objects.get()
        assert (ended.ended_at, ended.agreed_quantity, ended.called_off_quantity) == (TOMORROW, 240, 240)
        assert not AgreementLine.objects.in_force(TOMORROW).exists()
        assert Award.objects.get().revoke_reason == "停产"
        assert not AwardArea.objects.filter(ended_at=None).exists()
        assert [price_on(offer, days) for days in (0, 1)] == [Decimal("6.00"), None]

    def test_lets_the_firm_offer_again_only_before_it_was_listed(self, cast: Cast, tender: Tender) -> None:
        offer = listing_offer(tender, cast.supplier)
        withdraw_listing_offer(offer_id=offer.pk, reason="停产", actor=cast.supplier, at=NOW)
        assert Bid.objects.get().status == BidStatus.LOST
        listed_offer(cast, tender, cast.supplier, "5.00")
        withdraw_listing_offer(offer_id=offer.pk, reason="停产", actor=cast.supplier, at=NOW)
        with refused(ListingEnded):
            listing_offer(tender, cast.supplier)

    def test_needs_a_reason_and_the_firm_itself(self, cast: Cast, tender: Tender) -> None:
        offer = listed_offer(cast, tender, cast.supplier)
        with refused(ReasonMissing):
            withdraw_listing_offer(offer_id=offer.pk, reason="", actor=cast.supplier, at=NOW)
        with refused(NotVisible):
            withdraw_listing_offer(offer_id=offer.pk, reason="停产", actor=cast.rival, at=NOW)


class TestConclude:
    @pytest.fixture
    def closed(self, cast: Cast, tender: Tender) -> Tender:
        """One offer is listed, the other one still waits."""
        listed_offer(cast, tender, cast.supplier)
        listing_offer(tender, cast.rival, "7.00")
        return close_tender(number=tender.number, actor=cast.platform, at=tender.deadline_at)

    def conclude(self, tender: Tender, actor: Actor) -> Tender:
        return conclude_listing(tender_number=tender.number, actor=actor, at=tender.deadline_at)

    def test_keeps_the_agreements_and_loses_what_was_not_listed(self, cast: Cast, closed: Tender) -> None:
        assert self.conclude(closed, cast.officer).status == TenderStatus.CONCLUDED
        assert closed.lots.get().status == LotStatus.AWARDED
        assert factories.bid_of(closed.lots.get(), cast.rival).status == BidStatus.LOST
        assert Agreement.objects.get().supplier == cast.supplier_firm

    def test_fails_a_lot_without_a_listed_offer(self, cast: Cast, closed: Tender) -> None:
        listed = factories.bid_of(closed.lots.get(), cast.supplier)
        withdraw_listing_offer(offer_id=listed.pk, reason="停产", actor=cast.supplier, at=NOW)
        self.conclude(closed, cast.officer)
        assert closed.lots.get().status == LotStatus.FAILED

    def test_waits_for_the_answer_to_every_objection(self, cast: Cast, closed: Tender) -> None:
        Objection.objects.create(
            kind=ObjectionKind.RESULT,
            tender=closed,
            organization=cast.rival_firm,
            text="有异议",
            filed_at=NOW,
            reply_due_at=NOW + timedelta(days=3),
        )
        with refused(ObjectionsUnanswered):
            self.conclude(closed, cast.officer)
        assert factories.bid_of(closed.lots.get(), cast.rival).status == BidStatus.RANKED

    def test_lets_the_firm_still_lower_its_price(self, cast: Cast, closed: Tender) -> None:
        self.conclude(closed, cast.officer)
        listed = factories.bid_of(closed.lots.get(), cast.supplier)
        at = closed.deadline_at + timedelta(days=1)
        lower_listed_price(offer_id=listed.pk, offer_price=Decimal("5.00"), actor=cast.supplier, at=at)
        assert line().price == Decimal("5.00")

    def test_is_not_of_an_open_listing_or_another_procedure(self, cast: Cast, tender: Tender) -> None:
        with pytest.raises(WrongState):
            self.conclude(tender, cast.officer)
        with refused(NotAListing):
            self.conclude(factories.tender_with_candidates(cast), cast.officer)
        with refused(NotVisible):
            self.conclude(tender, cast.foreign_officer)
