"""Two officers who settle the same invoice at the same moment."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import IntegrityError

from distribution.errors import NothingToSettle
from distribution.models import Settlement, SettlementLine
from distribution.services import settlements
from distribution.services.settlements import draw_up_settlements
from tests import factories
from tests.cast import Cast
from tests.concurrency.threads import at_once, meeting
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _owed(cast: Cast, rule_sets: object) -> None:
    """Sixty yuan."""
    factories.invoice(cast, factories.receipt(cast).despatch.order)


def draw_up_twice(cast: Cast) -> list[object]:
    return at_once(
        *(partial(draw_up_settlements, actor=officer, at=NOW) for officer in (cast.officer, cast.second_officer))
    )


class TestDrawingUp:
    def test_without_the_lock_both_find_it_unpaid_and_the_database_keeps_one_out(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settlements, "_lock_invoices", lambda ids: None)
        monkeypatch.setattr(
            settlements.Settlement.objects, "bulk_create", meeting(settlements.Settlement.objects.bulk_create)
        )
        outcomes = draw_up_twice(cast)
        assert any(isinstance(outcome, IntegrityError) for outcome in outcomes), outcomes
        assert SettlementLine.objects.count() == 1

    def test_with_it_the_second_one_is_told_that_nothing_is_left(self, cast: Cast) -> None:
        outcomes = draw_up_twice(cast)
        assert any(isinstance(outcome, NothingToSettle) for outcome in outcomes), outcomes
        assert Settlement.objects.count() == SettlementLine.objects.count() == 1
