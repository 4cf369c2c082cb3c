from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.models import Product
from catalog.rules.supply_rules import SupplyRules
from distribution.models import LotHold, ReserveRelease
from distribution.queries.province_stock import spares, warning_counts
from distribution.queries.reserve import overdue_refills, standings
from distribution.queries.stock import monthly_use, positions
from distribution.rules.redistribution import Spare
from distribution.states import HoldKind
from tests import factories
from tests.cast import HENAN, ZHONGYUAN, Cast
from tests.factories import NOW, TODAY, ago, fresh

RULES = SupplyRules()


@pytest.fixture
def product(cast: Cast) -> Product:
    return factories.product(cast.supplier_firm)


@pytest.fixture
def other(cast: Cast) -> Product:
    return factories.product(cast.supplier_firm, factories.presentation("头孢拉定", "胶囊剂", "0.25g"))


class TestMonthlyUse:
    def test_is_what_went_to_patients_in_the_last_months(self, cast: Cast, product: Product, other: Product) -> None:
        factories.used(cast.pharmacist, product, 30, at=ago(days=80))
        factories.used(cast.pharmacist, product, 60)
        factories.used(cast.pharmacist, other, 5, at=ago(days=100))
        factories.used(cast.outsider, product, 7)
        assert monthly_use(cast.hospital.pk, at=NOW, months=3) == {product.pk: Decimal(30)}


class TestPositions:
    def test_tell_by_product_what_is_there_used_and_to_be_looked_at(
        self, cast: Cast, product: Product, other: Product
    ) -> None:
        for units, days, lot_number in ((10, -1, ""), (20, 30, "NEAR"), (40, 400, ""), (80, 500, "HELD")):
            factories.stock_lot(cast.pharmacist, product, units, days=days, lot_number=lot_number)
        LotHold.objects.create(
            product=product, lot_number="held", kind=HoldKind.RECALL, reason="x", source="x", held_at=NOW
        )
        # stops ordering, and nothing that is there
        LotHold.objects.create(
            product=product, kind=HoldKind.PRICE_ALARM, province_id=HENAN, reason="x", source="x", held_at=NOW
        )
        factories.used(cast.pharmacist, product, 300)
        factories.used(cast.pharmacist, other, 3)
        factories.filled_reserve(cast, product)
        first, second = positions(cast.hospital.pk, at=NOW, rules=RULES)
        assert (first.product, first.units, first.usable, first.monthly_use, first.first_expiry) == (
            product,
            150,
            60,
            Decimal(100),
            TODAY + timedelta(days=30),
        )
        assert first.warnings == ("expired", "held", "near_expiry", "low")
        assert (second.product, second.units, second.warnings) == (other, 0, ("stock_out",))
        assert [row.product for row in positions(cast.hospital.pk, at=NOW, rules=RULES, products=[other.pk])] == [other]
        # the same as a set over the whole province
        assert warning_counts(HENAN, at=NOW, rules=RULES) == {
            cast.hospital.pk: {"expired": 1, "held": 1, "near_expiry": 1, "stock_out": 1, "low": 1}
        }


class TestSpares:
    def test_are_told_of_products_that_somebody_in_the_province_lacks(
        self, cast: Cast, product: Product, other: Product
    ) -> None:
        neighbour = factories.neighbour()
        factories.used(cast.pharmacist, product, 10)
        factories.used(cast.pharmacist, other, 3)
        factories.stock_lot(cast.pharmacist, other, 1)
        factories.stock_lot(factories.pharmacist_of(neighbour), product, 50)
        factories.stock_lot(factories.pharmacist_of(neighbour), product, 70, days=-1)
        factories.stock_lot(cast.outsider, product, 90)
        assert sorted(spares(HENAN, at=NOW, rules=RULES), key=lambda spare: spare.units) == [
            Spare(cast.hospital.pk, ZHONGYUAN, product.pk, -4),
            Spare(neighbour.pk, ZHONGYUAN, product.pk, 50),
        ]
        assert spares(HENAN, at=NOW, rules=RULES, products=[other.pk]) == []


class TestStandings:
    def test_count_what_may_be_used_against_the_floor(self, cast: Cast, product: Product) -> None:
        plan = factories.filled_reserve(cast, product, fresh(600, lot_number="GOOD", days=900), fresh(200, days=300))
        standing = standings([plan], today=TODAY + timedelta(days=200), rules=RULES)[plan.pk]
        assert (standing.units, standing.usable, standing.floor, standing.is_below_floor) == (800, 800, 700, False)
        assert [lot.units for lot in standing.due_lots] == [200]
        standing = standings([plan], today=TODAY + timedelta(days=301), rules=RULES)[plan.pk]
        assert (standing.usable, standing.is_below_floor, standing.due_lots) == (600, True, ())


class TestOverdueRefills:
    def test_are_what_was_issued_and_not_replaced_in_time(self, cast: Cast, product: Product) -> None:
        factories.issued_release(cast, factories.filled_reserve(cast, product))
        releases = ReserveRelease.objects.all()
        assert not overdue_refills(releases, TODAY + timedelta(days=30)).exists()
        assert overdue_refills(releases, TODAY + timedelta(days=31)).exists()
