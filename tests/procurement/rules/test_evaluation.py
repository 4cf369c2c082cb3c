from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.price_ratio import ratio
from catalog.rules.procedure_rules import Anchor, EntryRule, ProcedureRules
from procurement.rules.evaluation import Assessment, LotEvaluation, LotVerdict, Offer, Verdict, evaluate_lot
from procurement.rules.steps import bid_steps, lot_steps

FIRST = datetime(2020, 1, 17, 8, 0, tzinfo=UTC)
ENTRY = {"multiple": "1.8", "cut": "0.5", "floor": "0.1000"}
TABLE = [[1, 1], [2, 2], [4, 3], [5, 4], [7, 5], [9, 6]]


def offer(bid: int, price: str, **facts: Any) -> Offer:
    given_facts = {"pack_quantity": 1, "price_ratio": Decimal(1), "received_at": FIRST + timedelta(minutes=bid)} | facts
    return Offer(bid=bid, offer_price=Decimal(price), **given_facts)


def offers(*prices: str) -> list[Offer]:
    return [offer(bid, price) for bid, price in enumerate(prices, start=1)]


def evaluated(some: list[Offer], *, ceiling: str = "1000", cap: int | None = None, **parameters: Any) -> LotEvaluation:
    return evaluate_lot(some, ceiling=Decimal(ceiling), rules=ProcedureRules.read(parameters), cap=cap)


def judged(some: list[Offer], **how: Any) -> dict[int, Assessment]:
    return {item.bid: item for item in evaluated(some, **how).assessments}


def proposed(some: list[Offer], **how: Any) -> list[int]:
    return [item.bid for item in evaluated(some, **how).assessments if item.is_proposed]


class TestVerdict:
    def test_an_offer_at_the_ceiling_is_valid_and_one_above_it_is_not(self) -> None:
        found = judged(offers("0.56", "0.55"), ceiling="0.5500", winners=[[1, 2]])
        assert (found[1].verdict, found[1].rank, found[1].is_proposed) == (Verdict.OVER_CEILING, None, False)
        assert (found[2].verdict, found[2].rank, found[2].is_proposed) == (Verdict.VALID, 1, True)

    def test_the_ceiling_is_held_against_the_comparable_price(self) -> None:
        double = offer(1, "11.90", pack_quantity=14, price_ratio=Decimal("1.7"))
        assert judged([double], ceiling="0.5000")[1].verdict == Verdict.VALID
        assert judged([double], ceiling="0.4999")[1].verdict == Verdict.OVER_CEILING

    def test_what_cannot_be_compared_is_set_aside(self) -> None:
        found = judged([offer(1, "0.10", price_ratio=None), offer(2, "0.20")])
        assert (found[1].verdict, found[1].comparable_price, found[1].unit_price) == (
            Verdict.NOT_COMPARABLE,
            None,
            Decimal("0.10"),
        )
        assert found[2].rank == 1

    def test_what_no_condition_lets_in_is_not_ranked(self) -> None:
        # 阿卡波糖, January 2020: 0.43 is 2.4 times the lowest and 48.6 % under the ceiling
        found = judged(offers("0.1807", "0.32", "0.43", "0.465"), ceiling="0.8358", winners=TABLE, entry=ENTRY)
        assert [found[bid].verdict for bid in (1, 2, 3, 4)] == [Verdict.VALID] * 2 + [Verdict.ABOVE_ENTRY] * 2
        assert [found[bid].let_in_by for bid in (1, 2, 3)] == ["multiple", "multiple", None]

    def test_a_price_far_under_the_rest_wins_without_volume_and_takes_no_place(self) -> None:
        some = offers("1", "10", "10.1", "10.2", "10.3", "10.4", "10.5")
        entry = ENTRY | {"anchor": "lowest_or_mean_minus_sd"}
        found = judged(some, winners=[[1, 2]], entry=entry, zero_volume_under="2")
        assert (found[1].verdict, found[1].rank, found[1].is_proposed) == (Verdict.ZERO_VOLUME, 1, True)
        assert [bid for bid, item in found.items() if item.is_proposed] == [1, 2, 3]

    def test_a_price_under_half_of_the_mean_of_the_valid_ones_is_abnormally_low(self) -> None:
        some = offers("0.49", "1.5", "1", "50")
        found = judged(some, ceiling="2", abnormally_low="0.5")
        assert [bid for bid, item in found.items() if item.is_abnormally_low] == [1]
        assert not any(item.is_abnormally_low for item in judged(some, ceiling="2").values())


