from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from catalog.foundation.errors import AlreadyDone, NotAllowed, NothingGiven, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from distribution.errors import (
    LineTwice,
    MoreThanApproved,
    MoreThanOrdered,
    NothingOrdered,
    NotOrderable,
    PacksNotPositive,
    ReasonMissing,
    UnknownOrderLine,
)
from distribution.models import Order, OrderNotice
from distribution.services.amendments import AmendedLine, amend_order, cancel_order
from distribution.services.orders import LineAnswer, confirm_order
from distribution.states import NoticeKind, OrderStatus
from procurement.errors import AgreedVolumeExceeded
from procurement.models import AgreementLine
from procurement.services.agreements import change_agreement
from procurement.services.volumes import take_volume
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.procurement.ledger import assert_ledger_equals_balance
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def order(cast: Cast, lines: list[AgreementLine]) -> Order:
    """Ten packs of each of two products."""
    return factories.placed_order(cast, dict.fromkeys(lines, 10))


def amend(order: Order, cast: Cast, *packs: int, **changed: Any) -> Order:
    lines = [AmendedLine(line.pk, number) for line, number in zip(order.lines.all(), packs, strict=False)]
    return amend_order(order_id=order.pk, **({"lines": lines, "actor": cast.buyer, "at": NOW} | changed))


def called_off(lines: Sequence[AgreementLine]) -> list[int]:
    assert_ledger_equals_balance()
    return [
        line.called_off_quantity
        for line in AgreementLine.objects.filter(pk__in=[line.pk for line in lines]).order_by("pk")
    ]


class TestAmendOrder:
    def test_changes_packs_and_the_volume_with_them(self, cast: Cast, order: Order, lines: list[AgreementLine]) -> None:
        assert amend(order, cast, 4, 0).version == order.version + 1
        assert called_off(lines) == [96, 0]
        assert list(order.lines.values_list("packs", "closed_packs")) == [(4, 0), (10, 10)]
        # and back up to what was approved
        amend(order, cast, 10, 7)
        assert called_off(lines) == [240, 168]
        assert list(order.lines.values_list("packs", "closed_packs")) == [(10, 0), (7, 0)]
        notice = OrderNotice.objects.filter(kind=NoticeKind.ORDER_AMENDED).first()
        assert notice is not None
        assert (notice.recipient, notice.order) == (cast.supplier_firm, order)
        assert "4 → 10" in notice.facts["lines"] and "0 → 7" in notice.facts["lines"]
        assert Event.objects.filter(action="order.amend").count() == 2

    def test_leaves_to_the_supplier_what_is_left(self, cast: Cast, order: Order, lines: list[AgreementLine]) -> None:
        amend(order, cast, 4, 0)
        first, second = order.lines.all()
        with refused(MoreThanOrdered, MoreThanOrdered):
            confirm_order(
                order_id=order.pk,
                answers=[LineAnswer(first.pk, 5), LineAnswer(second.pk, 1)],
                actor=cast.supplier,
                at=NOW,
            )
        answers = [LineAnswer(first.pk, 4), LineAnswer(second.pk, 0)]
        confirm_order(order_id=order.pk, answers=answers, actor=cast.supplier, at=NOW)
        assert called_off(lines) == [96, 0]

    def test_never_goes_beyond_what_was_approved(self, cast: Cast, order: Order, lines: list[AgreementLine]) -> None:
        with refused(MoreThanApproved) as refusal:
            amend(order, cast, 11, 1)
        assert (refusal.facts["packs"], refusal.facts["limit"]) == (11, 10)
        assert called_off(lines) == [240, 240]

    def test_names_every_line_that_is_wrong(self, cast: Cast, order: Order) -> None:
        first = order.lines.all()[0]
        wrong = [AmendedLine(first.pk, -1), AmendedLine(first.pk, 1), AmendedLine(10**6, 1)]
        with refused(PacksNotPositive, LineTwice, UnknownOrderLine):
            amend(order, cast, lines=wrong)

    def test_takes_no_more_than_is_left(self, cast: Cast, order: Order, lines: list[AgreementLine]) -> None:
        amend(order, cast, 1, 1)
        take_volume({lines[0].pk: 240_000 - 24 - 100}, reference="x", at=NOW)
        with refused(AgreedVolumeExceeded) as refusal:
            amend(order, cast, 10, 10)
        assert (refusal.facts["wanted"], refusal.facts["remaining"]) == (216, 100)
        assert list(order.lines.values_list("packs", flat=True)) == [1, 1]
        assert called_off(lines) == [239_900, 24]

    def test_takes_no_more_of_what_is_not_to_be_had_today(
        self, cast: Cast, order: Order, lines: list[AgreementLine]
    ) -> None:
        amend(order, cast, 1, 1)
        number = lines[0].agreement.number
        change_agreement(number=number, action="suspend", reason="停产", actor=cast.officer, at=NOW)
        with refused(NotOrderable, NotOrderable):
            amend(order, cast, 2, 2)

    def test_wants_something_to_be_changed_and_something_to_be_left(self, cast: Cast, order: Order) -> None:
        with refused(NothingGiven):
            amend(order, cast, 10, 10)
        with refused(NothingOrdered):
            amend(order, cast, 0, 0)

    def test_ends_with_the_confirmation(self, cast: Cast, order: Order) -> None:
        answers = [LineAnswer(line.pk, 10) for line in order.lines.all()]
        confirm_order(order_id=order.pk, answers=answers, actor=cast.supplier, at=NOW)
        with refused(WrongState):
            amend(order, cast, 1, 1)

    def test_refuses_a_decision_on_an_old_version(self, cast: Cast, order: Order) -> None:
        with refused(Stale):
            amend(order, cast, 1, 1, expected_version=order.version + 1)

    def test_is_the_buyers(self, cast: Cast, order: Order) -> None:
        for role in ("approver", "pharmacist", "supplier", "officer"):
            with refused(NotAllowed):
                amend(order, cast, 1, 1, actor=getattr(cast, role))
        with refused(NotVisible):
            amend(order, cast, 1, 1, actor=cast.outsider)


class TestCancelOrder:
    def cancel(self, order: Order, cast: Cast, **changed: Any) -> Order:
        return cancel_order(order_id=order.pk, **({"reason": "误订", "actor": cast.buyer, "at": NOW} | changed))

    def test_gives_the_volume_back_and_tells_the_supplier(
        self, cast: Cast, order: Order, lines: list[AgreementLine]
    ) -> None:
        cancelled = self.cancel(order, cast)
        assert (cancelled.status, cancelled.status_reason) == (OrderStatus.CANCELLED, "误订")
        assert called_off(lines) == [0, 0]
        notice = OrderNotice.objects.get(kind=NoticeKind.ORDER_CANCELLED)
        assert (notice.recipient, notice.facts) == (cast.supplier_firm, {"reason": "误订"})
        with refused(AlreadyDone):
            self.cancel(order, cast)

    def test_gives_back_what_an_amendment_left(self, cast: Cast, order: Order, lines: list[AgreementLine]) -> None:
        amend(order, cast, 4, 0)
        self.cancel(order, cast)
        assert called_off(lines) == [0, 0]

    def test_needs_a_reason(self, cast: Cast, order: Order) -> None:
        with refused(ReasonMissing):
            self.cancel(order, cast, reason=" ")

    def test_is_the_buyers(self, cast: Cast, order: Order) -> None:
        for role in ("approver", "supplier"):
            with refused(NotAllowed):
                self.cancel(order, cast, actor=getattr(cast, role))
