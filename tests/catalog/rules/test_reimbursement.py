from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.reimbursement import BillLine, Terms, judge_bonus, patient_pays, rate_of

TOWNSHIP = Terms(rate=Decimal("0.7"), essential_bonus=Decimal("0.1"))
ESSENTIAL = BillLine(Decimal("100.00"), "A", True)
LIST_B = BillLine(Decimal("100.00"), "B", False, Decimal("0.1"))
UNLISTED = BillLine(Decimal("100.00"), "", False)

yuan = st.decimals(min_value=0, max_value=5000, places=2)
shares = st.decimals(min_value=0, max_value=1, places=2)
bill_lines = st.builds(BillLine, yuan, st.sampled_from(["A", "B", ""]), st.booleans(), shares)
bills = st.lists(bill_lines, max_size=6)
terms = st.builds(Terms, shares, shares, yuan, st.none() | yuan)


class TestRateOf:
    @pytest.mark.parametrize(
        ("rate", "bonus", "is_essential", "expected"),
        [("0.7", "0.1", True, "0.8"), ("0.7", "0.1", False, "0.7"), ("0.95", "0.1", True, "1")],
    )
    def test_adds_the_bonus_for_essential_medicines_up_to_all(
        self, rate: str, bonus: str, is_essential: bool, expected: str
    ) -> None:
        assert rate_of(Terms(Decimal(rate), Decimal(bonus)), is_essential) == Decimal(expected)

    @given(terms)
    def test_is_never_more_than_all_and_never_less_for_the_essential(self, given_terms: Terms) -> None:
        assert rate_of(given_terms, False) <= rate_of(given_terms, True) <= 1