class TestWinners:
    @pytest.mark.parametrize(("counted_by", "expected"), [("bidders", [1, 2, 3]), ("valid", [1, 2])])
    def test_the_table_counts_bidders_or_valid_offers(self, counted_by: str, expected: list[int]) -> None:
        # 氟康唑, January 2020: three of five bidders are under the ceiling, and all three won
        some = offers("0.2279", "0.2497", "0.2817", "1.8167", "16.27")
        assert proposed(some, ceiling="0.3167", winners=TABLE, winners_counted_by=counted_by) == expected

    def test_who_cannot_be_compared_is_no_bidder_for_the_table(self) -> None:
        some = [*offers("1", "2", "3"), offer(4, "4", price_ratio=None)]
        assert proposed(some, winners=TABLE) == [1, 2]

    @pytest.mark.parametrize(("cap", "expected"), [(None, [1, 2, 3]), (1, [1]), (9, [1, 2, 3])])
    def test_the_lots_own_limit_only_lowers_the_table(self, cap: int | None, expected: list[int]) -> None:
        assert proposed(offers("1", "2", "3", "4"), winners=TABLE, cap=cap) == expected

    def test_fewer_bidders_than_asked_for_fail_the_lot(self) -> None:
        outcome = evaluated(offers("1", "2"), least_bidders=3)
        assert outcome.verdict == LotVerdict.TOO_FEW_BIDDERS
        assert [(item.rank, item.is_proposed) for item in outcome.assessments] == [(1, False), (2, False)]

    @pytest.mark.parametrize("some", [[], offers("9")])
    def test_a_lot_without_a_valid_offer_fails(self, some: list[Offer]) -> None:
        expected = LotVerdict.NO_VALID_OFFER if some else LotVerdict.TOO_FEW_BIDDERS
        assert evaluated(some, ceiling="1").verdict == expected

    def test_at_a_uniform_price_the_largest_output_wins(self) -> None:
        some = [offer(1, "5", output=10), offer(2, "5", output=30), offer(3, "5"), offer(4, "6", output=99)]
        found = judged(some, ceiling="5", price="uniform", winners=[[1, 1]])
        assert {bid: item.rank for bid, item in found.items()} == {2: 1, 1: 2, 3: 3, 4: None}
        assert found[2].is_proposed


class TestTies:
    @pytest.mark.parametrize(
        ("tie_break", "first", "second"),
        [
            ("own_api", {"own_api": True}, {"own_api": False}),
            ("sales", {"sales": Decimal(2)}, {"sales": Decimal(1)}),
            ("sales", {"sales": Decimal(0)}, {"sales": None}),
            ("approved_on", {"approved_on": date(2018, 1, 1)}, {"approved_on": date(2019, 1, 1)}),
            ("approved_on", {"approved_on": date(2018, 1, 1)}, {"approved_on": None}),
            ("received_at", {"received_at": FIRST}, {"received_at": FIRST + timedelta(microseconds=1)}),
            ("drawn", {"draw": "0a"}, {"draw": "a0"}),
            ("drawn", {"draw": "ff"}, {"draw": ""}),
        ],
    )
    def test_equal_prices_rank_by_the_facts_that_the_rules_name(
        self, tie_break: str, first: dict[str, Any], second: dict[str, Any]
    ) -> None:
        # the number and the time of receipt speak for the other
        some = [offer(1, "1", **{"received_at": FIRST} | second), offer(2, "1", **first)]
        found = judged(some, tie_breaks=[tie_break])
        assert (found[2].rank, found[1].rank) == (1, 2)

    def test_the_facts_are_read_in_the_order_of_the_rules(self) -> None:
        some = [offer(1, "1", own_api=True, sales=Decimal(1)), offer(2, "1", own_api=False, sales=Decimal(2))]
        assert proposed(some, tie_breaks=["own_api", "sales"]) == [1]
        assert proposed(some, tie_breaks=["sales", "own_api"]) == [2]

    def test_a_tie_across_the_last_place_is_marked(self) -> None:
        found = judged(offers("0.10", "0.20", "0.20", "0.30"), winners=[[1, 2]])
        assert {bid for bid, item in found.items() if item.is_tied} == {2, 3}

    @pytest.mark.parametrize("prices", [("0.10", "0.10", "0.20"), ("0.10", "0.20")])
    def test_no_tie_is_marked_that_decides_nothing(self, prices: tuple[str, ...]) -> None:
        assert not any(item.is_tied for item in judged(offers(*prices), winners=[[1, 2]]).values())


