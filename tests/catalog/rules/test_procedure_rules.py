from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.procedure_rules import Anchor, CommitteeRule, CountedBy, PriceKind, ProcedureRules, TieBreak
from catalog.rules.ratio_rules import UnfitParameter

SCALE = {"code": "scale", "title": "production scale", "points": "60"}
QUALITY = {"code": "quality", "title": "quality", "points": "40"}
COMMITTEE = {"size": 5, "outside_share": "0.6667", "primary_share": "0.2"}
JANUARY_2020 = {
    "winners": [[1, 1], [2, 2], [4, 3], [5, 4], [7, 5], [9, 6]],
    "entry": {"multiple": "1.8", "cut": "0.5", "floor": "0.1000"},
    "volume_shares": [[1, "0.5"], [2, "0.6"], [3, "0.7"], [4, "0.8"]],
    "terms": [[1, 1], [3, 2], [4, 3]],
    "picking": True,
}


class TestRead:
    def test_has_a_default_for_everything(self) -> None:
        assert ProcedureRules.read({}) == ProcedureRules()

    def test_reads_what_the_bidding_law_says_where_nothing_else_is_stated(self) -> None:
        rules = ProcedureRules.read({})
        assert (rules.least_bidding_days, rules.least_change_days, rules.objection_to_documents_days) == (20, 15, 10)
        assert (rules.objection_days, rules.reply_days, rules.amendment_limit) == (3, 3, Decimal("0.2"))

    def test_reads_the_round_of_january_2020(self) -> None:
        rules = ProcedureRules.read(JANUARY_2020)
        assert rules.entry is not None
        assert (rules.entry.multiple, rules.entry.cut, rules.entry.floor, rules.entry.anchor) == (
            Decimal("1.8"),
            Decimal("0.5"),
            Decimal("0.1"),
            Anchor.LOWEST,
        )
        assert (rules.winners_counted_by, rules.price, rules.picking) == (CountedBy.BIDDERS, PriceKind.LOWEST, True)

    @pytest.mark.parametrize(("stated", "points"), [({}, "0"), ({"conduct_deduction": "5"}, "5")])
    def test_takes_points_off_for_conduct_where_that_is_stated(self, stated: dict[str, Any], points: str) -> None:
        assert ProcedureRules.read(stated).conduct_deduction == Decimal(points)

    def test_reads_a_shortlist_with_its_criteria_and_committee(self) -> None:
        rules = ProcedureRules.read(
            {
                "shortlist": {"method": "score", "table": [[7, 4], [6, 3], [4, 2]], "pass_mark": "60"},
                "criteria": [SCALE, QUALITY],
                "committee": COMMITTEE,
                "tie_breaks": ["own_api", "drawn"],
            }
        )
        assert rules.shortlist is not None
        assert rules.shortlist.places == ((4, 2), (6, 3), (7, 4))
        assert [criterion.code for criterion in rules.criteria] == ["scale", "quality"]
        assert rules.tie_breaks == (TieBreak.OWN_API, TieBreak.DRAWN)

    @pytest.mark.parametrize(
        "name",
        [
            "shortlist",
            "committee",
            "entry",
            "zero_volume_under",
            "abnormally_low",
            "demand_floor",
            "filing_working_days",
            "forms_per_medicine",
            "strengths_per_form",
        ],
    )
    def test_reads_null_as_nothing_stated(self, name: str) -> None:
        assert getattr(ProcedureRules.read({name: None}), name) is None

    @pytest.mark.parametrize(
        ("parameters", "place", "problem"),
        [
            ({"winner": [[1, 1]]}, "winner", "not known"),
            ({"least_bidders": "3"}, "least_bidders", "whole number"),
            ({"least_bidders": True}, "least_bidders", "whole number"),
            ({"least_bidders": None}, "least_bidders", "missing"),
            ({"least_bidders": 0}, "least_bidders", "at least 1"),
            ({"objection_days": -1}, "objection_days", "at least 0"),
            ({"filing_working_days": 0}, "filing_working_days", "at least 1"),
            ({"winners": []}, "winners", "missing"),
            ({"winners": [[2, 2]]}, "winners", "start from 1"),
            ({"winners": [[1, 1], [1, 2]]}, "winners", "twice"),
            ({"winners": [[1, 2], [3, 1]]}, "winners", "not fall"),
            ({"winners": [[1, 0]]}, "winners", "at least 1"),
            ({"winners": [[1]]}, "winners", "list of pairs"),
            ({"winners": "1"}, "winners", "list of pairs"),
            ({"winners_counted_by": "offers"}, "winners_counted_by", "bidders, valid"),
            ({"winners_counted_by": []}, "winners_counted_by", "bidders, valid"),
            ({"entry": "1.8"}, "entry", "not a table"),
            ({"entry": {}}, "entry.multiple", "missing"),
            ({"entry": {"multiple": "0.9"}}, "entry.multiple", "at least 1"),
            ({"entry": {"multiple": 1.8}}, "entry.multiple", "as text"),
            ({"entry": {"multiple": "1.8", "cut": "1.5"}}, "entry.cut", "at most 1"),
            ({"entry": {"multiple": "1.8", "cut": "0"}}, "entry.cut", "above 0"),
            ({"entry": {"multiple": "1.8", "anchor": "mean"}}, "entry.anchor", "lowest"),
            ({"entry": {"multiple": "1.8", "base": "2"}}, "entry.base", "not known"),
            ({"zero_volume_under": "0"}, "zero_volume_under", "above 0"),
            ({"tie_breaks": []}, "tie_breaks", "not a list"),
            ({"tie_breaks": ["drawn", "drawn"]}, "tie_breaks", "twice"),
            ({"tie_breaks": ["price"]}, "tie_breaks", "own_api"),
            ({"volume_shares": [[1, "1.2"]]}, "volume_shares", "at most 1"),
            ({"volume_shares": [[1, "0.8"], [2, "0.5"]]}, "volume_shares", "not fall"),
            ({"terms": [[1, "2"]]}, "terms", "whole number"),
            ({"picking": 1}, "picking", "true or false"),
            ({"amendment_limit": "1.01"}, "amendment_limit", "at most 1"),
            ({"shortlist": {"method": "lot"}}, "shortlist.method", "score, pass_mark"),
            ({"shortlist": {"method": "score"}}, "shortlist.table", "missing"),
            ({"shortlist": {"method": "score", "table": [[2, 3]]}}, "shortlist.table", "more advance"),
            ({"shortlist": {"method": "pass_mark"}}, "shortlist.pass_mark", "missing"),
            (
                {"shortlist": {"method": "pass_mark", "pass_mark": "60", "table": [[2, 1]]}},
                "shortlist.table",
                "not read",
            ),
            ({"shortlist": {"method": "pass_mark", "pass_mark": "60"}}, "criteria", "needs criteria"),
            ({"criteria": [SCALE]}, "criteria", "sum to 100"),
            ({"criteria": [SCALE, SCALE]}, "criteria", "one code twice"),
            ({"criteria": [SCALE, QUALITY | {"title": " "}]}, "criteria.1.title", "not a text"),
            ({"criteria": [SCALE | {"weight": "1"}]}, "criteria.0.weight", "not known"),
            ({"criteria": {}}, "criteria", "not a list"),
            ({"committee": COMMITTEE | {"size": 4}}, "committee.size", "at least 5"),
            ({"committee": COMMITTEE | {"size": 6}}, "committee.size", "odd"),
            ({"committee": COMMITTEE | {"outside_share": "2"}}, "committee.outside_share", "at most 1"),
            ({"conduct_deduction": "101"}, "conduct_deduction", "at most 100"),
            ({"price": "uniform", "abnormally_low": "0.5"}, "abnormally_low", "uniform price"),
            ({"price": "uniform", "entry": {"multiple": "1.8"}}, "entry", "uniform price"),
        ],
    )
    def test_says_which_parameter_it_cannot_use(self, parameters: dict[str, Any], place: str, problem: str) -> None:
        with pytest.raises(UnfitParameter, match=problem) as refusal:
            ProcedureRules.read(parameters)
        assert refusal.value.name == place


