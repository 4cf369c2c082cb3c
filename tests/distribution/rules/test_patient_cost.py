"""The patient's part before and after a tender."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.reimbursement import Terms
from distribution.rules.patient_cost import (
    PriceChange,
    Standing,
    packs_for,
    part_change,
    retail_change,
    settle_together,
)

ESSENTIAL = Standing("A", Decimal(0), True)
OTHER = Standing("B", Decimal("0.1"), False)
TOWNSHIP = Terms(Decimal("0.70"), Decimal("0.10"))


class TestRetailChange:
    @pytest.mark.parametrize(
        ("former", "markup", "before", "after", "by"),
        [
            ("8.00", "0", "8.00", "5.00", "price"),
            # where nothing was agreed before, the ceiling is what a patient could be asked for
            (None, "0", "10.00", "5.00", "ceiling"),
            ("8.00", "0.15", "9.20", "5.75", "price"),
            # no mark-up goes above the ceiling
            ("9.50", "0.15", "10.00", "5.75", "price"),
        ],
    )
    def test_compares_what_retail_could_cost(
        self, former: str | None, markup: str, before: str, after: str, by: str
    ) -> None:
        change, evidence = retail_change(
            former=None if former is None else Decimal(former),
            ceiling=Decimal("10.00"),
            price=Decimal("5.00"),
            markup=Decimal(markup),
        )

        assert change == PriceChange(Decimal(before), Decimal(after), by)
        assert change.saving == Decimal(before) - Decimal(after)
        assert (evidence["rule"], evidence["before_by"]) == ("CN.2009-78.patient-part", by)


class TestPartChange:
    def test_pays_essential_medicines_at_the_higher_rate(self) -> None:
        """Township, base 70 %, bonus 10: of 100.00 the fund pays 80.00; of list B with 10 % first, 63.00."""
        change = PriceChange(Decimal("100.00"), Decimal("40.00"), "price")

        essential = part_change(change, Decimal(1), ESSENTIAL, TOWNSHIP)
        other = part_change(change, Decimal(1), OTHER, TOWNSHIP)

        assert (essential.before.paid_by_patient, essential.after.paid_by_patient) == (
            Decimal("20.00"),
            Decimal("8.00"),
        )
        assert (essential.patient_saves, essential.fund_saves) == (Decimal("12.00"), Decimal("48.00"))
        assert other.before.paid_by_fund == Decimal("63.00")
        assert other.before.paid_by_patient == Decimal("37.00")

    def test_counts_the_deductible_as_used_up(self) -> None:
        change = PriceChange(Decimal("10.00"), Decimal("5.00"), "price")
        terms = Terms(Decimal("0.70"), Decimal("0.10"), deductible=Decimal(500))

        assert part_change(change, Decimal(2), ESSENTIAL, terms).after.paid_by_patient == Decimal("2.00")

    @given(
        st.decimals("0.01", 500, places=2),
        st.decimals("0.01", 500, places=2),
        st.integers(1, 40),
        st.sampled_from([ESSENTIAL, OTHER, Standing("", Decimal(0), False)]),
    )
    def test_shares_the_whole_saving_between_patient_and_fund(
        self, before: Decimal, after: Decimal, packs: int, standing: Standing
    ) -> None:
        change = PriceChange(before, after, "price")

        part = part_change(change, Decimal(packs), standing, TOWNSHIP)

        assert part.patient_saves + part.fund_saves == change.saving * packs


class TestPacksFor:
    @pytest.mark.parametrize(("units", "packs"), [("1", "1"), ("24", "1"), ("25", "2"), ("42", "2")])
    def test_are_whole(self, units: str, packs: str) -> None:
        assert packs_for(Decimal(units), 24) == Decimal(packs)


class TestSettleTogether:
    def test_leaves_out_what_limits_a_single_patient(self) -> None:
        terms = Terms(Decimal("0.70"), Decimal("0.10"), deductible=Decimal(500), cap=Decimal(10))

        settled = settle_together([(Decimal("1000.00"), ESSENTIAL), (Decimal("1000.00"), OTHER)], terms)

        assert (settled.paid_by_fund, settled.paid_by_patient) == (Decimal("1430.00"), Decimal("570.00"))
