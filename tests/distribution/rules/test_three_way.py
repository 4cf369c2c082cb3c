from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.foundation.money import round_half_up
from distribution.rules.checks import Gate
from distribution.rules.three_way import Accepted, Invoiced, Match, Ordered, match_lines

ORDERED = [Ordered(1, "P", Decimal("8.72")), Ordered(2, "Q", Decimal("0.435"))]


def billed(
    line: int = 1,
    lot: str = "A1",
    packs: int = 10,
    price: str = "8.72",
    *,
    product: str = "P",
    amount: str | None = None,
) -> Invoiced:
    exact = round_half_up(packs * Decimal(price)) if amount is None else Decimal(amount)
    return Invoiced(line, product, lot, packs, Decimal(price), exact)


def matched(accepted: list[tuple[int, str, int]], invoiced: list[Invoiced]) -> Match:
    return match_lines(ORDERED, [Accepted(*row) for row in accepted], invoiced)


class TestAgreement:
    @pytest.mark.parametrize(
        ("accepted", "invoiced", "payable"),
        [
            ([], [], "0.00"),
            ([(1, "A1", 10)], [billed()], "87.20"),
            # the receipt came in parts, so did the invoices
            ([(1, "A1", 6), (1, "A1", 4)], [billed(packs=3), billed(packs=7)], "87.20"),
            ([(1, "A1", 10), (1, "A2", 5)], [billed(), billed(lot="A2", packs=5)], "130.80"),
            # 0.435 × 3 = 1.305, half-up
            ([(2, "B1", 3)], [billed(2, "B1", 3, "0.435", product="Q", amount="1.31")], "1.31"),
            # four packs went back, and a credit note took them off the invoice
            ([(1, "A1", 10), (1, "A1", -4)], [billed(), billed(packs=-4)], "52.32"),
            ([(1, "A1", 10), (1, "A1", -10)], [billed(), billed(packs=-10)], "0.00"),
        ],
    )
    def test_pays_what_was_accepted(
        self, accepted: list[tuple[int, str, int]], invoiced: list[Invoiced], payable: str
    ) -> None:
        match = matched(accepted, invoiced)
        assert (match.ok, match.differences, str(match.amount_payable)) == (True, (), payable)
        assert match.check.passed and f"to be paid are {payable} yuan" in match.check.sentence

    def test_says_for_each_line_what_is_to_be_paid(self) -> None:
        match = matched([(1, "A1", 10), (2, "B1", 3)], [billed(2, "B1", 3, "0.435", product="Q"), billed()])
        assert [(part.line, part.packs, str(part.amount)) for part in match.payable] == [
            (1, 10, "87.20"),
            (2, 3, "1.31"),
        ]


class TestDifference:
    @pytest.mark.parametrize(
        ("accepted", "invoiced", "differences", "payable"),
        [
            ([(1, "A1", 10)], [billed(packs=12)], [("quantity_over", "10", "12", "A1")], "87.20"),
            ([(1, "A1", 10)], [billed(packs=8)], [("quantity_under", "10", "8", "A1")], "69.76"),
            ([(1, "A1", 10)], [], [("not_invoiced", "10", "0", "A1")], "0.00"),
            ([], [billed()], [("not_received", "0", "10", "A1")], "0.00"),
            # all were rejected
            ([(1, "A1", 0)], [billed()], [("not_received", "0", "10", "A1")], "0.00"),
            # returned, and no credit note
            ([(1, "A1", 10), (1, "A1", -4)], [billed()], [("quantity_over", "6", "10", "A1")], "52.32"),
            ([(1, "A1", 10)], [billed(lot="A9")], [("lot", "A1", "A9", "A9")], "0.00"),
            (
                [(1, "A1", 10), (1, "A2", 5)],
                [billed(), billed(lot="A9", packs=6)],
                [("lot", "A2", "A9", "A9"), ("quantity_over", "5", "6", "A9")],
                "87.20",
            ),
            # a second lot is missing on one side alone
            ([(1, "A1", 10), (1, "A2", 5)], [billed()], [("not_invoiced", "5", "0", "A2")], "87.20"),
            (
                [(1, "A1", 10)],
                [billed(), billed(lot="A2", packs=5)],
                [("not_received", "0", "5", "A2")],
                "87.20",
            ),
            # the agreed price is paid, whatever the invoice says
            ([(1, "A1", 10)], [billed(price="8.73")], [("price", "8.72", "8.73", "")], "87.20"),
            ([(1, "A1", 10)], [billed(price="8.71")], [("price", "8.72", "8.71", "")], "87.20"),
            ([(1, "A1", 10)], [billed(amount="87.21")], [("arithmetic", "87.20", "87.21", "A1")], "87.20"),
            ([(1, "A1", 10)], [billed(product="Q")], [("product", "P", "Q", "")], "0.00"),
            # every error of a line is told at once
            (
                [(1, "A1", 10)],
                [billed(packs=11, price="9.00", amount="98.00")],
                [
                    ("price", "8.72", "9.00", ""),
                    ("arithmetic", "99.00", "98.00", "A1"),
                    ("quantity_over", "10", "11", "A1"),
                ],
                "87.20",
            ),
        ],
    )
    def test_is_told_with_what_was_expected_and_found(
        self,
        accepted: list[tuple[int, str, int]],
        invoiced: list[Invoiced],
        differences: list[tuple[str, str, str, str]],
        payable: str,
    ) -> None:
        match = matched(accepted, invoiced)
        assert [(entry.kind, entry.expected, entry.found, entry.lot) for entry in match.differences] == differences
        assert {entry.line for entry in match.differences} == {1}
        assert all(
            entry.expected in entry.sentence and entry.found in entry.sentence
            for entry in match.differences
            if entry.kind not in ("not_invoiced", "not_received")
        )
        assert (match.ok, str(match.amount_payable)) == (False, payable)

    def test_stands_in_the_order_of_the_lines(self) -> None:
        match = matched([(2, "B1", 3), (1, "A1", 10)], [])
        assert [entry.line for entry in match.differences] == [1, 2]

    def test_is_kept_as_evidence(self) -> None:
        check = matched([(1, "A1", 10)], [billed(packs=12)]).check
        assert (check.rule, check.source, check.gate, check.passed) == (
            "CN.2016-4.papers-agree",
            "国医改办发〔2016〕4号",
            Gate.HARD,
            False,
        )
        assert json.loads(json.dumps(check.values)) == {
            "amount_payable": "87.20",
            "differences": [{"line": 1, "kind": "quantity_over", "lot": "A1", "expected": "10", "found": "12"}],
        }
        assert "Packs of lot A1 invoiced: 12, accepted: 10." in check.sentence

    @pytest.mark.parametrize(("accepted", "invoiced"), [([(3, "A1", 1)], []), ([], [billed(3)])])
    def test_with_a_line_that_was_not_ordered_is_an_error_of_the_caller(
        self, accepted: list[tuple[int, str, int]], invoiced: list[Invoiced]
    ) -> None:
        with pytest.raises(ValueError, match="line 3 is not among"):
            matched(accepted, invoiced)


