"""The technical score and its steps."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.rules.procedure_rules import ShortlistMethod, ShortlistRule
from procurement.rules.scoring import (
    RULE_CONDUCT,
    RULE_PASS_MARK,
    RULE_PLACES,
    RULE_SCORE,
    Deduction,
    technical_score,
    technical_steps,
)
from procurement.rules.shortlist import shortlist

BY_SCORE = ShortlistRule(ShortlistMethod.SCORE, ((3, 2),), Decimal(60))
BY_MARK = ShortlistRule(ShortlistMethod.PASS_MARK, (), Decimal(60))


class TestTechnicalScore:
    @pytest.mark.parametrize(
        ("sums", "score"),
        [
            (["80", "90", "85", "70", "75"], "80.0000"),
            (["80.01", "80.00", "80.00"], "80.0033"),
            (["80.02", "80.00", "80.00"], "80.0067"),
            (["0.00", "0.01", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00"], "0.0013"),
        ],
    )
    def test_is_the_mean_to_four_decimals_half_up(self, sums: list[str], score: str) -> None:
        assert technical_score([Decimal(value) for value in sums]) == Decimal(score)


class TestDeduction:
    @pytest.mark.parametrize(("score", "left"), [("73.6000", "68.6000"), ("5.0000", "0.0000"), ("1.2000", "0.0000")])
    def test_lowers_a_score_and_never_below_nothing(self, score: str, left: str) -> None:
        assert str(Deduction(Decimal(5), ("x",)).lowers(Decimal(score))) == left

    def test_is_a_step_that_names_the_records(self) -> None:
        [standing] = shortlist({1: Decimal("55.0000")}, BY_MARK)
        deduction = Deduction(Decimal(5), ("No. 1", "No. 2"))
        steps = technical_steps({1: Decimal(60)}, standing, BY_MARK, bidders=1, deduction=deduction)
        assert [tuple(step.values()) for step in steps] == [
            (RULE_SCORE, "(60) ÷ 1", "60.0000"),
            (RULE_CONDUCT, "60.0000 − 5 (No. 1; No. 2)", "55.0000"),
            (RULE_PASS_MARK, "55.0000 ≥ 60", "false"),
        ]


class TestTechnicalSteps:
    def test_state_score_places_and_pass_mark_as_computations(self) -> None:
        scores = {1: Decimal("90.0000"), 2: Decimal("59.9950"), 3: Decimal("55.0000")}
        second = shortlist(scores, BY_SCORE)[1]
        steps = technical_steps({2: Decimal("60.00"), 1: Decimal("59.99")}, second, BY_SCORE, bidders=3)
        assert [tuple(step.values()) for step in steps] == [
            (RULE_SCORE, "(59.99 + 60.00) ÷ 2", "59.9950"),
            (RULE_PLACES, "3 bidders, rank 2 ≤ 2", "true"),
            (RULE_PASS_MARK, "59.9950 ≥ 60", "false"),
        ]

    def test_name_no_places_where_the_pass_mark_alone_decides(self) -> None:
        [standing] = shortlist({1: Decimal("60.0000")}, BY_MARK)
        steps = technical_steps({1: Decimal(60)}, standing, BY_MARK, bidders=1)
        assert [(step["rule"], step["result"]) for step in steps] == [(RULE_SCORE, "60.0000"), (RULE_PASS_MARK, "true")]

    def test_let_all_go_on_where_fewer_bid_than_the_table_knows(self) -> None:
        last = shortlist({1: Decimal(90), 2: Decimal(70)}, BY_SCORE)[-1]
        steps = technical_steps({1: Decimal(70)}, last, BY_SCORE, bidders=2)
        assert steps[1] == {"rule": RULE_PLACES, "computation": "2 bidders, rank 2 ≤ 2", "result": "true"}
