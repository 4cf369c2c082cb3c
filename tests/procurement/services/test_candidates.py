from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from procurement.errors import (
    BidNotInLot,
    ExplanationsOpen,
    ObjectionsUnanswered,
    ReasonMissing,
    UpheldObjections,
)
from procurement.models import AreaPick, Bid, EvaluationLine, Explanation, Lot, Objection, Tender
from procurement.services.candidates import publish_candidates, set_aside_bid
from procurement.services.picks import pick_area
from procurement.states import BidStatus, LotStatus, TenderStatus
from tests import factories
from tests.cast import HENAN, Cast, machine_of
from tests.factories import NOW
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")

HOUR = timedelta(hours=1)
DAYS = timedelta(days=3)


@pytest.fixture
def third(cast: Cast) -> Actor:
    return factories.firm("黄河制药有限公司")


@pytest.fixture
def evaluated(cast: Cast) -> Tender:
    return factories.evaluated_tender(cast)


def publish(tender: Tender, cast: Cast, **changed: Any) -> Tender:
    return publish_candidates(**{"tender_number": tender.number, "actor": cast.officer, "at": NOW} | changed)


def set_aside(lot: Lot, firm: Actor, cast: Cast, **changed: Any) -> Bid:
    options = {"reason": "提供虚假材料", "actor": cast.second_officer, "at": NOW + HOUR} | changed
    return set_aside_bid(bid_id=factories.bid_of(lot, firm).pk, **options)


def proposed(lot: Lot) -> list[str]:
    lines = EvaluationLine.objects.filter(bid__lot=lot, is_proposed=True).order_by("rank")
    return list(lines.values_list("bid__supplier__name", flat=True))


class TestPublishCandidates:
    def test_opens_the_window_for_objections(self, cast: Cast, evaluated: Tender) -> None:
        factories.procedure_rules(objection_days=3)
        published = publish(evaluated, cast)
        assert published.status == TenderStatus.CANDIDATES_PUBLISHED
        assert (published.candidates_published_at, published.objections_until) == (NOW, NOW + DAYS)

    def test_closes_it_at_once_where_the_rules_give_no_days(self, cast: Cast, evaluated: Tender) -> None:
        assert publish(evaluated, cast).objections_until == NOW

    def test_happens_once(self, cast: Cast, evaluated: Tender) -> None:
        publish(evaluated, cast)
        with refused(AlreadyDone):
            publish(evaluated, cast)

    def test_is_refused_before_the_evaluation(self, cast: Cast) -> None:
        with refused(WrongState):
            publish(factories.opened_tender(cast), cast)

    def test_refuses_a_decision_on_an_old_version(self, cast: Cast, evaluated: Tender) -> None:
        with refused(Stale):
            publish(evaluated, cast, expected_version=1)

    @pytest.mark.parametrize("who", ["supervisor", "foreign_officer", "supplier", "visitor"])
    def test_is_for_the_agencys_officers(self, cast: Cast, evaluated: Tender, who: str) -> None:
        with refused(NotVisible):
            publish(evaluated, cast, actor=getattr(cast, who))

    @pytest.mark.parametrize("who", ["platform", "agency's"])
    def test_is_decided_by_a_person(self, cast: Cast, evaluated: Tender, who: str) -> None:
        with refused(NotAllowed):
            publish(evaluated, cast, actor=cast.platform if who == "platform" else machine_of(cast.officer))

    def test_waits_until_the_explanation_of_a_low_price_is_accepted(self, cast: Cast, evaluated: Tender) -> None:
        low = factories.bid_of(evaluated.lots.get(), cast.supplier)
        asked = Explanation.objects.create(bid=low, asked_at=NOW, due_at=NOW + DAYS)
        for is_accepted in (None, False):
            if is_accepted is not None:
                asked.is_accepted, asked.judged_at, asked.judged_by_id = is_accepted, NOW, cast.officer.user_id
                asked.save()
            with refused(ExplanationsOpen) as refusal:
                publish(evaluated, cast)
            assert refusal.facts == {"lots": "1"}
        Explanation.objects.update(is_accepted=True)
        assert publish(evaluated, cast).status == TenderStatus.CANDIDATES_PUBLISHED

    def test_waits_until_an_objection_to_the_opening_is_answered(self, cast: Cast, evaluated: Tender) -> None:
        factories.objection(evaluated.lots.get(), cast.rival)
        with refused(ObjectionsUnanswered):
            publish(evaluated, cast)

    def test_waits_until_something_follows_one_that_was_upheld(self, cast: Cast, evaluated: Tender) -> None:
        lot = evaluated.lots.get()
        factories.answered(factories.objection(lot, cast.rival), cast, is_upheld=True)
        with refused(UpheldObjections):
            publish(evaluated, cast)
        set_aside(lot, cast.supplier, cast)
        assert publish(evaluated, cast).status == TenderStatus.CANDIDATES_PUBLISHED


