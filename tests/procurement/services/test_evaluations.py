from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.foundation.actor import Actor
from catalog.foundation.errors import AlreadyDone, NotAllowed, WrongState
from catalog.foundation.journal.models import Delivery, Event
from catalog.models import RuleSet
from catalog.rules.conduct_rules import Offence
from procurement.models import Bid, Evaluation, EvaluationLine, Lot, Opening
from procurement.services.bids import withdraw_bid
from procurement.services.evaluations import evaluate_tender
from procurement.services.openings import open_tender
from procurement.states import BidStatus, LotStatus, Procedure, TenderStatus
from tests import factories
from tests.cast import PLAIN, Cast
from tests.factories import NOW, TODAY, ago
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def third(cast: Cast) -> Actor:
    return factories.firm("黄河制药有限公司")


def decided(cast: Cast, offers: Mapping[Actor, str], *, at: datetime = NOW, **rules: Any) -> Lot:
    """A lot that admits as many winners as its rules, by default one, with these offers for 24, evaluated."""
    factories.procedure_rules(**{"winners": [[1, 1]]} | rules)
    deadline = NOW - timedelta(hours=1)
    plan = factories.lot_plan(factories.presentation(), max_winners=9)
    tender = factories.published_tender(cast, [plan], at=deadline - timedelta(days=30), deadline_at=deadline)
    lot = tender.lots.select_related("tender", "presentation").get()
    for actor, price in offers.items():
        factories.bid(lot, actor, price)
    factories.release(tender, cast.officer, cast.second_officer, at=at)
    open_tender(tender_id=tender.pk, actor=cast.platform, at=at)
    evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=at)
    return tender.lots.get()


def proposed(lot: Lot) -> list[int]:
    lines = EvaluationLine.objects.filter(bid__lot=lot, is_proposed=True).order_by("rank")
    return list(lines.values_list("bid__supplier", flat=True))


