from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest
from django.utils.translation import gettext, override
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.invoicing_rules import InvoicingRules
from distribution.rules.checks import Gate, breaches, warnings
from distribution.rules.invoice_chain import (
    Chain,
    ChainVerdict,
    Deemed,
    Group,
    NotCounted,
    Sale,
    check_at_acceptance,
    exempts,
    judge_chain,
)

DAY = date(2026, 3, 2)


def sales(*paths: str, product: str = "P", lot: str = "A1") -> list[Sale]:
    """One sale for each arrow of "maker > north > hospital", its invoice named after both ends."""
    found = []
    for path in paths:
        firms = path.split(" > ")
        for seller, buyer in pairwise(firms):
            found.append(Sale(f"{seller}-{buyer}", seller, buyer, product, lot, DAY))
    return found


def judged(
    filed: list[Sale],
    *,
    deemed: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
    is_remote: bool = False,
    is_exempt: bool = False,
    rules: InvoicingRules | None = None,
) -> Chain:
    return judge_chain(
        filed,
        maker="maker",
        institution="hospital",
        product="P",
        lot="A1",
        deemed=[Deemed(firm, "maker") for firm in deemed],
        groups=[Group(frozenset(group.split())) for group in groups],
        is_remote=is_remote,
        is_exempt=is_exempt,
        rules=rules or InvoicingRules(),
    )


class TestLength:
    """国医改办发〔2016〕4号: what counts as an invoice, and how many there may be."""

    @pytest.mark.parametrize(
        ("path", "deemed", "groups", "length", "verdict"),
        [
            ("maker > hospital", (), (), 1, "within"),
            ("maker > north > hospital", (), (), 2, "within"),
            ("maker > north > south > hospital", (), (), 3, "too_long"),
            # the group's own sales company, or the general agent of an overseas medicine
            ("maker > sales > north > hospital", ("sales",), (), 2, "within"),
            ("maker > sales > hospital", ("sales",), (), 1, "within"),
            ("maker > sales > north > south > hospital", ("sales",), (), 3, "too_long"),
            ("maker > sales > north > hospital", (), (), 3, "too_long"),
            # inside a distribution group, once
            ("maker > north > south > hospital", (), ("north south",), 2, "within"),
            ("maker > north > south > east > hospital", (), ("north south east",), 3, "too_long"),
            ("maker > north > south > hospital", (), ("north east", "south west"), 3, "too_long"),
            # both at once
            ("maker > sales > north > south > hospital", ("sales",), ("north south",), 2, "within"),
            # the producer's own sale and that to the institution always count
            ("maker > north > south > hospital", (), ("maker north",), 3, "too_long"),
            ("maker > sales > north > south > hospital", ("sales",), ("sales north",), 3, "too_long"),
            ("maker > north > south > hospital", (), ("south hospital",), 3, "too_long"),
        ],
    )
    def test_is_what_remains_between_producer_and_institution(
        self, path: str, deemed: tuple[str, ...], groups: tuple[str, ...], length: int, verdict: str
    ) -> None:
        chain = judged(sales(path), deemed=deemed, groups=groups)
        assert (chain.length, chain.verdict, chain.complete) == (length, verdict, True)
        assert " > ".join([chain.steps[0].seller, *(step.buyer for step in chain.steps)]) == path
        assert sum(step.counted for step in chain.steps) == length
        assert chain.check.passed == (verdict == "within")

    def test_names_the_steps_that_do_not_count_and_why(self) -> None:
        chain = judged(sales("maker > sales > north > south > hospital"), deemed=("sales",), groups=("north south",))
        assert [(step.invoice, step.counted, step.why_not_counted) for step in chain.steps] == [
            ("maker-sales", False, NotCounted.DEEMED_PRODUCER),
            ("sales-north", True, None),
            ("north-south", False, NotCounted.WITHIN_GROUP),
            ("south-hospital", True, None),
        ]

    def test_does_not_collapse_a_firm_that_counts_as_another_maker(self) -> None:
        chain = judge_chain(
            sales("maker > sales > north > hospital"),
            maker="maker",
            institution="hospital",
            product="P",
            lot="A1",
            deemed=[Deemed("sales", "another maker")],
            groups=[],
            is_remote=False,
            is_exempt=False,
            rules=InvoicingRules(),
        )
        assert chain.length == 3

    def test_may_be_one_more_for_a_remote_institution(self) -> None:
        three, four = sales("maker > a > b > hospital"), sales("maker > a > b > c > hospital")
        assert (judged(three, is_remote=True).verdict, judged(three, is_remote=True).limit) == ("within", 3)
        assert judged(four, is_remote=True).verdict == ChainVerdict.TOO_LONG

    def test_follows_the_numbers_of_the_rule_set(self) -> None:
        four = sales("maker > a > b > c > hospital")
        groups = ("a b c",)
        assert judged(four, rules=InvoicingRules(invoice_limit=4)).check.passed
        assert judged(four, is_remote=True, rules=InvoicingRules(remote_extra=2)).check.passed
        assert judged(four, groups=groups, rules=InvoicingRules(group_invoices_not_counted=2)).length == 2
        assert judged(four, groups=groups, rules=InvoicingRules(group_invoices_not_counted=0)).length == 4