class TestPatientPays:
    @pytest.mark.parametrize(
        ("lines", "by_fund", "by_patient"),
        [
            ([ESSENTIAL], "80.00", "20.00"),
            ([LIST_B], "63.00", "37.00"),
            ([UNLISTED], "0.00", "100.00"),
            ([ESSENTIAL, LIST_B, UNLISTED], "143.00", "157.00"),
            ([], "0.00", "0.00"),
            ([BillLine(Decimal("0.05"), "A", False)], "0.04", "0.01"),  # 0.035
        ],
    )
    def test_pays_list_a_at_the_rate_and_list_b_after_its_own_share(
        self, lines: list[BillLine], by_fund: str, by_patient: str
    ) -> None:
        settlement = patient_pays(lines, TOWNSHIP)
        assert (str(settlement.paid_by_fund), str(settlement.paid_by_patient)) == (by_fund, by_patient)

    @pytest.mark.parametrize(
        ("used_before", "used", "by_fund"), [("0", "50.00", "40.00"), ("30", "20.00", "64.00"), ("80", "0.00", "80.00")]
    )
    def test_takes_what_is_left_of_the_deductible(self, used_before: str, used: str, by_fund: str) -> None:
        scheme = Terms(Decimal("0.7"), Decimal("0.1"), deductible=Decimal(50))
        settlement = patient_pays([ESSENTIAL], scheme, deductible_used_before=Decimal(used_before))
        assert (str(settlement.deductible_used), str(settlement.paid_by_fund)) == (used, by_fund)

    def test_uses_no_more_of_the_deductible_than_is_eligible(self) -> None:
        settlement = patient_pays([LIST_B], Terms(Decimal("0.7"), deductible=Decimal(500)))
        assert (settlement.deductible_used, settlement.paid_by_fund) == (90, 0)

    def test_spreads_the_deductible_over_lines_with_different_rates(self) -> None:
        scheme = Terms(Decimal("0.7"), Decimal("0.1"), deductible=Decimal(100))
        other = BillLine(Decimal("100.00"), "A", False)
        assert patient_pays([ESSENTIAL, other], scheme).paid_by_fund == Decimal("75.00")

    @pytest.mark.parametrize(("paid_before", "by_fund"), [("0", "60.00"), ("50", "10.00"), ("90", "0.00")])
    def test_stops_at_the_ceiling_of_the_year(self, paid_before: str, by_fund: str) -> None:
        scheme = Terms(Decimal("0.7"), Decimal("0.1"), cap=Decimal(60))
        settlement = patient_pays([ESSENTIAL], scheme, paid_before=Decimal(paid_before))
        assert str(settlement.paid_by_fund) == by_fund
        assert settlement.paid_by_fund + settlement.paid_by_patient == 100

    def test_tells_every_step(self) -> None:
        scheme = Terms(Decimal("0.7"), Decimal("0.1"), deductible=Decimal(10), cap=Decimal(50))
        steps = patient_pays([LIST_B], scheme).steps
        assert list(steps) == [
            {
                "name": "line",
                "amount": "100.00",
                "list_class": "B",
                "self_pay_share": "0.1",
                "eligible": "90.00",
                "rate": "0.7",
            },
            {"name": "deductible", "eligible": "90.00", "left": "10", "used": "10.00"},
            {"name": "ceiling", "fund": "56.00", "left": "50", "paid_by_fund": "50.00"},
        ]
        assert json.loads(json.dumps(steps)) == list(steps)

    @given(bills, terms, yuan, yuan)
    def test_fund_and_patient_pay_the_whole_bill(
        self, lines: list[BillLine], scheme: Terms, used: Decimal, paid: Decimal
    ) -> None:
        settlement = patient_pays(lines, scheme, deductible_used_before=used, paid_before=paid)
        assert settlement.paid_by_fund + settlement.paid_by_patient == sum(line.amount for line in lines)
        assert 0 <= settlement.paid_by_fund <= settlement.eligible - settlement.deductible_used
        assert scheme.cap is None or settlement.paid_by_fund <= max(0, scheme.cap - paid)
        assert settlement.deductible_used <= scheme.deductible

    @given(bills.flatmap(lambda lines: st.tuples(st.just(lines), st.permutations(lines))), terms)
    def test_the_order_of_the_lines_does_not_matter(
        self, orders: tuple[list[BillLine], list[BillLine]], scheme: Terms
    ) -> None:
        one, other = (patient_pays(lines, scheme) for lines in orders)
        assert one.paid_by_fund == other.paid_by_fund

    @given(yuan, terms)
    def test_the_fund_never_pays_less_for_an_essential_medicine(self, amount: Decimal, scheme: Terms) -> None:
        essential = patient_pays([BillLine(amount, "A", True)], scheme)
        other = patient_pays([BillLine(amount, "A", False)], scheme)
        assert essential.paid_by_fund >= other.paid_by_fund

    @pytest.mark.parametrize(
        "wrong",
        [
            {"rate": Decimal("1.1")},
            {"rate": Decimal("0.7"), "essential_bonus": Decimal("-0.1")},
            {"rate": Decimal("0.7"), "deductible": Decimal(-1)},
            {"rate": Decimal("0.7"), "cap": Decimal(-1)},
        ],
    )
    def test_refuses_terms_that_cannot_be(self, wrong: dict[str, Decimal]) -> None:
        with pytest.raises(ValueError, match=r"between 0 and 1|not negative"):
            Terms(**wrong)

    @pytest.mark.parametrize(
        ("amount", "list_class", "share"), [("-1", "A", "0"), ("1", "C", "0"), ("1", "B", "1.1"), ("1", "B", "-0.1")]
    )
    def test_refuses_lines_that_cannot_be(self, amount: str, list_class: str, share: str) -> None:
        with pytest.raises(ValueError, match=r"between 0 and 1|A, B or none"):
            BillLine(Decimal(amount), list_class, False, Decimal(share))


class TestJudgeBonus:
    @pytest.mark.parametrize(
        ("rate", "bonus", "verdict"),
        [
            ("0.7", "0.1", "clearly_higher"),
            ("0.7", "0.05", "clearly_higher"),
            ("0.7", "0.04", "barely_higher"),
            ("0.97", "0.1", "barely_higher"),
            ("0.7", "0", "not_higher"),
            ("1", "0.1", "not_higher"),
        ],
    )
    def test_compares_the_difference_of_the_rates_with_the_least_bonus(
        self, rate: str, bonus: str, verdict: str
    ) -> None:
        judged = judge_bonus(Terms(Decimal(rate), Decimal(bonus)), Decimal("0.05"))
        assert judged.verdict == judged.evidence["verdict"] == verdict

    def test_shows_what_it_compared(self) -> None:
        judged = judge_bonus(TOWNSHIP, Decimal("0.05"))
        assert (judged.rate_essential, judged.rate_other) == (Decimal("0.8"), Decimal("0.7"))
        assert judged.evidence == {
            "rule": "CN.2009-78.clearly-higher-rate",
            "rate_essential": "0.8",
            "rate_other": "0.7",
            "difference": "0.1",
            "least_bonus": "0.05",
            "verdict": "clearly_higher",
        }

    @given(terms, shares)
    def test_is_content_with_no_scheme_that_pays_essential_medicines_no_better(
        self, scheme: Terms, least: Decimal
    ) -> None:
        judged = judge_bonus(scheme, least)
        assert (judged.verdict == "not_higher") == (judged.rate_essential <= judged.rate_other)
