"""Many institutions call off the same agreed volumes at the same moment."""

from __future__ import annotations

import random
from functools import partial

import pytest
from django.db import transaction

from procurement.models import AgreementLine, VolumeEntry
from procurement.services.volumes import give_back_volume, take_volume
from tests import factories
from tests.cast import Cast
from tests.concurrency.threads import at_once, kinds, meeting
from tests.factories import NOW
from tests.procurement.ledger import assert_ledger_equals_balance

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rule_sets")]

THREADS, ROUNDS, UNITS = 8, 6, 100
MEDICINES = ("阿莫西林", "头孢拉定", "阿司匹林", "布洛芬")


@pytest.fixture
def line_ids(cast: Cast) -> list[int]:
    """Four lines of which thirty call-offs of 100 units are left, while forty-eight will come."""
    lines = factories.agreement_lines(cast, MEDICINES)
    left = 30 * UNITS
    take_volume({line.pk: line.agreed_quantity - left for line in lines}, reference="before", at=NOW)
    return [line.pk for line in lines]


def call_off(line_ids: list[int], name: str) -> int:
    """Several documents of one institution, each with all lines in an order of its own; how many lines it got."""
    shuffled = random.Random(name)
    got = 0
    for number in range(ROUNDS):
        wanted = dict.fromkeys(shuffled.sample(line_ids, len(line_ids)), UNITS)
        with transaction.atomic():
            got += len(take_volume(wanted, reference=f"{name}/{number}", at=NOW))
    return got


class TestTakeVolume:
    def test_by_many_at_once_never_oversells_and_never_locks_up(self, line_ids: list[int]) -> None:
        outcomes = at_once(*(partial(call_off, line_ids, f"RQ{number}") for number in range(THREADS)))
        assert kinds(outcomes) == ["int"] * THREADS, outcomes
        # all that was left went out, and nothing more
        assert sum(outcomes) == 30 * len(line_ids)
        for line in AgreementLine.objects.filter(pk__in=line_ids):
            assert line.remaining_quantity == 0
        assert VolumeEntry.objects.filter(reference__startswith="RQ").count() == sum(outcomes)
        assert_ledger_equals_balance()

    def test_beside_those_who_give_back_stays_in_balance(self, line_ids: list[int]) -> None:
        def give_back(name: str) -> int:
            shuffled = random.Random(name)
            for number in range(ROUNDS):
                with transaction.atomic():
                    given = dict.fromkeys(shuffled.sample(line_ids, len(line_ids)), UNITS)
                    give_back_volume(given, reference=f"{name}/{number}", at=NOW)
            return 0

        takers = [partial(call_off, line_ids, f"RQ{number}") for number in range(4)]
        givers = [partial(give_back, f"PO{number}") for number in range(4)]
        outcomes = at_once(*takers, *givers)
        assert kinds(outcomes) == ["int"] * 8, outcomes
        assert_ledger_equals_balance()


class TestTheRaceThatItAvoids:
    def test_reading_then_checking_then_writing_sells_the_same_units_twice(self, line_ids: list[int]) -> None:
        line_id = line_ids[0]
        before = AgreementLine.objects.get(pk=line_id)
        decide = meeting(lambda remaining: remaining >= before.remaining_quantity)

        def naive() -> bool:
            with transaction.atomic():
                line = AgreementLine.objects.get(pk=line_id)
                if not decide(line.remaining_quantity):
                    return False
                line.called_off_quantity += before.remaining_quantity
                line.save(update_fields=["called_off_quantity"])
                return True

        sold = [outcome for outcome in at_once(naive, naive) if outcome is True]
        # two have been promised all that was left; the balance knows of one of them
        assert len(sold) == 2
        assert AgreementLine.objects.get(pk=line_id).called_off_quantity == before.agreed_quantity

    def test_locking_in_any_order_waits_in_a_circle(self, line_ids: list[int]) -> None:
        locked_first = meeting(lambda: None)

        def naive(one: int, other: int) -> bool:
            with transaction.atomic():
                AgreementLine.objects.select_for_update().get(pk=one)
                locked_first()
                AgreementLine.objects.select_for_update().get(pk=other)
                return True

        outcomes = at_once(partial(naive, *line_ids[:2]), partial(naive, *line_ids[1::-1]))
        assert kinds(outcomes) == ["OperationalError", "bool"]