class TestSeveralInvoices:
    def test_the_shortest_complete_chain_is_taken(self) -> None:
        filed = sales("maker > far > north > hospital", "maker > west > hospital")
        chain = judged(filed)
        assert [step.invoice for step in chain.steps] == ["maker-west", "west-hospital"]

    def test_a_shorter_trail_that_does_not_reach_the_maker_is_none(self) -> None:
        assert judged(sales("stranger > hospital", "maker > a > b > hospital")).verdict == ChainVerdict.TOO_LONG

    def test_a_longer_way_down_may_leave_more_free_transfers_for_the_way_up(self) -> None:
        filed = sales("maker > e > d > c > b > a > hospital", "c > z > hospital")
        chain = judged(filed, groups=("a b c", "c d e"), rules=InvoicingRules(group_invoices_not_counted=2))
        assert (chain.length, chain.steps[-1].seller) == (3, "z")

    def test_of_equal_chains_the_one_invoiced_first_is_told(self) -> None:
        late, early = sales("maker > b > hospital"), sales("maker > c > hospital")
        early = [Sale(sale.invoice, sale.seller, sale.buyer, "P", "A1", date(2026, 1, 1)) for sale in early]
        assert judged(late + early).steps == judged(early + late).steps
        assert judged(late + early).steps[0].buyer == "c"

    def test_a_sale_on_two_lines_of_one_invoice_is_one_sale(self) -> None:
        assert judged(sales("maker > north > hospital") * 2).length == 2

    @pytest.mark.parametrize(
        "path",
        ["north > south > north", "hospital > north", "north > north", "south > maker", "north > maker > north"],
    )
    def test_goods_that_went_back_and_forth_do_not_lengthen_the_chain(self, path: str) -> None:
        filed = sales("maker > north > south > hospital")
        assert (
            judged(sales(path) + filed, groups=("north south",)).steps == judged(filed, groups=("north south",)).steps
        )


class TestMissingLinks:
    @pytest.mark.parametrize(
        ("filed", "firm", "length"),
        [
            ([], "hospital", 0),
            (sales("maker > north"), "hospital", 0),
            (sales("north > hospital"), "north", 1),
            (sales("maker > far", "north > south > hospital"), "north", 2),
            (sales("north > hospital", "east > south > hospital"), "east", 2),
            # a circle that nobody entered
            (sales("south > north > south > hospital"), "north", 2),
            # other goods are no part of it
            (sales("north > hospital") + sales("maker > north", lot="A2"), "north", 1),
            (sales("north > hospital") + sales("maker > north", product="Q"), "north", 1),
        ],
    )
    def test_are_told_with_the_firm_whose_purchase_is_not_filed(
        self, filed: list[Sale], firm: str, length: int
    ) -> None:
        chain = judged(filed)
        assert (chain.verdict, chain.complete, chain.length) == (ChainVerdict.INCOMPLETE, False, length)
        assert f"File the invoice by which {firm} bought the lot." in chain.check.sentence
        assert breaches([chain.check]) == [chain.check]

    def test_are_looked_for_where_the_invoices_lead_furthest_up_counted_or_not(self) -> None:
        chain = judged(
            sales("c > b > a > hospital", "y > x > hospital"),
            groups=("a b c",),
            rules=InvoicingRules(group_invoices_not_counted=2),
        )
        assert chain.steps[0].seller == "c"

    def test_do_not_matter_above_a_firm_that_counts_as_the_producer(self) -> None:
        chain = judged(sales("sales > north > hospital"), deemed=("sales",))
        assert (chain.verdict, chain.complete, chain.length) == (ChainVerdict.WITHIN, True, 2)

    def test_only_warn_at_acceptance_where_the_rule_set_says_so(self) -> None:
        rules = InvoicingRules(chain_required_for_acceptance=False)
        incomplete = judged(sales("north > hospital"), rules=rules)
        too_long = judged(sales("maker > a > b > hospital"), rules=rules)
        assert warnings([check_at_acceptance(incomplete, rules)])
        assert check_at_acceptance(incomplete, InvoicingRules()) == incomplete.check
        assert check_at_acceptance(too_long, rules).gate == Gate.HARD