class TestSteps:
    RULES = ProcedureRules.read({"winners": TABLE, "entry": ENTRY, "abnormally_low": "0.5"})

    def test_an_offer_is_told_step_by_step(self) -> None:
        some = [offer(1, "11.90", pack_quantity=14, price_ratio=ratio(Decimal(2), Decimal("1.7"))), offer(2, "0.20")]
        outcome = evaluate_lot(some, ceiling=Decimal("1.0000"), rules=self.RULES)
        cheaper, dearer = outcome.assessments
        assert [tuple(step.values()) for step in bid_steps(some[0], dearer, outcome.figures, self.RULES)] == [
            ("CN.VBP.unit-comparable-price", "11.90 ÷ 14 ÷ 1.700000", "0.5000"),
            ("CN.2010-56.ceiling", "0.5000 ≤ 1.0000", "true"),
            ("CN.2015-7.abnormally-low", "0.5000 < 0.5 × 0.3500", "false"),
            ("CN.VBP.entry.multiple", "0.5000 ≤ 1.8 × 0.2000", "false"),
            ("CN.VBP.entry.cut", "0.5000 ≤ (1 − 0.5) × 1.0000", "true"),
            ("CN.VBP.winner-table", "rank 2, places 2", "true"),
        ]
        assert bid_steps(some[1], cheaper, outcome.figures, self.RULES)[-2]["rule"] == "CN.VBP.entry.multiple"

    def test_a_lot_is_told_step_by_step(self) -> None:
        outcome = evaluated(offers("1", "2", "3", "4"), cap=2, winners=TABLE, entry=ENTRY)
        rules = ProcedureRules.read({"winners": TABLE, "entry": ENTRY})
        assert [tuple(step.values()) for step in lot_steps(outcome.verdict, outcome.figures, rules, cap=2)] == [
            ("CN.1999-bidding-law.least-bidders", "4 ≥ 1", "true"),
            ("CN.VBP.winner-table", "4 bidders", "3"),
            ("CN.VBP.winner-table", "min(3, 2)", "2"),
            ("CN.VBP.entry.anchor", "lowest, mean 2.5000", "1.0000"),
            ("verdict", "4 valid offers", "proposed"),
        ]

    @pytest.mark.parametrize(("price", "last"), [("9", "CN.2010-56.ceiling"), ("0.5", "CN.VBP.winner-table")])
    def test_the_last_step_is_the_one_that_decided(self, price: str, last: str) -> None:
        some = offers(price)
        outcome = evaluate_lot(some, ceiling=Decimal(1), rules=self.RULES)
        assert bid_steps(some[0], outcome.assessments[0], outcome.figures, self.RULES)[-1]["rule"] == last

    def test_what_cannot_be_compared_has_one_step(self) -> None:
        some = [offer(1, "1", price_ratio=None)]
        outcome = evaluate_lot(some, ceiling=Decimal(1), rules=self.RULES)
        [step] = bid_steps(some[0], outcome.assessments[0], outcome.figures, self.RULES)
        assert step["result"] == "not_comparable"


RULES = st.builds(
    ProcedureRules,
    winners=st.just(((1, 1), (2, 2), (4, 3))),
    entry=st.none()
    | st.builds(
        EntryRule,
        multiple=st.just(Decimal("1.8")),
        cut=st.just(Decimal("0.5")),
        floor=st.none() | st.just(Decimal("0.1")),
        anchor=st.sampled_from(Anchor),
    ),
    zero_volume_under=st.none() | st.just(Decimal(2)),
    least_bidders=st.sampled_from([1, 3]),
)
MANY = st.lists(st.decimals("0.01", "9.99", places=2), min_size=1, max_size=9).map(
    lambda prices: offers(*map(str, prices))
)
CEILINGS = st.decimals("0.0001", "9.9999", places=4)


class TestAnyLot:
    @given(MANY, CEILINGS, RULES, st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_the_offers(
        self, some: list[Offer], ceiling: Decimal, rules: ProcedureRules, random: Any
    ) -> None:
        shuffled = some[:]
        random.shuffle(shuffled)
        one, other = (evaluate_lot(each, ceiling=ceiling, rules=rules) for each in (some, shuffled))
        assert (one.figures, one.verdict) == (other.figures, other.verdict)
        assert {item.bid: item for item in one.assessments} == {item.bid: item for item in other.assessments}

    @given(MANY, CEILINGS, RULES)
    def test_proposes_nothing_above_the_ceiling_or_dearer_than_what_it_passes_over(
        self, some: list[Offer], ceiling: Decimal, rules: ProcedureRules
    ) -> None:
        found = evaluate_lot(some, ceiling=ceiling, rules=rules)
        chosen = [item.comparable_price for item in found.assessments if item.is_proposed]
        passed_over = [i.comparable_price for i in found.assessments if i.rank is not None and not i.is_proposed]
        assert all(price <= ceiling for price in chosen)
        if found.verdict == LotVerdict.PROPOSED:
            assert max(chosen) <= min(passed_over, default=Decimal("Infinity"))
        else:
            assert chosen == []

    @given(MANY, CEILINGS, RULES)
    def test_gives_as_many_places_as_the_table_and_those_let_in_allow(
        self, some: list[Offer], ceiling: Decimal, rules: ProcedureRules
    ) -> None:
        found = evaluate_lot(some, ceiling=ceiling, rules=rules)
        valid = [item for item in found.assessments if item.verdict == Verdict.VALID]
        expected = min(found.figures.places, len(valid)) if found.verdict == LotVerdict.PROPOSED else 0
        assert sum(item.is_proposed for item in valid) == expected
        assert sorted(item.rank for item in found.assessments if item.rank is not None) == list(
            range(1, 1 + sum(item.rank is not None for item in found.assessments))
        )

    @given(MANY, CEILINGS)
    def test_a_lower_price_never_ranks_worse(self, some: list[Offer], ceiling: Decimal) -> None:
        def rank(first: Offer) -> int | None:
            found = evaluate_lot([first, *some[1:]], ceiling=ceiling, rules=ProcedureRules())
            return next(item.rank for item in found.assessments if item.bid == first.bid)

        before, after = rank(some[0]), rank(replace(some[0], offer_price=some[0].offer_price / 2))
        assert before is None or (after is not None and after <= before)