class TestEvaluateTender:
    def test_ranks_the_bids_and_proposes_the_lowest(self, cast: Cast) -> None:
        tender = factories.evaluated_tender(cast)
        assert tender.status == TenderStatus.EVALUATED
        assert tender.lots.get().status == LotStatus.PROPOSED
        lines = EvaluationLine.objects.values_list("bid__supplier", "rank", "is_proposed", "is_tied")
        assert list(lines) == [(cast.supplier_firm.pk, 1, True, False), (cast.rival_firm.pk, 2, False, False)]
        first = factories.bid_of(tender.lots.get(), cast.supplier)
        assert (first.status, first.unit_price, first.comparable_price) == (
            BidStatus.RANKED,
            Decimal("0.25"),
            Decimal("0.25"),
        )
        assert first.finding == {"verdict": "valid"}
        assert tender.lots.get().proposal == {
            "verdict": "proposed",
            "bidders": 2,
            "counted": 2,
            "valid": 2,
            "most_winners": 1,
            "mean": "0.2750",
            "deviation": "0.0250",
        }

    def test_awards_nothing(self, cast: Cast) -> None:
        tender = factories.evaluated_tender(cast)
        assert not Bid.objects.filter(status=BidStatus.AWARDED).exists()
        assert not tender.agreements.exists()

    def test_is_asked_for_by_the_opening(self, cast: Cast) -> None:
        factories.opened_tender(cast)
        waiting = Delivery.objects.filter(event__action="tender.open", delivered_at=None)
        assert waiting.filter(subscriber="procurement.evaluate_tender").count() == 1

    def test_sets_aside_what_is_above_the_ceiling(self, cast: Cast) -> None:
        # 7.20 for 24 is 0.3000, 6.00 is 0.2500
        tender = factories.evaluated_tender(cast, [factories.lot_plan(factories.presentation(), ceiling="0.2999")])
        dear = factories.bid_of(tender.lots.get(), cast.rival)
        assert (dear.status, dear.finding["verdict"]) == (BidStatus.SET_ASIDE, "over_ceiling")
        assert not EvaluationLine.objects.filter(bid=dear).exists()
        evaluation = Evaluation.objects.get()
        assert (evaluation.ranked_count, evaluation.set_aside_count, evaluation.failed_lots) == (1, 1, 0)

    def test_keeps_what_is_exactly_at_the_ceiling(self, cast: Cast) -> None:
        plan = factories.lot_plan(factories.presentation(), ceiling="0.3000")
        tender = factories.evaluated_tender(cast, [plan])
        assert factories.bid_of(tender.lots.get(), cast.rival).status == BidStatus.RANKED

    def test_fails_a_lot_without_a_valid_bid_and_goes_on_with_the_others(self, cast: Cast) -> None:
        plans = [
            factories.lot_plan(factories.presentation("阿莫西林"), 1, ceiling="0.0100"),
            factories.lot_plan(factories.presentation("头孢拉定"), 2),
        ]
        tender = factories.evaluated_tender(cast, plans)
        assert list(tender.lots.order_by("number").values_list("status", flat=True)) == [
            LotStatus.FAILED,
            LotStatus.PROPOSED,
        ]
        assert Evaluation.objects.get().failed_lots == 1

    def test_fails_a_lot_with_fewer_bidders_than_the_rules_ask_for(self, cast: Cast) -> None:
        lot = decided(cast, {cast.supplier: "6.00", cast.rival: "7.20"}, least_bidders=3)
        assert (lot.status, lot.proposal["verdict"]) == (LotStatus.FAILED, "too_few_bidders")
        assert not EvaluationLine.objects.filter(is_proposed=True).exists()

    def test_fails_a_lot_without_a_bid(self, cast: Cast) -> None:
        lot = decided(cast, {})
        assert lot.status == LotStatus.FAILED
        assert lot.proposal == {
            "verdict": "too_few_bidders",
            "most_winners": 0,
            "bidders": 0,
            "counted": 0,
            "valid": 0,
        }

    def test_gives_as_many_places_as_the_table_of_the_rules(self, cast: Cast, third: Actor) -> None:
        offers = {third: "6.50", cast.supplier: "6.00", cast.rival: "7.20"}
        lot = decided(cast, offers, winners=[[1, 1], [3, 2]])
        assert lot.proposal["most_winners"] == 2
        assert proposed(lot) == [cast.supplier_firm.pk, third.organization_id]

    def test_sets_aside_what_the_entry_rule_does_not_let_in(self, cast: Cast) -> None:
        offers = {cast.supplier: "6.00", cast.rival: "7.20"}
        lot = decided(cast, offers, winners=[[1, 2]], entry={"multiple": "1.1", "cut": None, "floor": None})
        dear, cheap = factories.bid_of(lot, cast.rival), factories.bid_of(lot, cast.supplier)
        assert (dear.status, dear.finding) == (BidStatus.SET_ASIDE, {"verdict": "above_entry"})
        assert cheap.finding == {"verdict": "valid", "let_in_by": "multiple"}
        assert lot.proposal["anchor"] == "0.2500"

    def test_lets_a_bid_far_below_the_others_win_without_volume(self, cast: Cast, third: Actor) -> None:
        offers = {third: "1.00", cast.supplier: "6.00", cast.rival: "6.10"}
        lot = decided(cast, offers, zero_volume_under="1.2")
        lines = EvaluationLine.objects.filter(is_proposed=True).values_list("bid__supplier", "is_zero_volume")
        assert list(lines) == [(third.organization_id, True), (cast.supplier_firm.pk, False)]
        assert lot.proposal["most_winners"] == 1

    def test_sets_aside_who_is_barred_on_the_day_before_anybody_is_ranked(self, cast: Cast, third: Actor) -> None:
        # it bids while nothing stands against it
        record = factories.conduct_record(
            cast, Offence.FALSE_PAPERS, firm=cast.rival_firm, starts_on=TODAY + timedelta(days=1)
        )
        offers = {third: "6.50", cast.rival: "6.00", cast.supplier: "7.20"}
        lot = decided(cast, offers, winners=[[1, 1], [3, 3]], at=NOW + timedelta(days=1))
        barred = factories.bid_of(lot, cast.rival)
        assert (barred.status, barred.comparable_price) == (BidStatus.SET_ASIDE, None)
        assert barred.finding["verdict"] == "not_admitted"
        assert barred.finding["obstacles"]["barred"]["record"] == record.pk
        assert str(record.source) in barred.finding["reason"]
        # two are left, and the table is read for two
        assert (lot.proposal["bidders"], proposed(lot)) == (2, [third.organization_id])
        assert Event.objects.get(action="bid.set_aside").subject_id == barred.pk
        evaluation = Evaluation.objects.get()
        assert (evaluation.ranked_count, evaluation.set_aside_count) == (2, 1)

    def test_asks_as_often_for_many_who_are_not_admitted_as_for_one(self, cast: Cast) -> None:
        counts = []
        for medicines in (["甲"], ["乙", "丙", "丁"]):
            factories.procedure_rules()
            items = [factories.presentation(name) for name in medicines]
            for item in items:
                factories.guide_price(item)
            plans = [factories.lot_plan(item, number) for number, item in enumerate(items, start=1)]
            tender = factories.opened_tender(cast, plans)
            if not counts:
                factories.conduct_record(cast, Offence.FALSE_PAPERS, firm=cast.rival_firm)
            with CaptureQueriesContext(connection) as queries:
                evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
            aside = Bid.objects.filter(lot__tender=tender, finding__verdict="not_admitted")
            assert aside.count() == len(medicines)
            counts.append(sum('procurement_bid"' in query["sql"] for query in queries))
        assert counts[0] == counts[1]

    def test_draws_between_equal_prices_so_that_anybody_can_repeat_it(self, cast: Cast, third: Actor) -> None:
        offers = {third: "6.00", cast.rival: "6.00", cast.supplier: "6.00"}
        lot = decided(cast, offers, tie_breaks=["drawn"])
        signature = Opening.objects.get().signature["signature"]
        bids = list(Bid.objects.filter(lot=lot).order_by("evaluation_line__rank"))
        drawn = [hashlib.sha256(f"{signature}{bid.reference}".encode()).hexdigest() for bid in bids]
        assert [bid.draw for bid in bids] == drawn == sorted(drawn)
        assert all(line.is_tied for line in EvaluationLine.objects.all())

    def test_keeps_offers_above_the_ceiling_where_prices_are_negotiated(self, cast: Cast) -> None:
        factories.rule_set(Procedure.NEGOTIATION, {**PLAIN, "winners": [[1, 1]]})
        plan = factories.lot_plan(factories.presentation(), ceiling="0.2999")
        tender = factories.evaluated_tender(cast, [plan], procedure=Procedure.NEGOTIATION)
        dear = factories.bid_of(tender.lots.get(), cast.rival)
        assert (dear.status, dear.finding["verdict"]) == (BidStatus.RANKED, "over_ceiling")
        assert (dear.evaluation_line.rank, dear.evaluation_line.is_proposed) == (2, False)

    def test_does_not_fail_a_lot_that_is_negotiated_for_prices_above_its_ceiling(self, cast: Cast) -> None:
        factories.rule_set(Procedure.NEGOTIATION, {**PLAIN, "winners": [[1, 1]]})
        plan = factories.lot_plan(factories.presentation(), ceiling="0.0100")
        lot = factories.evaluated_tender(cast, [plan], procedure=Procedure.NEGOTIATION).lots.get()
        assert (lot.status, lot.proposal["valid"]) == (LotStatus.PROPOSED, 0)
        assert proposed(lot) == []

    def test_compares_strengths_by_the_rules_of_the_tender(self, cast: Cast) -> None:
        reference = factories.presentation(strength="10mg")
        tender = factories.published_tender(
            cast, [factories.lot_plan(reference, ceiling="0.5000")], at=ago(days=31), deadline_at=ago(hours=1)
        )
        lot = tender.lots.select_related("tender", "presentation").get()
        strong = factories.product(cast.rival_firm, factories.presentation(strength="20mg"), 14)
        factories.bid(lot, cast.rival, "11.90", offered=strong)
        factories.bid(lot, cast.supplier, "3.85", offered=factories.product(cast.supplier_firm, reference, 7))
        # a base that changes later is not the base of this tender
        assert tender.rule_set == RuleSet.objects.get(kind=RuleSet.Kind.PRICE_RATIO)
        tender = factories.release(tender, cast.officer, cast.second_officer)
        open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert factories.bid_of(lot, cast.rival).comparable_price == Decimal("0.5000")
        assert factories.bid_of(lot, cast.supplier).status == BidStatus.SET_ASIDE

    def test_leaves_withdrawn_bids_alone(self, cast: Cast) -> None:
        tender = factories.tender_with_bids(cast)
        cheap = factories.bid_of(tender.lots.get(), cast.supplier)
        withdraw_bid(bid_id=cheap.pk, actor=cast.supplier, at=ago(hours=2))
        tender = factories.release(tender, cast.officer, cast.second_officer)
        open_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert EvaluationLine.objects.get().bid.supplier == cast.rival_firm

    def test_happens_once(self, cast: Cast) -> None:
        tender = factories.evaluated_tender(cast)
        with refused(AlreadyDone):
            evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        assert Evaluation.objects.count() == 1

    def test_is_refused_before_the_opening(self, cast: Cast) -> None:
        tender = factories.assembled_tender(cast)
        with refused(WrongState):
            evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)

    @pytest.mark.parametrize("role", ["foreign_officer", "supervisor", "supplier", "visitor"])
    def test_is_refused_to_others(self, cast: Cast, role: str) -> None:
        tender = factories.opened_tender(cast)
        with refused(NotAllowed):
            evaluate_tender(tender_id=tender.pk, actor=getattr(cast, role), at=NOW)

    def test_writes_down_every_lot_with_its_bids_in_the_order_of_their_ranks(self, cast: Cast) -> None:
        lot = decided(cast, {cast.rival: "7.20", cast.supplier: "6.00"})
        assert Event.objects.filter(action="tender.evaluate").count() == 1
        event = Event.objects.get(action="lot.propose")
        ranked = [factories.bid_of(lot, cast.supplier).pk, factories.bid_of(lot, cast.rival).pk]
        assert (event.subject_id, event.changes) == (
            lot.pk,
            {"status": ["open", "proposed"], "ranked": [None, ranked]},
        )

    def test_writes_down_with_the_lot_which_bids_are_set_aside(self, cast: Cast) -> None:
        tender = factories.evaluated_tender(cast, [factories.lot_plan(factories.presentation(), ceiling="0.2999")])
        dear = factories.bid_of(tender.lots.get(), cast.rival)
        assert Event.objects.get(action="lot.propose").changes["set_aside"] == [None, [dear.pk]]

    def test_leaves_everything_as_it_was_when_it_is_killed_in_the_middle(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tender = factories.opened_tender(cast)

        def killed(*args: Any, **kwargs: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as during, pytest.raises(KeyboardInterrupt):
            during.setattr("procurement.services.evaluations.ask_explanations", killed)
            evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
        tender.refresh_from_db()
        assert (tender.status, tender.lots.get().status) == (TenderStatus.OPENED, LotStatus.OPEN)
        assert set(Bid.objects.values_list("status", flat=True)) == {BidStatus.OPENED}
        assert not Evaluation.objects.exists()
        assert evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=NOW).ranked_count == 2

    def test_costs_the_same_for_many_lots(self, cast: Cast, django_assert_max_num_queries: Any) -> None:
        plans = [factories.lot_plan(factories.presentation(f"药品{number}"), number) for number in range(1, 11)]
        tender = factories.opened_tender(cast, plans)
        with django_assert_max_num_queries(30):
            evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
