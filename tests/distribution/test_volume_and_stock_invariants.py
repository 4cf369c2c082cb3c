"""Whatever is ordered, answered, sent, received, returned and closed by whom: volumes and stock are in balance."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast, make_cast, make_rule_sets
from tests.concurrency.threads import at_once, kinds
from tests.distribution.trade import Trade, assert_balanced

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

STEPS = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 9), st.integers(0, 23)), min_size=10, max_size=20)


def make_trade() -> tuple[Trade, int]:
    """The hospital and its two suppliers with an order at every stage, and how many units are agreed."""
    cast: Cast = make_cast()
    make_rule_sets()
    main, backup = factories.main_and_backup(cast)
    agreed = sum(AgreementLine.objects.values_list("agreed_quantity", flat=True))
    for stage in (factories.placed_order, factories.confirmed_order, factories.despatch, factories.receipt):
        stage(cast, {main: 20})
    return Trade(cast, [main.pk, backup.pk]), agreed


@pytest.fixture
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Trade, int]]:
    """One for all sequences, each of which undoes what it did."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_trade()
        transaction.set_rollback(True)


class TestAnySequence:
    @given(steps=STEPS)
    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    def test_keeps_agreed_volumes_and_stock_in_balance_at_every_moment(
        self, world: tuple[Trade, int], steps: list[tuple[int, int, int]]
    ) -> None:
        trade, agreed = world
        with transaction.atomic():
            for step in steps:
                trade.step(*step)
                assert_balanced(agreed)
            transaction.set_rollback(True)


class TestSeveralAtOnce:
    @pytest.mark.django_db(transaction=True)
    def test_leave_them_in_balance(self) -> None:
        trade, agreed = make_trade()

        def work(number: int) -> int:
            draw, own = random.Random(number), Trade(trade.cast, trade.lines)
            for _step in range(16):
                own.step(draw.randrange(100), draw.randrange(10), draw.randrange(24))
            return sum(not name.endswith("refused") for name in own.done)

        outcomes = at_once(*(partial(work, number) for number in range(4)))
        assert kinds(outcomes) == ["int"] * 4, outcomes
        assert sum(outcomes) > 20
        assert_balanced(agreed)
