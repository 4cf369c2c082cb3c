"""The sums that lots are built from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from procurement.queries import demand_by_province, demand_totals
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.factories import TODAY


class TestDemandByProvince:
    def test_counts_what_the_province_confirmed(self, cast: Cast) -> None:
        asked, capsules = factories.demand_round(cast), factories.presentation()
        for reporter in (cast.buyer, cast.outsider):
            factories.demand_report(asked, {capsules: 10}, reporter)
        factories.confirm_all(asked, factories.health_officer(), cast.foreign_officer)
        assert demand_by_province(asked, [capsules.pk], [HENAN, HUBEI]) == {HUBEI: 10}
        factories.confirm_all(asked, cast.officer)
        assert demand_by_province(asked, [capsules.pk], [HENAN, HUBEI]) == {HENAN: 10, HUBEI: 10}


class TestDemandTotals:
    def test_suggest_a_lot_for_each_medicine_and_form(self, cast: Cast) -> None:
        quarter, half = factories.presentation(), factories.presentation(strength="0.5g")
        tablets = factories.presentation(form="片剂")
        factories.guide_price(half, price="12.00")
        factories.guide_price(half, pack_quantity=12, price="7.20")
        asked = factories.demand_round(cast)
        factories.demand_report(asked, {quarter: 100, half: 70, tablets: 5}, cast.buyer)
        factories.demand_report(asked, {half: 60}, cast.outsider)
        factories.confirm_all(asked, cast.officer, cast.foreign_officer)
        other, capsules = demand_totals(asked, [HENAN, HUBEI], on=TODAY)
        assert (capsules.number, capsules.presentation, capsules.quantity) == (2, half, 230)
        assert capsules.by_presentation == {quarter.pk: 100, half.pk: 130}
        assert capsules.by_province == {HENAN: 170, HUBEI: 60}
        # the dearest unit: 7.20 for 12, not 12.00 for 24
        assert capsules.guide_price == Decimal("0.6")
        assert (other.number, other.presentation, other.quantities) == (1, tablets, {(tablets.pk, HENAN): 5})
        assert other.guide_price is None

    def test_are_of_the_provinces_that_take_part(self, cast: Cast) -> None:
        [group] = demand_totals(factories.demand(cast), [HUBEI], on=TODAY)
        assert group.by_province == {HUBEI: 120_000}

    def test_leave_out_what_nobody_confirmed(self, cast: Cast) -> None:
        asked = factories.demand_round(cast)
        factories.demand_report(asked, {factories.presentation(): 1}, cast.buyer)
        assert demand_totals(asked, [HENAN], on=TODAY) == []

    @pytest.mark.parametrize("medicines", [1, 20])
    def test_cost_three_queries(self, cast: Cast, medicines: int, django_assert_num_queries: Any) -> None:
        items = [factories.presentation(f"药{number}") for number in range(medicines)]
        asked = factories.demand(cast, items)
        with django_assert_num_queries(3):
            assert len(demand_totals(asked, [HENAN, HUBEI], on=TODAY)) == medicines