lots = st.sampled_from(["A1", "A2", "A3"])
receipts = st.lists(st.tuples(st.sampled_from([1, 2]), lots, st.integers(-5, 50)), max_size=6)
invoices = st.lists(
    st.builds(
        billed,
        st.sampled_from([1, 2]),
        lots,
        st.integers(-5, 50),
        st.sampled_from(["8.72", "0.435"]),
        product=st.sampled_from(["P", "Q"]),
    ),
    max_size=6,
)


class TestAnyPapers:
    @given(receipts, invoices)
    def test_never_pay_more_packs_than_were_accepted_or_than_were_invoiced(
        self, accepted: list[tuple[int, str, int]], invoiced: list[Invoiced]
    ) -> None:
        match = matched(accepted, invoiced)
        prices = {line.line: line.price for line in ORDERED}
        for part in match.payable:
            by_lot = {
                lot: (
                    sum(packs for line, name, packs in accepted if (line, name) == (part.line, lot)),
                    sum(
                        entry.packs
                        for entry in invoiced
                        if (entry.line, entry.lot) == (part.line, lot)
                        and entry.product == ORDERED[part.line - 1].product
                    ),
                )
                for lot in ("A1", "A2", "A3")
            }
            assert part.packs == sum(max(min(both), 0) for both in by_lot.values())
            assert part.amount == round_half_up(part.packs * prices[part.line])
        assert match.amount_payable == sum(part.amount for part in match.payable)

    @given(st.lists(st.tuples(st.sampled_from([1, 2]), lots, st.integers(1, 50)), max_size=6))
    def test_that_say_the_same_agree_in_any_order(self, accepted: list[tuple[int, str, int]]) -> None:
        invoiced = [
            billed(line, lot, packs, str(ORDERED[line - 1].price), product=ORDERED[line - 1].product)
            for line, lot, packs in reversed(accepted)
        ]
        match = matched(accepted, invoiced)
        assert match.ok
        assert sum(part.packs for part in match.payable) == sum(packs for _line, _lot, packs in accepted)

    @given(receipts, invoices)
    def test_agree_only_where_the_packs_of_every_lot_do(
        self, accepted: list[tuple[int, str, int]], invoiced: list[Invoiced]
    ) -> None:
        def packs(line: int, lot: str) -> tuple[int, int]:
            return (
                sum(row[2] for row in accepted if row[:2] == (line, lot)),
                sum(entry.packs for entry in invoiced if (entry.line, entry.lot) == (line, lot)),
            )

        pairs = [packs(line, lot) for line in (1, 2) for lot in ("A1", "A2", "A3")]
        on_paper = {"product", "price", "arithmetic"}
        goods = [entry for entry in matched(accepted, invoiced).differences if entry.kind not in on_paper]
        assert (goods == []) == all(one == other for one, other in pairs)