class TestTables:
    @pytest.mark.parametrize(
        ("bidders", "most"),
        [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (8, 5), (9, 6), (40, 6)],
    )
    def test_the_last_row_reached_gives_the_most_winners(self, bidders: int, most: int) -> None:
        assert ProcedureRules.read(JANUARY_2020).most_winners(bidders) == most

    @pytest.mark.parametrize(
        ("winners", "share", "years"), [(1, "0.5", 1), (2, "0.6", 1), (3, "0.7", 2), (6, "0.8", 3)]
    )
    def test_share_and_term_follow_the_number_of_winners(self, winners: int, share: str, years: int) -> None:
        rules = ProcedureRules.read(JANUARY_2020)
        assert (rules.agreed_share(winners), rules.term_years(winners)) == (Decimal(share), years)

    def test_all_is_agreed_for_the_dates_of_the_tender_where_nothing_is_stated(self) -> None:
        assert (ProcedureRules().agreed_share(3), ProcedureRules().term_years(3)) == (Decimal(1), None)


class TestCommittee:
    @pytest.mark.parametrize(("size", "outside"), [(5, 4), (7, 5), (9, 6), (15, 10)])
    def test_two_thirds_are_as_many_as_two_thirds_are(self, size: int, outside: int) -> None:
        assert CommitteeRule(size, Decimal("0.6667"), Decimal(0)).outside_members == outside

    @given(st.integers(2, 30).map(lambda half: 2 * half + 1), st.decimals("0", "1", places=4))
    def test_one_member_less_falls_short_of_the_share(self, size: int, share: Decimal) -> None:
        members = CommitteeRule(size, Decimal(1), share).primary_members
        assert Decimal(members) / size > share - Decimal("0.0001")
        assert members == 0 or Decimal(members - 1) / size < share
