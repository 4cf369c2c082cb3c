from __future__ import annotations

from datetime import date
from decimal import Decimal

from distribution.queries import RetailMedian, retail_medians
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.config.products import hospitals, sell

JANUARY, MARCH = date(2024, 1, 1), date(2024, 3, 1)
YEAR = (date(2024, 1, 1), date(2025, 1, 1))


class TestRetailMedians:
    def test_is_the_middle_of_each_month(self, cast: Cast) -> None:
        product = factories.product(cast.supplier_firm)
        one, two = hospitals(2)
        sell(product, {date(2024, 1, 1): "5.00", date(2024, 1, 31): "9.00", date(2024, 3, 5): "7.00"}, at=one)
        sell(product, {date(2024, 1, 15): "6.00", date(2024, 3, 5): "7.01"}, at=two)
        assert retail_medians(product, *YEAR) == [
            RetailMedian(JANUARY, Decimal("6.00"), 3),
            RetailMedian(MARCH, Decimal("7.005"), 2),
        ]

    def test_is_of_one_province_or_of_all(self, cast: Cast) -> None:
        product = factories.product(cast.supplier_firm)
        sell(product, {JANUARY: "5.00"}, at=cast.hospital)
        sell(product, {JANUARY: "6.00"}, at=cast.other_hospital)
        found = {code: retail_medians(product, *YEAR, code)[0].median for code in (HENAN, HUBEI, "")}
        assert found == {HENAN: Decimal(5), HUBEI: Decimal(6), "": Decimal("5.5")}

    def test_counts_the_first_day_and_not_the_last(self, cast: Cast) -> None:
        product, other = factories.product(cast.supplier_firm), factories.product(cast.rival_firm)
        sell(product, dict.fromkeys([date(2023, 12, 31), *YEAR], "5.00"), at=cast.hospital)
        sell(other, {JANUARY: "9.00"}, at=cast.hospital)
        assert retail_medians(product, *YEAR) == [RetailMedian(JANUARY, Decimal(5), 1)]
