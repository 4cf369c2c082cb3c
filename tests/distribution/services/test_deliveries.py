from __future__ import annotations

from typing import Any

import pytest

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from distribution.errors import (
    DespatchExists,
    Expired,
    LineMissing,
    LineTwice,
    MoreThanConfirmed,
    MoreThanSent,
    PacksNotPositive,
    ReasonMissing,
    UnknownOrderLine,
    UnknownReason,
)
from distribution.models import Despatch, Order, OrderLine, Receipt, ReceiptLine
from distribution.services.deliveries import Received, Sent, advise_despatch, receive_despatch
from distribution.services.orders import LineAnswer, confirm_order
from distribution.states import DespatchStatus, OrderStatus, RejectionReason
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, sent
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def order(cast: Cast, lines: list[AgreementLine]) -> Order:
    """Ten confirmed packs of each of two products."""
    factories.entrustment(cast)
    return factories.confirmed_order(cast, dict.fromkeys(lines, 10))


@pytest.fixture
def ordered(order: Order) -> list[OrderLine]:
    return list(order.lines.all())


def advise(order: Order, cast: Cast, *content: Sent, **changed: Any) -> Despatch:
    options = {"reference": "DN1", "actor": cast.supplier, "at": NOW} | changed
    return advise_despatch(order_id=order.pk, sent=content, **options)


def status_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


class TestAdviseDespatch:
    @pytest.mark.parametrize("role", ["supplier", "distributor"])
    def test_tells_what_left_by_lot_and_expiry(
        self, cast: Cast, order: Order, ordered: list[OrderLine], role: str
    ) -> None:
        advised = advise(
            order,
            cast,
            sent(ordered[0], 6, lot_number="A"),
            sent(ordered[0], 4, lot_number="B"),
            sent(ordered[1], 1),
            actor=getattr(cast, role),
        )
        assert (advised.status, advised.reference, advised.despatched_at) == (DespatchStatus.SENT, "DN1", NOW)
        assert list(advised.lines.values_list("lot_number", "packs")) == [("A", 6), ("B", 4), ("L001", 1)]
        assert list(order.lines.values_list("despatched_packs", flat=True)) == [10, 1]
        assert status_of(order) == OrderStatus.DESPATCHED
        assert Event.objects.filter(action="despatch.advise").exists()

    def test_may_come_in_several_parts(self, cast: Cast, order: Order, ordered: list[OrderLine]) -> None:
        advise(order, cast, sent(ordered[0], 6))
        advise(order, cast, sent(ordered[0], 4), sent(ordered[1], 10), reference="DN2")
        assert list(order.lines.values_list("despatched_packs", flat=True)) == [10, 10]

    def test_refuses_more_than_is_confirmed_over_all_lots_and_parts(
        self, cast: Cast, order: Order, ordered: list[OrderLine]
    ) -> None:
        advise(order, cast, sent(ordered[0], 6))
        with refused(MoreThanConfirmed) as refusal:
            advise(
                order,
                cast,
                sent(ordered[0], 2, lot_number="A"),
                sent(ordered[0], 3, lot_number="B"),
                reference="DN2",
            )
        assert (refusal.facts["packs"], refusal.facts["limit"]) == (5, 4)
        assert Despatch.objects.count() == 1
        assert order.lines.first().despatched_packs == 6

    def test_counts_what_is_confirmed_and_not_what_was_ordered(self, cast: Cast, line: AgreementLine) -> None:
        placed = factories.placed_order(cast, {line: 10})
        only = placed.lines.get()
        confirm_order(order_id=placed.pk, answers=[LineAnswer(only.pk, 7, "x")], actor=cast.supplier, at=NOW)
        with refused(MoreThanConfirmed):
            advise(placed, cast, sent(only, 8))
        assert advise(placed, cast, sent(only, 7))

    @pytest.mark.parametrize("days", [0, -1])
    def test_refuses_goods_that_expire_today_or_have_expired(
        self, cast: Cast, order: Order, ordered: list[OrderLine], days: int
    ) -> None:
        with refused(Expired):
            advise(order, cast, sent(ordered[0], 1, days=days))
        assert advise(order, cast, sent(ordered[0], 1, days=1))

    def test_refuses_every_bad_line_at_once(self, cast: Cast, order: Order, ordered: list[OrderLine]) -> None:
        foreign = Sent(10**6, "A", sent(ordered[0]).expires_on, 1)
        with refused(UnknownOrderLine, PacksNotPositive, LineTwice):
            advise(order, cast, foreign, sent(ordered[0], 0), sent(ordered[0], 5))
        assert not Despatch.objects.exists()

    def test_refuses_nothing_at_all(self, cast: Cast, order: Order) -> None:
        with refused(LineMissing, LineMissing):
            advise(order, cast)

    def test_refuses_a_delivery_note_twice(self, cast: Cast, order: Order, ordered: list[OrderLine]) -> None:
        advise(order, cast, sent(ordered[0], 1))
        with refused(DespatchExists):
            advise(order, cast, sent(ordered[0], 1))
        assert order.lines.first().despatched_packs == 1

    def test_is_refused_before_the_order_is_confirmed(self, cast: Cast, line: AgreementLine) -> None:
        placed = factories.placed_order(cast, {line: 10})
        with refused(WrongState):
            advise(placed, cast, sent(placed.lines.get(), 1))

    @pytest.mark.parametrize("role", ["rival", "outsider", "visitor"])
    def test_of_others_is_not_even_seen(self, cast: Cast, order: Order, ordered: list[OrderLine], role: str) -> None:
        with refused(NotVisible):
            advise(order, cast, sent(ordered[0], 1), actor=getattr(cast, role))

    @pytest.mark.parametrize("role", ["pharmacist", "officer", "supervisor"])
    def test_is_refused_to_who_only_sees_it(
        self, cast: Cast, order: Order, ordered: list[OrderLine], role: str
    ) -> None:
        with refused(NotAllowed):
            advise(order, cast, sent(ordered[0], 1), actor=getattr(cast, role))