class TestSetAsideBid:
    def test_proposes_the_next_in_rank(self, cast: Cast, third: Actor) -> None:
        lot = factories.contested_lot(
            cast, {third: "7.50", cast.supplier: "6.00", cast.rival: "7.20"}, winners=2, is_published=False
        )
        assert proposed(lot) == [cast.supplier_firm.name, cast.rival_firm.name]
        aside = set_aside(lot, cast.supplier, cast)
        assert (aside.status, aside.finding["reason"]) == (BidStatus.SET_ASIDE, "提供虚假材料")
        assert proposed(lot) == [cast.rival_firm.name, "黄河制药有限公司"]
        assert Event.objects.filter(action="bid.set_aside").count() == 1

    def test_changes_nobody_else_where_the_bid_was_not_proposed(self, cast: Cast) -> None:
        factories.procedure_rules(objection_days=3)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"})
        set_aside(lot, cast.rival, cast)
        assert proposed(lot) == [cast.supplier_firm.name]
        assert Tender.objects.get().objections_until == NOW + DAYS

    def test_publishes_the_new_candidate_for_as_long_as_the_others(self, cast: Cast) -> None:
        factories.procedure_rules(objection_days=3)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"})
        set_aside(lot, cast.supplier, cast)
        assert Tender.objects.get().objections_until == NOW + HOUR + DAYS

    def test_leaves_the_winners_places_to_those_who_take_volume(self, cast: Cast, third: Actor) -> None:
        fourth = factories.firm("淮河制药有限公司")
        factories.procedure_rules(zero_volume_under="1.2")
        lot = factories.contested_lot(cast, {third: "2.00", cast.supplier: "6.00", cast.rival: "7.20", fourth: "7.30"})
        set_aside(lot, cast.supplier, cast)
        assert proposed(lot) == ["黄河制药有限公司", cast.rival_firm.name]

    def test_opens_the_choice_of_areas_again_where_the_proposed_change(self, cast: Cast, third: Actor) -> None:
        factories.procedure_rules(picking=True)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20", third: "7.50"}, winners=2)
        pick_area(lot_id=lot.pk, province_id=HENAN, actor=cast.supplier, at=NOW)
        set_aside(lot, third, cast)
        assert AreaPick.objects.count() == 1
        set_aside(lot, cast.rival, cast)
        assert not AreaPick.objects.exists()

    def test_lets_the_lot_fail_where_nobody_is_left(self, cast: Cast) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"})
        set_aside(lot, cast.supplier, cast)
        lot.refresh_from_db()
        assert (lot.status, lot.decision_reason) == (LotStatus.FAILED, "提供虚假材料")

    def test_lets_the_lot_fail_where_too_few_bidders_are_left(self, cast: Cast) -> None:
        factories.procedure_rules(least_bidders=2)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"})
        set_aside(lot, cast.rival, cast)
        lot.refresh_from_db()
        assert (lot.status, lot.proposal["verdict"], lot.proposal["bidders"]) == (
            LotStatus.FAILED,
            "too_few_bidders",
            1,
        )
        assert lot.decision_reason.startswith("提供虚假材料")
        assert (factories.bid_of(lot, cast.supplier).status, proposed(lot)) == (BidStatus.LOST, [])

    def test_counts_who_was_above_the_ceiling_among_the_bidders(self, cast: Cast, third: Actor) -> None:
        factories.procedure_rules(least_bidders=2)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20", third: "8.70"})
        set_aside(lot, cast.supplier, cast)
        lot.refresh_from_db()
        assert (lot.status, lot.proposal["bidders"]) == (LotStatus.PROPOSED, 2)

    def test_lets_in_who_is_near_enough_to_the_lowest_price_that_is_left(self, cast: Cast, third: Actor) -> None:
        factories.procedure_rules(entry={"multiple": "1.1", "cut": None, "floor": None})
        lot = factories.contested_lot(cast, {cast.supplier: "3.00", cast.rival: "7.00", third: "7.20"}, winners=2)
        assert proposed(lot) == [cast.supplier_firm.name]
        before = lot.version
        set_aside(lot, cast.supplier, cast)
        assert proposed(lot) == [cast.rival_firm.name, "黄河制药有限公司"]
        assert list(EvaluationLine.objects.order_by("rank").values_list("rank", flat=True)) == [1, 2]
        let_in = factories.bid_of(lot, cast.rival)
        assert (let_in.status, let_in.finding) == (BidStatus.RANKED, {"verdict": "valid", "let_in_by": "multiple"})
        lot.refresh_from_db()
        assert (lot.proposal["anchor"], lot.proposal["bidders"], lot.version > before) == ("0.2917", 2, True)
        assert Event.objects.filter(action="lot.propose").latest("pk").changes["ranked"][1] == [
            let_in.pk,
            factories.bid_of(lot, third).pk,
        ]

    def test_keeps_out_who_was_set_aside_by_an_officer(self, cast: Cast, third: Actor) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20", third: "7.50"})
        set_aside(lot, cast.rival, cast)
        set_aside(lot, cast.supplier, cast)
        assert proposed(lot) == ["黄河制药有限公司"]
        assert factories.bid_of(lot, cast.rival).status == BidStatus.SET_ASIDE

    def test_sets_aside_who_is_too_dear_for_the_anchor_that_is_left(self, cast: Cast, third: Actor) -> None:
        # of 2.00, 3.60 and 7.20 the anchor is the mean, 0.1778 a capsule; of the first two it is the lowest, 0.0833
        entry = {"multiple": "1.7", "cut": None, "floor": None, "anchor": "mean_if_lowest_under_half"}
        factories.procedure_rules(entry=entry)
        lot = factories.contested_lot(cast, {cast.supplier: "2.00", cast.rival: "3.60", third: "7.20"}, winners=3)
        assert proposed(lot) == [cast.supplier_firm.name, cast.rival_firm.name, "黄河制药有限公司"]
        set_aside(lot, third, cast)
        assert proposed(lot) == [cast.supplier_firm.name]
        dear = factories.bid_of(lot, cast.rival)
        assert (dear.status, dear.finding) == (BidStatus.SET_ASIDE, {"verdict": "above_entry"})

    def test_is_what_follows_an_objection_that_was_upheld(self, cast: Cast) -> None:
        factories.procedure_rules(objection_days=3)
        lot = factories.contested_lot(cast, {cast.supplier: "6.00", cast.rival: "7.20"})
        factories.answered(factories.objection(lot, cast.rival), cast, is_upheld=True)
        set_aside(lot, cast.supplier, cast)
        done = Objection.objects.get()
        assert (done.remedied_at, cast.supplier_firm.short_name in done.remedy) == (NOW + HOUR, True)

    @pytest.mark.parametrize("reason", ["", " \n"])
    def test_needs_a_reason(self, cast: Cast, reason: str) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"})
        with refused(ReasonMissing):
            set_aside(lot, cast.supplier, cast, reason=reason)
        assert factories.bid_of(lot, cast.supplier).status == BidStatus.RANKED

    def test_refuses_the_officer_who_published_the_tender(self, cast: Cast) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"})
        with refused(NotAllowed):
            set_aside(lot, cast.supplier, cast, actor=cast.officer)

    @pytest.mark.parametrize("who", ["foreign_officer", "supervisor", "supplier"])
    def test_shows_others_nothing(self, cast: Cast, who: str) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"})
        with refused(NotVisible):
            set_aside(lot, cast.supplier, cast, actor=getattr(cast, who))

    def test_is_refused_before_the_ranking(self, cast: Cast) -> None:
        lot = factories.opened_tender(cast).lots.get()
        with refused(BidNotInLot):
            set_aside(lot, cast.supplier, cast)

    def test_is_refused_once_the_lot_is_awarded(self, cast: Cast) -> None:
        lot = factories.contested_lot(cast, {cast.supplier: "6.00"})
        factories.award(lot, cast)
        with refused(WrongState):
            set_aside(lot, cast.supplier, cast)
