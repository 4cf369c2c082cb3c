from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils.timezone import localdate

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from distribution.errors import (
    LineMissing,
    LineTwice,
    MoreThanOrdered,
    NothingConfirmed,
    PacksNotPositive,
    PromiseOutOfRange,
    ReasonMissing,
    UnknownAnswerReason,
    UnknownOrderLine,
)
from distribution.models import Order
from distribution.services.orders import LineAnswer, confirm_order, refuse_order
from distribution.states import AnswerReason, OrderStatus
from procurement.models import AgreementLine, VolumeEntry
from tests import factories
from tests.cast import PEOPLE, Cast
from tests.factories import NOW, ago, ahead
from tests.procurement.ledger import assert_ledger_equals_balance
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def order(cast: Cast, lines: list[AgreementLine]) -> Order:
    """Ten packs of each of two products."""
    factories.entrustment(cast)
    return factories.placed_order(cast, dict.fromkeys(lines, 10))


def confirm(order: Order, cast: Cast, *packs: int, reason: str = "", **changed: Any) -> Order:
    answers = [LineAnswer(line.pk, number, reason) for line, number in zip(order.lines.all(), packs, strict=True)]
    options = {"answers": answers, "actor": cast.supplier, "at": NOW} | changed
    return confirm_order(order_id=order.pk, **options)


def called_off() -> list[int]:
    assert_ledger_equals_balance()
    lines = AgreementLine.objects.filter(entries__kind="call_off").distinct().order_by("pk")
    return [line.called_off_quantity for line in lines]


class TestConfirmOrder:
    @pytest.mark.parametrize("role", ["supplier", "distributor"])
    def test_confirms_in_full(self, cast: Cast, order: Order, role: str) -> None:
        confirmed = confirm(order, cast, 10, 10, actor=getattr(cast, role))
        assert confirmed.status == OrderStatus.CONFIRMED
        assert [line.confirmed_packs for line in order.lines.all()] == [10, 10]
        assert called_off() == [240, 240]

    def test_in_part_gives_the_rest_back_with_the_reason(self, cast: Cast, order: Order) -> None:
        confirm(order, cast, 10, 4, reason="原料短缺")
        assert list(order.lines.values_list("confirmed_packs", "closed_packs", "answer_code", "answer_reason")) == [
            (10, 0, "", ""),
            (4, 6, "other", "原料短缺"),
        ]
        assert called_off() == [240, 96]
        assert VolumeEntry.objects.filter(quantity=-144).get().reference.startswith(order.number)

    def test_may_confirm_nothing_of_a_line_with_a_reason(self, cast: Cast, order: Order) -> None:
        confirm(order, cast, 10, 0, reason="停产")
        assert called_off() == [240, 0]

    def test_refuses_to_confirm_nothing_at_all(self, cast: Cast, order: Order) -> None:
        with refused(NothingConfirmed):
            confirm(order, cast, 0, 0, reason="停产")
        assert called_off() == [240, 240]

    def test_refuses_less_without_a_reason(self, cast: Cast, order: Order) -> None:
        with refused(ReasonMissing):
            confirm(order, cast, 10, 9, reason=" ")
        assert called_off() == [240, 240]

    def test_refuses_more_than_was_ordered(self, cast: Cast, order: Order) -> None:
        with refused(MoreThanOrdered) as refusal:
            confirm(order, cast, 11, 10)
        assert (refusal.facts["packs"], refusal.facts["limit"]) == (11, 10)
        assert Order.objects.get().status == OrderStatus.PLACED

    def test_refuses_less_than_nothing(self, cast: Cast, order: Order) -> None:
        with refused(PacksNotPositive):
            confirm(order, cast, -1, 10, reason="x")

    @pytest.mark.parametrize("day", [ago(days=2).date(), ahead(days=9).date()])
    def test_refuses_a_day_that_has_passed_or_is_too_late(self, cast: Cast, order: Order, day: date) -> None:
        answers = [LineAnswer(line.pk, 10, promised_on=day) for line in order.lines.all()]
        with refused(PromiseOutOfRange, PromiseOutOfRange):
            confirm(order, cast, 10, 10, answers=answers)

    def test_promises_the_last_day_of_the_time_where_none_is_named(self, cast: Cast, order: Order) -> None:
        first, second = order.lines.all()
        answers = [LineAnswer(first.pk, 10, promised_on=localdate(NOW)), LineAnswer(second.pk, 10)]
        confirmed = confirm(order, cast, 10, 10, answers=answers)
        assert confirmed.answered_at == NOW
        assert [line.promised_on for line in order.lines.all()] == [localdate(NOW), localdate(order.deliver_by)]

    def test_takes_a_kind_of_reason_with_or_without_words(self, cast: Cast, order: Order) -> None:
        first, second = order.lines.all()
        answers = [
            LineAnswer(first.pk, 9, code=AnswerReason.FORCE_MAJEURE),
            LineAnswer(second.pk, 8, "原料短缺", AnswerReason.OTHER),
        ]
        confirm(order, cast, 9, 8, answers=answers)
        assert list(order.lines.values_list("answer_code", "answer_reason", "closed_packs")) == [
            ("force_majeure", "", 1),
            ("other", "原料短缺", 2),
        ]

    def test_refuses_a_reason_that_is_not_the_suppliers_to_give(self, cast: Cast, order: Order) -> None:
        answers = [
            LineAnswer(line.pk, 9, code=code)
            for line, code in zip(order.lines.all(), ["no_answer", "other"], strict=True)
        ]
        with refused(UnknownAnswerReason, ReasonMissing):
            confirm(order, cast, 9, 9, answers=answers)

    def test_wants_every_line_answered_once(self, cast: Cast, order: Order) -> None:
        first, second = order.lines.all()
        answers = [LineAnswer(first.pk, 10), LineAnswer(first.pk, 10), LineAnswer(10**6, 1)]
        with refused(LineTwice, UnknownOrderLine, LineMissing) as refusal:
            confirm(order, cast, 10, 10, answers=answers)
        assert refusal.errors[2].facts["product"] == second.product

    def test_happens_once(self, cast: Cast, order: Order) -> None:
        confirm(order, cast, 10, 4, reason="x")
        with refused(AlreadyDone):
            confirm(order, cast, 10, 4, reason="x")
        assert called_off() == [240, 96]

    def test_refuses_a_decision_on_an_old_version(self, cast: Cast, order: Order) -> None:
        with refused(Stale):
            confirm(order, cast, 10, 10, expected_version=order.version + 1)

    @pytest.mark.parametrize("role", ["rival", "outsider", "foreign_officer", "visitor"])
    def test_of_others_is_not_even_seen(self, cast: Cast, order: Order, role: str) -> None:
        with refused(NotVisible):
            confirm(order, cast, 10, 10, actor=getattr(cast, role))

    @pytest.mark.parametrize("role", ["buyer", "pharmacist", "officer", "supervisor"])
    def test_is_refused_to_who_only_sees_it(self, cast: Cast, order: Order, role: str) -> None:
        with refused(NotAllowed):
            confirm(order, cast, 10, 10, actor=getattr(cast, role))


