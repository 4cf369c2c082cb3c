from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.foundation.errors import AlreadyDone, NotAllowed, WrongState
from catalog.foundation.journal.models import Delivery, Event
from catalog.models import RuleSet
from procurement.models import Bid, Evaluation, EvaluationLine
from procurement.services.bids import withdraw_bid
from procurement.services.evaluations import evaluate_tender
from procurement.services.openings import open_tender
from procurement.states import BidStatus, LotStatus, TenderStatus
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, ago
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


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
        assert first.finding["ceiling"] == "0.3600"

    def test_awards_nothing(self, cast: Cast) -> None:
        tender = factories.evaluated_tender(cast)
        assert not Bid.objects.filter(status=BidStatus.AWARDED).exists()
        assert not tender.agreements.exists()

    def test_is_asked_for_by_the_opening(self, cast: Cast) -> None:
        factories.opened_tender(cast)
        waiting = Delivery.objects.filter(event__action="tender.open")
        assert waiting.get().subscriber == "procurement.evaluate_tender"

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

    def test_writes_down_every_bid_and_lot(self, cast: Cast) -> None:
        factories.evaluated_tender(cast)
        actions = Event.objects.filter(action__in=["bid.rank", "lot.propose", "tender.evaluate"])
        assert sorted(actions.values_list("action", flat=True)) == [
            "bid.rank",
            "bid.rank",
            "lot.propose",
            "tender.evaluate",
        ]

    def test_costs_the_same_for_many_lots(self, cast: Cast, django_assert_max_num_queries: Any) -> None:
        plans = [factories.lot_plan(factories.presentation(f"药品{number}"), number) for number in range(1, 11)]
        tender = factories.opened_tender(cast, plans)
        with django_assert_max_num_queries(25):
            evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
