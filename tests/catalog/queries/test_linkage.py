"""Where a province pays more than others do, and where more than the ceiling of today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product, Region
from catalog.queries.ceiling_breaches import prices_above_ceiling
from catalog.queries.linkage import lower_elsewhere, prices_by_province
from catalog.services.product_life import suspend_product, withdraw_product
from catalog.states import RegionLevel
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.prices_paid import pays
from tests.factories import NOW

ON = date(2026, 7, 1)
JIANGSU = "320000"


@pytest.fixture
def product(cast: Cast) -> Product:
    """Amoxicillin under a guide price of 8.72."""
    Region.objects.create(code=JIANGSU, name="江苏省", level=RegionLevel.PROVINCE)
    factories.guide_price()
    return factories.product(cast.supplier_firm)


class TestLowerElsewhere:
    def test_names_the_lowest_province_and_counts_all_that_pay_less(self, product: Product) -> None:
        own = pays(product, "8.00")
        pays(product, "6.00", HUBEI)
        pays(product, "5.00", JIANGSU)
        [row] = lower_elsewhere(HENAN, ON)
        assert (row.price_id, row.product_id) == (own.pk, product.pk)
        assert (row.lowest, row.cheapest_province_id, row.province_count) == (Decimal(5), JIANGSU, 2)
        assert (row.saving, row.percent) == (Decimal(3), Decimal("37.50"))

    def test_names_the_first_province_by_code_of_several_that_pay_the_same(self, product: Product) -> None:
        pays(product, "8.00")
        pays(product, "5.00", HUBEI)
        pays(product, "5.00", JIANGSU)
        assert lower_elsewhere(HENAN, ON)[0].cheapest_province_id == JIANGSU

    @pytest.mark.parametrize("other", ["8.00", "8.01"])
    def test_leaves_out_what_is_no_lower(self, product: Product, other: str) -> None:
        pays(product, "8.00")
        pays(product, other, HUBEI)
        assert lower_elsewhere(HENAN, ON) == []

    @pytest.mark.parametrize(
        "period",
        [{"valid_until": ON}, {"valid_from": ON + timedelta(days=1)}],
        ids=["ended the day before", "begins the day after"],
    )
    def test_leaves_out_prices_of_other_days(self, product: Product, period: dict[str, Any]) -> None:
        pays(product, "8.00")
        pays(product, "5.00", HUBEI, **period)
        assert lower_elsewhere(HENAN, ON) == []

    @pytest.mark.parametrize("service", [suspend_product, withdraw_product])
    def test_leaves_out_what_does_not_trade(
        self, cast: Cast, product: Product, service: Callable[..., Product]
    ) -> None:
        pays(product, "8.00")
        pays(product, "5.00", HUBEI)
        service(product_id=product.pk, reason="停产", actor=cast.officer, at=NOW)
        assert lower_elsewhere(HENAN, ON) == []

    def test_leaves_out_what_the_province_does_not_buy(self, product: Product) -> None:
        pays(product, "5.00", HUBEI)
        assert lower_elsewhere(HENAN, ON) == []
        assert lower_elsewhere(HUBEI, ON) == []

    def test_puts_the_largest_saving_first_in_one_statement(self, product: Product, cast: Cast) -> None:
        factories.guide_price(pack_quantity=12, price="8.72")
        rival = factories.product(cast.rival_firm, pack_quantity=12)
        for item, own, other in ((product, "8.00", "7.99"), (rival, "2.00", "1.00")):
            pays(item, own)
            pays(item, other, HUBEI)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            found = lower_elsewhere(HENAN, ON)
        assert [row.product_id for row in found] == [rival.pk, product.pk]
        assert len(captured) == 1


class TestPricesByProvince:
    def test_are_in_order_of_the_price(self, product: Product) -> None:
        pays(product, "8.00")
        pays(product, "5.00", HUBEI)
        assert [row.province_id for row in prices_by_province(product.pk, ON)] == [HUBEI, HENAN]


class TestPricesAboveCeiling:
    def test_are_found_once_a_later_decision_has_lowered_it(self, product: Product) -> None:
        price = pays(product, "8.00")
        pays(product, "5.00", HUBEI)
        assert prices_above_ceiling(ON) == []
        factories.guide_price(price="6.00", valid_from=ON)
        assert prices_above_ceiling(ON) == [price.pk]
        assert prices_above_ceiling(ON, HUBEI) == []

    @pytest.mark.usefixtures("rule_sets")
    def test_are_found_where_the_ceiling_is_derived(self, cast: Cast) -> None:
        factories.guide_price(price="10.00", is_representative=True)
        product = factories.product(cast.supplier_firm, pack_quantity=48)
        price = pays(product, "19.00")
        assert price.ceiling_steps
        factories.guide_price(price="5.00", is_representative=True, valid_from=ON)
        assert prices_above_ceiling(ON) == [price.pk]

    def test_are_not_looked_for_where_there_is_no_ceiling_any_more(self, cast: Cast) -> None:
        factories.guide_price(valid_until=ON)
        pays(factories.product(cast.supplier_firm), "8.00")
        assert prices_above_ceiling(ON) == []
