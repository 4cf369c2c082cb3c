from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.procedure_rules import ProcedureRules
from procurement.rules.volumes import agreed_quantities, supply_until

RULES = ProcedureRules.read(
    {"volume_shares": [[1, "0.5"], [2, "0.6"], [3, "0.7"], [4, "0.8"]], "terms": [[1, 1], [3, 2], [4, 3]]}
)


class TestAgreedQuantities:
    @pytest.mark.parametrize(
        ("winners", "expected"), [(1, {"a": 50, "b": 5}), (2, {"a": 60, "b": 6}), (5, {"a": 80, "b": 8})]
    )
    def test_follow_the_number_of_winners(self, winners: int, expected: dict[str, int]) -> None:
        assert agreed_quantities({"a": 100, "b": 10}, winners=winners, rules=RULES) == expected

    def test_are_what_was_reported_where_no_share_is_stated(self) -> None:
        assert agreed_quantities({"a": 3, "b": 0}, winners=2, rules=ProcedureRules()) == {"a": 3, "b": 0}

    def test_are_nothing_where_nothing_was_reported(self) -> None:
        assert agreed_quantities({"a": 0}, winners=2, rules=RULES) == {"a": 0}

    @given(st.dictionaries(st.text("abcdef", min_size=1), st.integers(0, 10**12), min_size=1), st.integers(1, 9))
    def test_sum_to_the_share_of_the_sum(self, reported: dict[str, int], winners: int) -> None:
        agreed = agreed_quantities(reported, winners=winners, rules=RULES)
        exact = sum(reported.values()) * RULES.agreed_share(winners)
        assert abs(sum(agreed.values()) - exact) <= Decimal("0.5")
        assert all(0 <= agreed[area] <= reported[area] for area in reported)


class TestSupplyUntil:
    @pytest.mark.parametrize(
        ("winners", "until"), [(1, date(2025, 2, 28)), (3, date(2026, 2, 28)), (6, date(2027, 2, 28))]
    )
    def test_follows_the_number_of_winners(self, winners: int, until: date) -> None:
        assert supply_until(date(2024, 2, 29), winners=winners, rules=RULES) == until

    def test_is_left_to_the_tender_where_no_term_is_stated(self) -> None:
        assert supply_until(date(2024, 2, 29), winners=1, rules=ProcedureRules()) is None
