"""The numbers of the two-by-two table of the domain sheet, and what must hold of every table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.safety_rules import SafetyRules
from distribution.rules.signals import Counts, Method, methods_passed, statistics, told

SHEET = Counts(a=12, b=188, c=40, d=9760)
ALL = tuple(Method)
counts = st.integers(1, 500)
rest = st.integers(0, 50_000)
tables = st.builds(Counts, a=counts, b=rest, c=rest, d=rest)
full_tables = st.builds(Counts, a=counts, b=counts, c=counts, d=counts)


def passed(table: Counts, rules: SafetyRules | None = None) -> tuple[Method, ...]:
    return methods_passed(table, statistics(table), rules or SafetyRules())


class TestStatistics:
    def test_are_those_of_the_domain_sheet(self) -> None:
        found = statistics(SHEET)
        assert found.prr.value == pytest.approx(14.70, abs=0.005)
        assert found.ror.value == pytest.approx(15.574, abs=0.0005)
        assert (found.ror.lower, found.ror.upper) == pytest.approx((8.041, 30.165), abs=0.0005)
        assert found.chi_squared == pytest.approx(118.475, abs=0.0005)
        assert found.yates == pytest.approx(107.911, abs=0.001)
        # 1.04 expected: log2(12.5 / 1.54), and Norén's fall
        assert (found.ic, found.ic_lower) == pytest.approx((3.0209, 2.0423), abs=0.0005)

    @given(tables)
    def test_lie_within_their_bounds(self, table: Counts) -> None:
        found = statistics(table)
        for interval in (found.prr, found.ror):
            assert 0 < interval.lower <= interval.value <= interval.upper
        assert 0 <= found.yates <= found.chi_squared
        assert found.ic_lower < found.ic

    @given(full_tables)
    def test_of_products_and_events_changed_about_are_the_same(self, table: Counts) -> None:
        found, mirrored = statistics(table), statistics(Counts(table.a, table.c, table.b, table.d))
        assert mirrored.ror.value == pytest.approx(found.ror.value)
        assert mirrored.chi_squared == pytest.approx(found.chi_squared)
        assert mirrored.ic == pytest.approx(found.ic)

    @given(counts, counts, st.integers(1, 20))
    def test_of_what_does_not_depend_on_the_product_are_those_of_chance(self, a: int, b: int, times: int) -> None:
        found = statistics(Counts(a, b, a * times, b * times))
        assert (found.prr.value, found.ror.value) == pytest.approx((1, 1))
        assert found.chi_squared == pytest.approx(0, abs=1e-6)
        assert passed(Counts(a, b, a * times, b * times)) == ()

    @given(full_tables)
    def test_grow_with_one_report_more_of_the_event(self, table: Counts) -> None:
        before, after = statistics(table), statistics(Counts(table.a + 1, table.b, table.c, table.d))
        assert after.prr.value > before.prr.value
        assert after.ror.value > before.ror.value

    def test_are_kept_with_the_counts(self) -> None:
        kept = told(SHEET, statistics(SHEET))
        assert (kept["a"], kept["d"], kept["ror"]["lower"]) == (12, 9760, pytest.approx(8.041, abs=0.0005))


class TestMethodsPassed:
    @pytest.mark.parametrize(
        ("table", "methods"),
        [
            (SHEET, ALL),
            # two reports are too few, however rare the event
            (Counts(2, 10, 1, 9987), ()),
            # from three on PRR and ROR speak, from five on the EMA's reading
            (Counts(3, 10, 1, 9986), (Method.PRR, Method.ROR, Method.IC)),
            (Counts(4, 96, 10, 890), (Method.PRR, Method.ROR)),
            (Counts(5, 10, 1, 9984), ALL),
            # an event that is reported of no other product
            (Counts(5, 10, 0, 9985), ALL),
            # twice as often is often enough, and a little less is not
            (Counts(100, 900, 50, 950), ALL),
            (Counts(99, 901, 50, 950), (Method.ROR, Method.EMA, Method.IC)),
            (Counts(1, 1, 1, 1), ()),
        ],
    )
    def test_are_those_whose_threshold_is_reached(self, table: Counts, methods: tuple[Method, ...]) -> None:
        assert passed(table) == methods

    def test_follow_the_rules_in_force(self) -> None:
        assert Method.PRR not in passed(SHEET, SafetyRules(prr_least_reports=13))
        assert Method.EMA not in passed(SHEET, SafetyRules(ema_least_reports=13))