class TestExemption:
    @pytest.mark.parametrize(
        ("rules", "is_emergency", "is_controlled", "expected"),
        [
            (InvoicingRules(), False, False, False),
            (InvoicingRules(), True, False, True),
            (InvoicingRules(), False, True, True),
            (InvoicingRules(exempt_emergency=False), True, False, False),
            (InvoicingRules(exempt_controlled=False), False, True, False),
            (InvoicingRules(exempt_controlled=False), True, True, True),
        ],
    )
    def test_is_for_emergencies_and_controlled_medicines_as_the_rule_set_says(
        self, rules: InvoicingRules, is_emergency: bool, is_controlled: bool, expected: bool
    ) -> None:
        assert exempts(rules, is_emergency=is_emergency, is_controlled=is_controlled) is expected

    @pytest.mark.parametrize("path", ["maker > a > b > c > hospital", "north > hospital"])
    def test_lets_pass_whatever_the_chain_and_still_tells_it(self, path: str) -> None:
        chain = judged(sales(path), is_exempt=True)
        assert chain.check.passed
        assert (chain.verdict, chain.length) == (judged(sales(path)).verdict, path.count(">"))


class TestEvidence:
    def test_names_rule_source_values_and_verdict(self) -> None:
        check = judged(sales("maker > a > b > hospital")).check
        assert (check.rule, check.source, check.gate) == ("CN.2016-4.two-invoices", "国医改办发〔2016〕4号", Gate.HARD)
        assert json.loads(json.dumps(check.values)) == {
            "product": "P",
            "lot": "A1",
            "maker": "maker",
            "institution": "hospital",
            "length": 3,
            "limit": 2,
            "verdict": "too_long",
            "is_remote": False,
            "is_exempt": False,
            "steps": [
                {"seller": "maker", "buyer": "a", "invoice": "maker-a", "not_counted": None},
                {"seller": "a", "buyer": "b", "invoice": "a-b", "not_counted": None},
                {"seller": "b", "buyer": "hospital", "invoice": "b-hospital", "not_counted": None},
            ],
        }
        assert "3, allowed: only 2 (maker → a → b → hospital)" in check.sentence

    @pytest.mark.parametrize("is_exempt", [False, True])
    def test_is_said_in_the_language_of_the_reader(self, is_exempt: bool) -> None:
        template = (
            "The two-invoice rule does not hold for this order; lot %(lot)s of %(product)s came by %(path)s."
            if is_exempt
            else "Invoices that count for lot %(lot)s of %(product)s: %(length)s, allowed: %(limit)s (%(path)s)."
        )
        words = {"lot": "A1", "product": "P", "length": 1, "limit": 2, "path": "maker → hospital"}
        for language in ("en", "zh-hans"):
            with override(language):
                chain = judged(sales("maker > hospital"), is_exempt=is_exempt)
                assert chain.check.sentence == gettext(template) % words


FIRMS = ["maker", "a", "b", "c", "d", "hospital"]
edges = st.sets(st.tuples(st.sampled_from(FIRMS), st.sampled_from(FIRMS)), max_size=12)
groups_of_firms = st.lists(st.sets(st.sampled_from(FIRMS), min_size=2, max_size=3), max_size=2)


def simple_paths(graph: set[tuple[str, str]], firm: str, below: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every way from any firm down to this one that meets no firm twice."""
    yield (firm, *below)
    for seller, buyer in graph:
        if buyer == firm and seller not in (firm, *below):
            yield from simple_paths(graph, seller, (firm, *below))


class TestAnyInvoices:
    @given(edges, st.sets(st.sampled_from("abcd"), max_size=2), groups_of_firms, st.integers(0, 2))
    def test_have_the_length_of_the_shortest_of_all_ways(
        self, graph: set[tuple[str, str]], deemed: set[str], groups: list[set[str]], free: int
    ) -> None:
        producers = {"maker", *deemed}
        lengths = []
        for path in simple_paths(graph, "hospital"):
            if path[0] not in producers:
                continue
            outside = [edge for edge in pairwise(path) if not set(edge) <= producers]
            inside = [
                edge
                for edge in outside
                if edge[0] not in producers and edge[1] != "hospital" and any(set(edge) <= group for group in groups)
            ]
            lengths.append(len(outside) - min(free, len(inside)))
        chain = judged(
            [Sale(f"{seller}-{buyer}", seller, buyer, "P", "A1", DAY) for seller, buyer in graph],
            deemed=tuple(deemed),
            groups=tuple(" ".join(group) for group in groups),
            rules=InvoicingRules(group_invoices_not_counted=free),
        )
        assert chain.complete == bool(lengths)
        if lengths:
            assert chain.length == min(lengths)
            assert (chain.verdict == ChainVerdict.WITHIN) == (min(lengths) <= 2)
        assert chain.length == sum(step.counted for step in chain.steps)
        assert {(step.seller, step.buyer) for step in chain.steps} <= graph
        ends = [*(step.seller for step in chain.steps), "hospital"]
        assert [step.buyer for step in chain.steps] == ends[1:]
        assert len(set(ends)) == len(ends)
        assert sum(step.why_not_counted == NotCounted.WITHIN_GROUP for step in chain.steps) <= free