class TestReceiveDespatch:
    @pytest.fixture
    def despatch(self, cast: Cast, order: Order, ordered: list[OrderLine]) -> Despatch:
        return advise(order, cast, *(sent(line) for line in ordered))

    def receive(self, despatch: Despatch, cast: Cast, *content: Received, **changed: Any) -> Receipt:
        options = {"actor": cast.pharmacist, "at": NOW} | changed
        return receive_despatch(despatch_id=despatch.pk, received=content, **options)

    def all_of(self, despatch: Despatch) -> list[Received]:
        return [Received(line.pk, line.packs) for line in despatch.lines.all()]

    def test_in_full_completes_the_order(self, cast: Cast, order: Order, despatch: Despatch) -> None:
        receipt = self.receive(despatch, cast, *self.all_of(despatch))
        despatch.refresh_from_db()
        assert (despatch.status, receipt.received_at, receipt.received_by_id) == (
            DespatchStatus.RECEIVED,
            NOW,
            cast.pharmacist.user_id,
        )
        assert status_of(order) == OrderStatus.RECEIVED
        assert set(despatch.lines.values_list("accepted_packs", "rejected_packs")) == {(10, 0)}
        assert Event.objects.filter(action="receipt.record").exists()

    def test_keeps_what_was_rejected_and_why(self, cast: Cast, despatch: Despatch) -> None:
        first, second = despatch.lines.all()
        self.receive(
            despatch,
            cast,
            Received(first.pk, 7, 3, RejectionReason.DAMAGED, "压损"),
            Received(second.pk, 9),
        )
        kept = ReceiptLine.objects.values_list("accepted_packs", "rejected_packs", "reason", "remark")
        assert list(kept) == [(7, 3, "damaged", "压损"), (9, 0, "", "")]

    def test_of_one_part_leaves_the_order_open(self, cast: Cast, order: Order, ordered: list[OrderLine]) -> None:
        first = advise(order, cast, sent(ordered[0]))
        self.receive(first, cast, *self.all_of(first))
        assert status_of(order) == OrderStatus.DESPATCHED
        second = advise(order, cast, sent(ordered[1]), reference="DN2")
        self.receive(second, cast, *self.all_of(second))
        assert status_of(order) == OrderStatus.RECEIVED

    def test_of_the_last_line_does_not_hide_a_part_under_way(
        self, cast: Cast, order: Order, ordered: list[OrderLine]
    ) -> None:
        first, second = advise(order, cast, sent(ordered[0])), advise(order, cast, sent(ordered[1]), reference="DN2")
        self.receive(second, cast, *self.all_of(second))
        assert status_of(order) == OrderStatus.DESPATCHED
        self.receive(first, cast, *self.all_of(first))
        assert status_of(order) == OrderStatus.RECEIVED

    def test_refuses_more_than_was_sent(self, cast: Cast, despatch: Despatch) -> None:
        first, second = despatch.lines.all()
        with refused(MoreThanSent) as refusal:
            self.receive(despatch, cast, Received(first.pk, 8, 3, "damaged"), Received(second.pk, 10))
        assert (refusal.facts["packs"], refusal.facts["limit"]) == (11, 10)
        assert not Receipt.objects.exists()

    def test_refuses_a_rejection_without_a_reason(self, cast: Cast, despatch: Despatch) -> None:
        first, second = despatch.lines.all()
        with refused(ReasonMissing):
            self.receive(despatch, cast, Received(first.pk, 9, 1), Received(second.pk, 10))

    def test_refuses_a_reason_that_is_none(self, cast: Cast, despatch: Despatch) -> None:
        first, second = despatch.lines.all()
        with refused(UnknownReason):
            self.receive(despatch, cast, Received(first.pk, 9, 1, "no_reason"), Received(second.pk, 10))

    @pytest.mark.parametrize(("accepted", "rejected"), [(-1, 0), (5, -1)])
    def test_refuses_less_than_nothing(self, cast: Cast, despatch: Despatch, accepted: int, rejected: int) -> None:
        first, second = despatch.lines.all()
        with refused(PacksNotPositive):
            self.receive(despatch, cast, Received(first.pk, accepted, rejected), Received(second.pk, 10))

    def test_wants_every_line_answered_once(self, cast: Cast, despatch: Despatch) -> None:
        first, _second = despatch.lines.all()
        with refused(LineTwice, UnknownOrderLine, LineMissing):
            self.receive(despatch, cast, Received(first.pk, 1), Received(first.pk, 1), Received(10**6, 1))

    def test_happens_once(self, cast: Cast, despatch: Despatch) -> None:
        self.receive(despatch, cast, *self.all_of(despatch))
        with refused(AlreadyDone):
            self.receive(despatch, cast, *self.all_of(despatch))
        assert Receipt.objects.count() == 1

    @pytest.mark.parametrize("role", ["outsider", "rival", "foreign_officer", "visitor"])
    def test_of_another_hospital_is_not_even_seen(self, cast: Cast, despatch: Despatch, role: str) -> None:
        with refused(NotVisible):
            self.receive(despatch, cast, *self.all_of(despatch), actor=getattr(cast, role))

    @pytest.mark.parametrize("role", ["buyer", "approver", "supplier", "distributor", "officer"])
    def test_is_refused_to_who_is_no_pharmacist(self, cast: Cast, despatch: Despatch, role: str) -> None:
        with refused(NotAllowed):
            self.receive(despatch, cast, *self.all_of(despatch), actor=getattr(cast, role))
