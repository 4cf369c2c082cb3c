"""What is odd in orders: each pattern planted at its threshold, and beside it what falls short of it by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.utils.timezone import localtime

from catalog.accounts.kinds import Role, Tier
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import RuleSet
from catalog.rules.order_screen_rules import OrderScreenRules
from distribution.models import Requisition, RequisitionLine
from distribution.queries.order_patterns import odd_orders
from distribution.rules.order_patterns import OddOrders, Pattern
from distribution.states import RequisitionStatus
from procurement.models import AgreementLine
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, make_cast, make_rule_sets
from tests.factories import NOW

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

RULES = OrderScreenRules(one_approver_count=3)
NOON = localtime(NOW).replace(hour=12, minute=0, second=0, microsecond=0)
LIMIT = Decimal(600)  # a hundred packs at 6.00


@pytest.fixture(scope="module")
def lasting(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Cast, AgreementLine]]:
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        make_rule_sets()
        [line] = factories.agreement_lines(cast)
        Organization.objects.filter(pk=cast.hospital.pk).update(tier=Tier.SECONDARY)
        rules = RuleSet.objects.get(kind=RuleSet.Kind.SUPPLY)
        limits = {Role.APPROVER.value: {Tier.SECONDARY.value: str(LIMIT)}}
        RuleSet.objects.filter(pk=rules.pk).update(parameters={**rules.parameters, "limits": limits})
        yield cast, line
        transaction.set_rollback(True)


@pytest.fixture
def db(lasting: tuple[Cast, AgreementLine], django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


class Orders:
    """Requisitions of the hospital as they stand afterwards, written down directly."""

    def __init__(self, cast: Cast, line: AgreementLine) -> None:
        self.cast, self.line = cast, line

    def place(
        self,
        packs: int,
        at: datetime,
        *,
        taken: timedelta = timedelta(hours=2),
        approver: Actor | None = None,
        status: str = RequisitionStatus.PLACED,
    ) -> int:
        approved_by = approver or self.cast.approver
        requisition = Requisition.objects.create(
            institution=self.cast.hospital,
            province_id=HENAN,
            status=status,
            submitter_id=self.cast.buyer.user_id,
            approver_id=approved_by.user_id,
            submitted_at=at,
            approved_at=at + taken,
        )
        RequisitionLine.objects.create(
            requisition=requisition, agreement_line=self.line, packs=packs, price=Decimal("6.00")
        )
        return requisition.pk

    def found(self, pattern: Pattern, rules: OrderScreenRules = RULES, *, days: int = 40) -> list[OddOrders]:
        odd = odd_orders(HENAN, since=NOON - timedelta(days=days), until=NOON + timedelta(days=1), rules=rules)
        return [item for item in odd if item.pattern == pattern]


@pytest.fixture
def orders(lasting: tuple[Cast, AgreementLine], db: None) -> Orders:
    return Orders(*lasting)


def requisitions(found: Sequence[OddOrders]) -> list[set[int]]:
    return [set(item.requisitions) for item in found]


class TestOddOrders:
    def test_are_several_just_below_the_limit(self, orders: Orders) -> None:
        near = [orders.place(packs, NOON - timedelta(days=day)) for packs, day in ((90, 7), (100, 3))]
        orders.place(101, NOON - timedelta(days=2))
        orders.place(89, NOON - timedelta(days=2))
        orders.place(95, NOON, status=RequisitionStatus.CANCELLED)
        assert orders.found(Pattern.NEAR_LIMIT) == []
        near.append(orders.place(95, NOON))
        [burst] = orders.found(Pattern.NEAR_LIMIT)
        assert set(burst.requisitions) == set(near)
        assert burst.figures == {"requisitions": 3, "amount": Decimal(1710), "limit": LIMIT}
        assert burst.rule == "PLATFORM.orders.near_limit"

    def test_are_always_approved_by_the_same_person_within_minutes(self, orders: Orders) -> None:
        quick = [orders.place(1, NOON - timedelta(days=day), taken=timedelta(minutes=5)) for day in (3, 2)]
        assert orders.found(Pattern.ONE_APPROVER) == []
        quick.append(orders.place(1, NOON, taken=timedelta(hours=3)))
        [pair] = orders.found(Pattern.ONE_APPROVER)
        assert set(pair.requisitions) == set(quick)
        assert (pair.figures["buyer"], pair.figures["approver"]) == ("buyer", "approver")
        assert orders.found(Pattern.ONE_APPROVER, replace(RULES, one_approver_minutes=4)) == []
        orders.place(1, NOON, approver=orders.cast.pharmacist)
        assert orders.found(Pattern.ONE_APPROVER) == []

    def test_are_the_same_product_in_several_requisitions_of_a_day(self, orders: Orders) -> None:
        midnight = NOON.replace(hour=0)
        split = [orders.place(2, midnight), orders.place(3, NOON)]
        orders.place(2, midnight - timedelta(seconds=1))
        assert orders.found(Pattern.SPLIT) == []
        split.append(orders.place(5, NOON))
        [day] = orders.found(Pattern.SPLIT)
        assert set(day.requisitions) == set(split)
        assert (day.figures["product"], day.figures["units"]) == (orders.line.product.code, 10 * 24)

    def test_are_many_times_the_usual_quantity(self, orders: Orders) -> None:
        month = NOON.replace(day=1)
        for _count in range(2):
            month = (month - timedelta(days=1)).replace(day=1)
            orders.place(10, month)
        sudden = orders.place(30, NOON)
        # two earlier months do not say what is usual
        assert orders.found(Pattern.SUDDEN) == []
        orders.place(10, (month - timedelta(days=1)).replace(day=1))
        [jump] = orders.found(Pattern.SUDDEN)
        assert requisitions([jump]) == [{sudden}]
        assert (jump.figures["units"], jump.figures["usual"]) == (30 * 24, "240.0")
        assert orders.found(Pattern.SUDDEN, replace(RULES, sudden_times=Decimal("3.01"))) == []

    def test_are_handed_in_at_night(self, orders: Orders) -> None:
        night = [orders.place(1, NOON.replace(hour=hour) - timedelta(days=1)) for hour in (22, 5)]
        orders.place(1, NOON.replace(hour=6))
        orders.place(1, NOON.replace(hour=21, minute=59) - timedelta(days=1))
        assert orders.found(Pattern.NIGHT) == []
        night.append(orders.place(1, NOON.replace(hour=0) - timedelta(days=1)))
        assert requisitions(orders.found(Pattern.NIGHT)) == [set(night)]
        # a night that does not pass midnight
        early = replace(RULES, night_from=0, night_until=6, night_count=2)
        assert requisitions(orders.found(Pattern.NIGHT, early)) == [set(night[1:])]

    def test_of_another_province_or_time_are_not_told(self, orders: Orders) -> None:
        for _count in range(3):
            orders.place(95, NOON)
        whole = {"since": NOON - timedelta(days=1), "until": NOON + timedelta(days=1), "rules": RULES}
        assert odd_orders(HENAN, **whole)
        assert odd_orders(HUBEI, **whole) == []
        assert odd_orders(HENAN, **{**whole, "until": NOON}) == []
