"""Several pharmacists at the same shelf at the same moment."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction

from catalog.foundation.errors import RulesBroken
from catalog.models import Product
from distribution.errors import NotEnoughToIssue
from distribution.models import StockEntry, StockLot
from distribution.services.counts import Found, count_stock
from distribution.services.issues import Wish, issue_stock
from distribution.states import StockMove
from tests import factories
from tests.cast import Cast
from tests.concurrency.threads import at_once, kinds, meeting
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def product(cast: Cast) -> Product:
    return factories.product(cast.supplier_firm)


@pytest.fixture
def lots(cast: Cast, product: Product) -> list[StockLot]:
    """Forty units in four lots."""
    return [factories.stock_lot(cast.pharmacist, product, 10, days=100 + number) for number in range(4)]


def issue(cast: Cast, product: Product, units: int) -> int:
    return sum(lot.units for lot in issue_stock(wishes=[Wish(product.code, units)], actor=cast.pharmacist, at=NOW))


class TestIssue:
    def test_of_the_last_units_by_many_at_once_gives_each_unit_to_one(
        self, cast: Cast, product: Product, lots: list[StockLot]
    ) -> None:
        outcomes = at_once(*[partial(issue, cast, product, 7)] * 8)
        # five times seven of forty; the other three are told that five are left
        assert kinds(outcomes) == ["RulesBroken"] * 3 + ["int"] * 5, outcomes
        told = [error for outcome in outcomes if isinstance(outcome, RulesBroken) for error in outcome.errors]
        assert [(type(error), error.facts["available"]) for error in told] == [(NotEnoughToIssue, 5)] * 3
        assert sum(StockLot.objects.values_list("units", flat=True)) == 5
        assert -sum(StockEntry.objects.filter(kind=StockMove.ISSUE).values_list("units", flat=True)) == 35

    def test_beside_a_count_waits_or_is_counted(self, cast: Cast, product: Product, lots: list[StockLot]) -> None:
        count = partial(
            count_stock, found=[Found(lot.pk, 9, "破损") for lot in reversed(lots)], actor=cast.pharmacist, at=NOW
        )
        outcomes = at_once(count, *[partial(issue, cast, product, 3)] * 2)
        assert kinds(outcomes) == ["StockCount", "int", "int"], outcomes
        for lot in StockLot.objects.all():
            assert lot.units == sum(lot.entries.values_list("units", flat=True))

    def test_that_reads_and_then_writes_gives_the_same_units_twice(
        self, cast: Cast, product: Product, lots: list[StockLot]
    ) -> None:
        decide = meeting(lambda units: units >= 10)

        def naive() -> bool:
            with transaction.atomic():
                lot = StockLot.objects.get(pk=lots[0].pk)
                if not decide(lot.units):
                    return False
                StockLot.objects.filter(pk=lot.pk).update(units=lot.units - 10)
                return True

        assert at_once(naive, naive) == [True, True]
        assert StockLot.objects.get(pk=lots[0].pk).units == 0
