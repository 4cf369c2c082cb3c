"""Negotiating the price of a lot."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.translation import gettext

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale
from catalog.foundation.journal.models import Event
from catalog.models import ProcurementPrice
from catalog.states import PriceSource
from procurement.errors import (
    HeldInFuture,
    NegotiationsOpen,
    NoPriceAgreed,
    NoRoundConfirmed,
    NotNegotiable,
    NotNextInOrder,
    OfferAboveCeiling,
    OfferRaised,
    ReasonMissing,
    RoundConfirmed,
    TextMissing,
)
from procurement.models import Award, Bid, Lot, Negotiation, NegotiationRound
from procurement.services.awards import Winner, award_lot, fail_lot
from procurement.services.candidates import publish_candidates
from procurement.services.negotiations import agree, break_off, confirm_round, open_negotiation
from procurement.services.tenders import cancel_tender
from procurement.states import BidStatus, LotStatus, NegotiationStatus, Procedure
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, machine_of
from tests.factories import NOW
from tests.factories.procedures import evaluated_lot, negotiation, negotiation_round
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")
LATER = NOW + timedelta(days=4)


@pytest.fixture
def lot(cast: Cast) -> Lot:
    """An exclusive product: the supplier asks 9.60 for 24, above the ceiling of 0.36 a capsule."""
    return evaluated_lot(cast, Procedure.NEGOTIATION, {cast.supplier: "9.60"}, invited=[cast.supplier_firm])


@pytest.fixture
def contested(cast: Cast) -> Lot:
    """Both suppliers of a volume-based tender are above the ceiling, the rival by less."""
    offers = {cast.supplier: "9.60", cast.rival: "9.00"}
    return evaluated_lot(cast, Procedure.VOLUME_BASED, offers, volume_shares=[], terms=[], picking=False, backup=False)


def bid(lot: Lot, cast: Cast, name: str = "supplier") -> Bid:
    return factories.bid_of(lot, getattr(cast, name))


def agreed(cast: Cast, lot: Lot, price: str = "8.40") -> Bid:
    talks = negotiation(cast, bid(lot, cast))
    negotiation_round(cast, talks, price, confirmed_by=cast.supplier)
    agree(negotiation_id=talks.pk, actor=cast.officer, at=NOW)
    return bid(lot, cast)


def award(lot: Lot, cast: Cast, name: str = "supplier") -> Lot:
    publish_candidates(tender_number=lot.tender.number, actor=cast.officer, at=NOW)
    winners = [Winner(bid(lot, cast, name).pk, (HENAN, HUBEI))]
    return award_lot(lot_id=lot.pk, winners=winners, actor=cast.second_officer, at=LATER)


class TestOpen:
    def test_is_about_a_bid_that_only_the_agency_the_bidder_and_supervisors_follow(self, cast: Cast, lot: Lot) -> None:
        talks = negotiation(cast, bid(lot, cast))
        negotiation_round(cast, talks, "9.00")
        for actor, sees in (
            (cast.officer, True),
            (cast.supervisor, True),
            (cast.supplier, True),
            (cast.rival, False),
            (cast.foreign_officer, False),
            (cast.buyer, False),
            (cast.visitor, False),
        ):
            assert Negotiation.objects.visible_to(actor).exists() is sees
            assert NegotiationRound.objects.visible_to(actor).exists() is sees
        assert Event.objects.filter(action="negotiation.open", subject_id=talks.pk).exists()

    def test_takes_the_lowest_offer_first_and_the_next_one_after_a_break(self, cast: Cast, contested: Lot) -> None:
        first, second = bid(contested, cast, "rival"), bid(contested, cast)
        assert (contested.status, first.status) == (LotStatus.FAILED, BidStatus.SET_ASIDE)
        with refused(NotNextInOrder) as refusal:
            negotiation(cast, second)
        assert refusal.facts["supplier"] == cast.rival_firm
        talks = negotiation(cast, first)
        with refused(NotNextInOrder):
            negotiation(cast, second)
        break_off(negotiation_id=talks.pk, reason="不降价", actor=cast.officer, at=NOW)
        negotiation(cast, second)

    def test_is_not_for_a_lot_that_its_sealed_bids_decide(self, cast: Cast) -> None:
        decided = factories.evaluated_tender(cast).lots.get()
        with refused(NotNegotiable):
            negotiation(cast, bid(decided, cast))

    def test_is_not_for_a_lot_that_failed_for_want_of_bidders(self, cast: Cast) -> None:
        single = evaluated_lot(cast, Procedure.VOLUME_BASED, {cast.supplier: "9.60"}, least_bidders=2)
        with refused(NotNegotiable):
            negotiation(cast, bid(single, cast))

    def test_is_not_for_a_lot_whose_candidates_are_published(self, cast: Cast, lot: Lot) -> None:
        publish_candidates(tender_number=lot.tender.number, actor=cast.officer, at=NOW)
        with refused(NotNegotiable):
            negotiation(cast, bid(lot, cast))

    @pytest.mark.parametrize("name", ["supervisor", "supplier"])
    def test_is_for_the_agencys_officers(self, cast: Cast, lot: Lot, name: str) -> None:
        with refused(NotAllowed):
            open_negotiation(bid_id=bid(lot, cast).pk, actor=getattr(cast, name), at=NOW)

    def test_is_not_for_machines_or_other_agencies(self, cast: Cast, lot: Lot) -> None:
        with refused(NotAllowed):
            open_negotiation(bid_id=bid(lot, cast).pk, actor=machine_of(cast.officer), at=NOW)
        with refused(NotVisible):
            open_negotiation(bid_id=bid(lot, cast).pk, actor=cast.foreign_officer, at=NOW)


class TestRounds:
    def test_are_counted_and_an_offer_never_rises(self, cast: Cast, lot: Lot) -> None:
        talks = negotiation(cast, bid(lot, cast))
        with refused(OfferRaised) as refusal:
            negotiation_round(cast, talks, "9.61")
        assert refusal.facts["former"] == Decimal("9.60")
        assert negotiation_round(cast, talks, "9.00").number == 1
        with refused(OfferRaised):
            negotiation_round(cast, talks, "9.01")
        assert negotiation_round(cast, talks, "9.00").number == 2

    @pytest.mark.parametrize("field", ["attendees", "minutes"])
    def test_have_minutes_and_say_who_was_there(self, cast: Cast, lot: Lot, field: str) -> None:
        talks = negotiation(cast, bid(lot, cast))
        with refused(TextMissing):
            negotiation_round(cast, talks, "9.00", **{field: "  "})

    def test_are_recorded_once_they_were_held(self, cast: Cast, lot: Lot) -> None:
        talks = negotiation(cast, bid(lot, cast))
        with refused(HeldInFuture):
            negotiation_round(cast, talks, "9.00", held_at=NOW + timedelta(minutes=1))

    def test_end_with_the_negotiation(self, cast: Cast, lot: Lot) -> None:
        talks = negotiation(cast, bid(lot, cast))
        break_off(negotiation_id=talks.pk, reason="不降价", actor=cast.officer, at=NOW)
        with refused(NotNegotiable):
            negotiation_round(cast, talks, "9.00")

    def test_are_confirmed_by_the_bidder_alone_and_once(self, cast: Cast, lot: Lot) -> None:
        held = negotiation_round(cast, negotiation(cast, bid(lot, cast)), "9.00")
        with refused(NotVisible):
            confirm_round(round_id=held.pk, actor=cast.rival, at=NOW)
        with refused(NotAllowed):
            confirm_round(round_id=held.pk, actor=cast.officer, at=NOW)
        assert confirm_round(round_id=held.pk, actor=machine_of(cast.supplier), at=NOW).confirmed_at == NOW
        with refused(RoundConfirmed):
            confirm_round(round_id=held.pk, actor=cast.supplier, at=NOW)


class TestAgree:
    def test_fixes_the_last_confirmed_offer(self, cast: Cast, lot: Lot) -> None:
        talks = negotiation(cast, bid(lot, cast))
        negotiation_round(cast, talks, "8.60", confirmed_by=cast.supplier)
        negotiation_round(cast, talks, "8.40", confirmed_by=cast.supplier)
        # said at the table, and not confirmed
        negotiation_round(cast, talks, "8.00")
        ended = agree(negotiation_id=talks.pk, actor=cast.officer, at=NOW)
        won = bid(lot, cast)
        assert (ended.status, ended.ended_at) == (NegotiationStatus.AGREED, NOW)
        assert (won.agreed_price, won.offer_price, won.status) == (Decimal("8.40"), Decimal("9.60"), BidStatus.RANKED)
        assert won.evaluation_line.is_proposed
        with refused(AlreadyDone):
            agree(negotiation_id=talks.pk, actor=cast.officer, at=NOW)

    def test_needs_a_confirmed_round(self, cast: Cast, lot: Lot) -> None:
        talks = negotiation(cast, bid(lot, cast))
        negotiation_round(cast, talks, "8.40")
        with refused(NoRoundConfirmed):
            agree(negotiation_id=talks.pk, actor=cast.officer, at=NOW)

    @pytest.mark.parametrize(("price", "is_refused"), [("8.64", False), ("8.65", True)])
    def test_holds_the_ceiling_to_the_last_fen(self, cast: Cast, lot: Lot, price: str, is_refused: bool) -> None:
        """0.36 × 24 = 8.64; 8.65 ÷ 24 = 0.3604."""
        if not is_refused:
            assert agreed(cast, lot, price).agreed_price == Decimal(price)
            return
        with refused(OfferAboveCeiling) as refusal:
            agreed(cast, lot, price)
        assert (refusal.facts["comparable"], refusal.facts["ceiling"]) == (Decimal("0.3604"), Decimal("0.3600"))

    def test_notices_that_somebody_else_decided_meanwhile(self, cast: Cast, lot: Lot) -> None:
        talks = negotiation(cast, bid(lot, cast))
        negotiation_round(cast, talks, "8.40", confirmed_by=cast.supplier)
        with refused(Stale):
            agree(negotiation_id=talks.pk, actor=cast.officer, at=NOW, expected_version=9)

    def test_comes_before_the_candidates_are_published(self, cast: Cast, lot: Lot) -> None:
        talks = negotiation(cast, bid(lot, cast))
        with refused(NegotiationsOpen):
            publish_candidates(tender_number=lot.tender.number, actor=cast.officer, at=NOW)
        break_off(negotiation_id=talks.pk, reason="不降价", actor=cast.officer, at=NOW)
        publish_candidates(tender_number=lot.tender.number, actor=cast.officer, at=NOW)

    def test_is_too_late_for_a_tender_that_is_cancelled(self, cast: Cast, lot: Lot) -> None:
        talks = negotiation(cast, bid(lot, cast))
        negotiation_round(cast, talks, "8.40", confirmed_by=cast.supplier)
        cancel_tender(number=lot.tender.number, reason="停办", actor=cast.second_officer, at=NOW)
        with refused(NotNegotiable):
            agree(negotiation_id=talks.pk, actor=cast.officer, at=NOW)

    def test_revives_a_lot_whose_bids_were_all_above_the_ceiling(self, cast: Cast, contested: Lot) -> None:
        first = bid(contested, cast, "rival")
        talks = negotiation(cast, first)
        negotiation_round(cast, talks, "8.40", confirmed_by=cast.rival)
        agree(negotiation_id=talks.pk, actor=cast.officer, at=NOW)
        contested.refresh_from_db()
        assert (contested.status, bid(contested, cast, "rival").status) == (LotStatus.PROPOSED, BidStatus.RANKED)
        award(contested, cast, "rival")
        assert Award.objects.get().price == Decimal("8.40")


class TestAward:
    def test_is_at_the_negotiated_price_by_who_did_not_negotiate(self, cast: Cast, lot: Lot) -> None:
        agreed(cast, lot)
        award(lot, cast)
        assert Award.objects.get().price == Decimal("8.40")
        assert set(ProcurementPrice.objects.values_list("province", "price", "source")) == {
            (province, Decimal("8.40"), PriceSource.NEGOTIATION) for province in (HENAN, HUBEI)
        }
        # the result is public, what was said is not
        assert Negotiation.objects.visible_to(cast.visitor).exists()
        assert not NegotiationRound.objects.visible_to(cast.visitor).exists()

    def test_is_refused_to_who_negotiated(self, cast: Cast, lot: Lot) -> None:
        talks = negotiation(cast, bid(lot, cast))
        negotiation_round(cast, talks, "8.40", confirmed_by=cast.supplier, actor=cast.second_officer)
        agree(negotiation_id=talks.pk, actor=cast.officer, at=NOW)
        with refused(NotAllowed) as refusal:
            award(lot, cast)
        assert refusal.facts["reason"] == gettext("who negotiated a lot does not award it; a second officer does")

    def test_is_refused_without_an_agreed_price(self, cast: Cast, lot: Lot) -> None:
        with refused(NoPriceAgreed):
            publish_candidates(tender_number=lot.tender.number, actor=cast.officer, at=NOW)
            award_lot(
                lot_id=lot.pk,
                winners=[Winner(bid(lot, cast).pk, (HENAN, HUBEI))],
                reason="独家",
                actor=cast.second_officer,
                at=LATER,
            )


class TestBreakOff:
    def test_needs_a_reason(self, cast: Cast, lot: Lot) -> None:
        talks = negotiation(cast, bid(lot, cast))
        with refused(ReasonMissing):
            break_off(negotiation_id=talks.pk, reason=" ", actor=cast.officer, at=NOW)

    def test_leaves_a_lot_without_a_bidder_for_a_second_officer_to_declare_failed(self, cast: Cast, lot: Lot) -> None:
        talks = negotiation(cast, bid(lot, cast))
        break_off(negotiation_id=talks.pk, reason="不降价", actor=cast.officer, at=NOW)
        out = bid(lot, cast)
        assert (out.status, out.finding["reason"]) == (BidStatus.SET_ASIDE, "不降价")
        fail_lot(lot_id=lot.pk, reason="谈判未达成一致", actor=cast.second_officer, at=NOW)
        lot.refresh_from_db()
        assert lot.status == LotStatus.FAILED
        with refused(NotNegotiable):
            negotiation(cast, out)

    def test_lets_the_next_bidder_be_proposed(self, cast: Cast) -> None:
        lot = evaluated_lot(cast, Procedure.NEGOTIATION, {cast.supplier: "8.40", cast.rival: "9.60"})
        talks = negotiation(cast, bid(lot, cast))
        break_off(negotiation_id=talks.pk, reason="不降价", actor=cast.officer, at=NOW)
        assert bid(lot, cast, "rival").evaluation_line.is_proposed
        negotiation(cast, bid(lot, cast, "rival"))
