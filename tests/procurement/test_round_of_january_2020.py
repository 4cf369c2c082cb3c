"""The second national round of volume-based procurement, January 2020: what the rules alone find, bid for bid.

The guide prices are made for the test, one per presentation and pack that was offered: the round had none, and an
award needs one. The volumes are those agreed, after the share by number of winners: the rules state no shares.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.db.models import F

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import ProcurementPrice
from catalog.rules.price_ratio import carry, ratio
from catalog.rules.procedure_rules import ProcedureRules
from catalog.rules.strengths import parse_strength
from catalog.services.prices import NewGuidePrice, enter_price_decision
from config.demo import data
from procurement.errors import ReasonMissing
from procurement.models import AwardArea, Bid, DemandRound, Evaluation, EvaluationLine, Lot, Opening, Tender
from procurement.queries import rules_of
from procurement.queries.findings import steps_of_bid
from procurement.rules.evaluation import Offer, evaluate_lot
from procurement.services.agreements import conclude_agreements
from procurement.services.awards import Winner, award_lot
from procurement.services.candidates import publish_candidates
from procurement.services.demand import Need, close_demand_round, demand_round_of, open_demand_round, report_demand
from procurement.services.demand_confirmation import confirm_all_demand
from procurement.services.lots import LotPlan
from procurement.states import BidStatus, LotStatus, TenderStatus
from tests.cast import actor_in
from tests.procurement.rounds import DAY, Announced, Replay, Round, rolled_back

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

RULES: dict[str, Any] = {
    "winners": [[1, 1], [2, 2], [4, 3], [5, 4], [7, 5], [9, 6]],
    "winners_counted_by": "bidders",
    "entry": {"multiple": "1.8", "cut": "0.5", "floor": "0.1000", "anchor": "lowest"},
    "tie_breaks": ["received_at"],
    "terms": [[1, 1], [3, 2], [4, 3]],
    "picking": True,
}
ANNOUNCED = Announced(
    number="GY-YD2019-2",
    title="第二批国家组织药品集中采购",
    source="GY-YD2019-2 采购文件",
    rules_from=date(2020, 1, 1),
    rules=RULES,
    lots=data.rows("lots"),
    bids=data.rows("bids"),
    makers={row["code"]: row["short_name"] for row in data.rows("makers")},
    strengths=[(int(row["lot"]), row["strength"]) for row in data.rows("volumes")],
)
# by lot: who wins by the rules alone, and who was announced instead; docs/rounds.md tells each
DIFFERENT = {
    16: ({"重庆圣华曦"}, set()),
    24: (set(), {"华润赛科"}),
    26: ({"科伦药业"}, set()),
    30: ({"山东方明"}, {"天津天士力"}),
}


class Builder(Replay):
    """The round with its demand and with guide prices."""

    def build(self) -> Round:
        self.guide_prices()
        provinces = sorted({row["province"] for row in data.rows("volumes")})
        plans = [
            LotPlan(
                number=lot.number,
                presentation=self.presentations[lot.number, lot.strength],
                ceiling_price=lot.ceiling_price,
            )
            for lot in data.lots()
        ]
        tender = self.tender(plans, provinces, demand_round=self.demand(provinces))
        return self.play(tender)

    def demand(self, provinces: list[str]) -> DemandRound:
        agencies = {
            code: Organization.objects.get_or_create(
                code=f"A{code}", defaults={"name": code, "kind": OrganizationKind.AGENCY, "region_id": code}
            )[0]
            for code in provinces
        }
        at = self.published_at
        asked = open_demand_round(code="2020", title="2020", year=2020, actor=self.officer, at=at).code
        needs: defaultdict[str, list[Need]] = defaultdict(list)
        for row in data.volumes():
            needs[row.province].append(Need(self.presentations[row.lot, row.strength].pk, row.quantity))
        for province, lines in needs.items():
            reporter = actor_in(agencies[province], Role.PROCUREMENT_OFFICER)
            report_demand(round_code=asked, needs=lines, actor=reporter, at=at)
            confirm_all_demand(round_code=asked, actor=replace(reporter, user_id=self.officer.user_id), at=at)
        close_demand_round(code=asked, actor=self.officer, at=at)
        return demand_round_of(asked)

    def guide_prices(self) -> None:
        """The ceiling of the lot, carried to each strength that was offered, times the pack; more where it was bid."""
        lots = {lot.number: lot for lot in data.lots()}
        prices: dict[tuple[int, int], NewGuidePrice] = {}
        for row in data.bids():
            lot, presentation = lots[row.lot], self.presentations[row.lot, row.strength]
            unit = lot.ceiling_price
            if row.strength != lot.strength:
                source = self.presentations[row.lot, lot.strength].content
                assert source is not None and presentation.content is not None
                unit = carry(unit, source=source, target=presentation.content, strength_base=Decimal("1.7")).price
            price = (unit * row.pack_quantity).quantize(Decimal("0.1"), rounding=ROUND_CEILING)
            if row.is_announced_winner:
                price = max(price, row.offer_price)
            key = presentation.pk, row.pack_quantity
            known = prices.get(key)
            if known is None or known.price < price:
                prices[key] = NewGuidePrice(presentation, row.pack_quantity, price, derivation="最高有效申报价")
        enter_price_decision(
            number="GY-YD2019-2",
            title="最高有效申报价",
            issuer="国家组织药品联合采购办公室",
            decided_on=self.published_at.date(),
            source="",
            valid_from=self.published_at.date(),
            valid_until=None,
            prices=list(prices.values()),
            actor=Actor.platform(),
            at=self.published_at,
        )


@pytest.fixture(scope="module")
def evaluated(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Round]:
    yield from rolled_back(Builder, ANNOUNCED, django_db_blocker)


@pytest.fixture
def db(evaluated: Round, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def january(evaluated: Round, db: None) -> Round:
    return evaluated


class TestRoundOfJanuary2020:
    def test_every_envelope_is_read(self, january: Round) -> None:
        opening = Opening.objects.get()
        assert (opening.opened_count, opening.spoiled_count) == (158, 0)
        for bid in Bid.objects.select_related("supplier", "product"):
            row = january.rows[bid.pk]
            assert (bid.supplier.code, bid.offer_price, bid.product.pack_quantity) == (
                row["bidder"],
                Decimal(row["offer_price"]),
                int(row["pack_quantity"]),
            )

    def test_every_unit_price_is_the_announced_one(self, january: Round) -> None:
        rows = january.rows
        assert all(bid.unit_price == Decimal(rows[bid.pk]["announced_unit_price"]) for bid in Bid.objects.all())

    def test_every_lot_has_the_demand_of_its_provinces(self, january: Round) -> None:
        wanted: defaultdict[int, int] = defaultdict(int)
        for row in data.volumes():
            wanted[row.lot] += row.quantity
        assert dict(Lot.objects.values_list("number", "quantity")) == wanted
        assert all(lot.areas.count() == 31 for lot in Lot.objects.all())

    def test_nobody_gave_a_number_of_winners(self, january: Round) -> None:
        assert set(Lot.objects.values_list("max_winners", flat=True)) == {None}

    def test_28_of_32_lots_end_as_announced_by_the_rules_alone(self, january: Round) -> None:
        assert january.differences() == DIFFERENT
        assert len(data.lots()) - len(DIFFERENT) == 28

    def test_bids_above_their_ceiling_are_set_aside_and_no_winner_but_that_of_terazosin(self, january: Round) -> None:
        over = Bid.objects.filter(comparable_price__gt=F("lot__ceiling_price")).select_related("lot")
        assert {(bid.status, bid.finding["verdict"]) for bid in over} == {(BidStatus.SET_ASIDE, "over_ceiling")}
        won = [bid.lot.number for bid in over if january.rows[bid.pk]["announced_winner"] == "yes"]
        assert (len(over), won) == (21, [24])

    def test_the_others_that_are_set_aside_are_above_the_entry_price(self, january: Round) -> None:
        aside = Bid.objects.filter(status=BidStatus.SET_ASIDE, finding__verdict="above_entry")
        assert Evaluation.objects.get().set_aside_count == 21 + aside.count()
        assert aside.count() == Bid.objects.filter(finding__verdict="above_entry").count() > 0
        assert not any(january.rows[bid.pk]["announced_winner"] == "yes" for bid in aside)

    def test_no_lot_fails(self, january: Round) -> None:
        assert Evaluation.objects.get().failed_lots == 0
        assert set(Lot.objects.values_list("status", flat=True)) == {LotStatus.PROPOSED}

    def test_the_tie_for_the_last_place_is_marked_and_broken_by_the_time_of_receipt(self, january: Round) -> None:
        tied = EvaluationLine.objects.filter(is_tied=True).order_by("rank").select_related("bid__lot", "bid__supplier")
        assert [(line.bid.lot.number, line.bid.supplier.name, line.is_proposed) for line in tied] == [
            (9, "河北冀衡", True),
            (9, "东北制药", False),
        ]

    def test_every_step_can_be_shown_again(self, january: Round) -> None:
        lot = january.lot(16)
        bids = Bid.objects.filter(lot=lot).select_related("evaluation_line", "supplier")
        steps = {bid.supplier.name: steps_of_bid(bid, lot, rules_of(lot.tender)) for bid in bids}
        assert {"rule": "CN.VBP.entry.multiple", "computation": "0.4929 ≤ 1.8 × 0.2636", "result": "false"} in steps[
            "重庆圣华曦"
        ]
        assert {"rule": "CN.VBP.entry.cut", "computation": "0.4929 ≤ (1 − 0.5) × 1.2240", "result": "true"} in steps[
            "重庆圣华曦"
        ]


class TestAward:
    """The second officer awards as announced, after the window for objections, with a reason where it differs."""

    @pytest.fixture
    def candidates(self, january: Round) -> Round:
        publish_candidates(
            tender_number=january.tender.number, actor=january.officer, at=january.opened_at + timedelta(hours=1)
        )
        return january

    def award(self, played: Round, lot: Lot, reason: str = "") -> Lot:
        winners = [
            Winner(bid, tuple(played.rows[bid]["supply_provinces"].split()))
            for bid in sorted(played.announced_winners(lot.number))
        ]
        at = played.opened_at + 4 * DAY
        return award_lot(lot_id=lot.pk, winners=winners, reason=reason, actor=played.second_officer, at=at)

    def test_another_winner_than_proposed_needs_a_reason(self, candidates: Round) -> None:
        lot = candidates.lot(30)
        with pytest.raises(ReasonMissing), transaction.atomic():
            self.award(candidates, lot)
        awarded = self.award(candidates, lot, reason="按联合采购办公室公布结果")
        assert set(awarded.awards.values_list("bid", flat=True)) == candidates.announced_winners(30)

    def test_every_province_has_one_supplier_per_lot(self, candidates: Round) -> None:
        # the winner of lot 24 is above the ceiling as published, and so not among those that may be awarded
        lots = [lot for lot in Lot.objects.order_by("number") if lot.number != 24]
        for lot in lots:
            self.award(candidates, lot, reason="按公布结果")
        rest = candidates.lot(24)
        [proposed] = candidates.proposed()[24]
        everywhere = tuple(rest.areas.values_list("province_id", flat=True))
        award_lot(
            lot_id=rest.pk,
            winners=[Winner(proposed, everywhere)],
            reason="另一家高于最高有效申报价",
            actor=candidates.second_officer,
            at=candidates.opened_at + 4 * DAY,
        )
        assert AwardArea.objects.count() == ProcurementPrice.objects.count() == 32 * 31
        for lot in Lot.objects.all():
            assert lot.status == LotStatus.AWARDED
            assert lot.awarded_areas.values("province").distinct().count() == 31
            assert sum(lot.awarded_areas.values_list("quantity", flat=True)) == lot.quantity
        at = candidates.opened_at + 5 * DAY
        agreements = conclude_agreements(tender_number=candidates.tender.number, actor=candidates.officer, at=at)
        winners = set(AwardArea.objects.values_list("award__bid__supplier", flat=True))
        assert {agreement.supplier_id for agreement in agreements} == winners
        assert {agreement.validity.upper.year - agreement.validity.lower.year for agreement in agreements} == {1, 2, 3}
        assert Tender.objects.get().status == TenderStatus.CONCLUDED


def lots_as_announced(rules: Mapping[str, Any]) -> int:
    """How many lots end as announced by the rule alone, without the database."""
    read, found = ProcedureRules.read(rules), 0
    for lot in data.lots():
        bids = [bid for bid in data.bids() if bid.lot == lot.number]
        offers = [
            Offer(place, bid.offer_price, bid.pack_quantity, price_ratio(bid.strength, lot.strength), moment(place))
            for place, bid in enumerate(bids)
        ]
        outcome = evaluate_lot(offers, ceiling=lot.ceiling_price, rules=read)
        proposed = {item.bid for item in outcome.assessments if item.is_proposed}
        found += proposed == {place for place, bid in enumerate(bids) if bid.is_announced_winner}
    return found


def moment(place: int) -> datetime:
    return datetime(2020, 1, 17, tzinfo=UTC) + timedelta(minutes=place)


def price_ratio(strength: str, reference: str) -> Decimal:
    own, other = parse_strength(strength), parse_strength(reference)
    assert own is not None and other is not None
    return Decimal(1) if own == other else ratio(own.ratio_to(other), Decimal("1.7"))


class TestReadings:
    """Why the rules of the round are read as they are: every other reading ends fewer lots as announced."""

    @pytest.mark.parametrize(
        ("reading", "lots"),
        [
            ({}, 28),
            ({"winners_counted_by": "valid"}, 27),
            ({"entry": None}, 25),
            ({"entry": {"multiple": "1.8", "cut": "0.5", "floor": None}}, 27),
            ({"entry": {"multiple": "1.8", "cut": None, "floor": "0.1000"}}, 26),
            ({"entry": {"multiple": "1.8", "cut": None, "floor": None}}, 25),
            ({"entry": None, "winners_counted_by": "valid"}, 24),
        ],
    )
    def test_end_so_many_lots_as_announced(self, reading: dict[str, Any], lots: int) -> None:
        assert lots_as_announced(RULES | reading) == lots