class TestRefuseOrder:
    def refuse(self, order: Order, actor: Any, reason: str = "停产") -> Order:
        return refuse_order(order_id=order.pk, reason=reason, actor=actor, at=NOW)

    def test_gives_the_whole_volume_back(self, cast: Cast, order: Order) -> None:
        assert self.refuse(order, cast.supplier).status == OrderStatus.REFUSED
        assert called_off() == [0, 0]
        assert set(order.lines.values_list("answer_reason", "confirmed_packs")) == {("停产", 0)}

    def test_needs_a_reason(self, cast: Cast, order: Order) -> None:
        with refused(ReasonMissing):
            self.refuse(order, cast.supplier, "  ")
        assert called_off() == [240, 240]

    def test_is_refused_once_it_is_confirmed(self, cast: Cast, order: Order) -> None:
        confirm(order, cast, 10, 10)
        with refused(WrongState):
            self.refuse(order, cast.supplier)

    def test_happens_once(self, cast: Cast, order: Order) -> None:
        self.refuse(order, cast.distributor)
        with refused(AlreadyDone):
            self.refuse(order, cast.supplier)
        assert called_off() == [0, 0]

    def test_of_another_supplier_is_not_even_seen(self, cast: Cast, order: Order) -> None:
        with refused(NotVisible):
            self.refuse(order, cast.rival)


class TestVisibility:
    def test_of_an_order_is_that_of_its_parties_and_of_the_province(self, cast: Cast, order: Order) -> None:
        seers = {
            name for name in [*PEOPLE, "platform", "visitor"] if Order.objects.visible_to(getattr(cast, name)).exists()
        }
        assert seers == {
            "officer",
            "second_officer",
            "supervisor",
            "buyer",
            "approver",
            "pharmacist",
            "supplier",
            "distributor",
            "platform",
        }
