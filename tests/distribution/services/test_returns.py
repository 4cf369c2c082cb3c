from __future__ import annotations

from typing import Any

import pytest

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from distribution.errors import (
    CodeNotKept,
    MoreCodesThanPacks,
    MoreThanReturnable,
    NotEnoughStock,
    PacksNotPositive,
    ReasonMissing,
    RecallBindsSupplier,
    ReplacementTooLate,
    UnknownReason,
)
from distribution.models import DespatchLine, GoodsReturn, Order, OrderNotice, StockLot, TraceCode
from distribution.services.returns import answer_return, cancel_return, hand_over_return, request_return
from distribution.services.stock import Move, enter_stock
from distribution.states import NoticeKind, OrderStatus, RejectionReason, Remedy, ReturnStatus, StockMove
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def line(cast: Cast, line: AgreementLine) -> DespatchLine:
    """Ten packs of 24 were accepted."""
    receipt = factories.receipt(cast, {line: 10})
    return receipt.despatch.lines.select_related("order_line__agreement_line", "despatch__order").get()


def agree(cast: Cast, goods_return: GoodsReturn, **changed: Any) -> GoodsReturn:
    options = {"return_id": goods_return.pk, "action": "agree", "actor": cast.supplier, "at": NOW} | changed
    return answer_return(**options)


def hand_over(cast: Cast, goods_return: GoodsReturn, **changed: Any) -> GoodsReturn:
    options = {"return_id": goods_return.pk, "actor": cast.pharmacist, "at": NOW} | changed
    return hand_over_return(**options)


class TestRequestReturn:
    def test_tells_the_supplier_what_is_to_come_back(self, cast: Cast, line: DespatchLine) -> None:
        asked = factories.goods_return(cast, line, 3)
        assert (asked.status, asked.packs, asked.requested_at) == (ReturnStatus.REQUESTED, 3, NOW)
        notice = OrderNotice.objects.get(kind=NoticeKind.RETURN_REQUESTED)
        assert (notice.recipient_id, notice.facts["packs"]) == (cast.supplier_firm.pk, 3)
        assert Event.objects.filter(action="goods_return.request").exists()

    def test_never_asks_for_more_than_was_kept(self, cast: Cast, line: DespatchLine) -> None:
        factories.goods_return(cast, line, 8)
        with refused(MoreThanReturnable) as refusal:
            factories.goods_return(cast, line, 3)
        assert refusal.facts["limit"] == 2
        with refused(PacksNotPositive):
            factories.goods_return(cast, line, 0)

    def test_says_why(self, cast: Cast, line: DespatchLine) -> None:
        with refused(UnknownReason):
            request_return(
                despatch_line_id=line.pk, packs=1, reason="x", remedy=Remedy.CREDIT, actor=cast.pharmacist, at=NOW
            )

    def test_wants_no_other_goods_for_what_is_settled(self, cast: Cast, line: DespatchLine) -> None:
        Order.objects.update(status=OrderStatus.SETTLED)
        with refused(ReplacementTooLate):
            factories.goods_return(cast, line)
        assert factories.goods_return(cast, line, remedy=Remedy.CREDIT)

    @pytest.mark.parametrize(("role", "error"), [("buyer", NotAllowed), ("outsider", NotVisible)])
    def test_is_the_pharmacist_s(self, cast: Cast, line: DespatchLine, role: str, error: type[NotAllowed]) -> None:
        with refused(error):
            request_return(
                despatch_line_id=line.pk,
                packs=1,
                reason=RejectionReason.DAMAGED,
                remedy=Remedy.CREDIT,
                actor=getattr(cast, role),
                at=NOW,
            )


class TestAnswerReturn:
    def test_refuses_with_a_reason(self, cast: Cast, line: DespatchLine) -> None:
        asked = factories.goods_return(cast, line)
        with refused(ReasonMissing):
            agree(cast, asked, action="refuse", reason=" ")
        answered = agree(cast, asked, action="refuse", reason="保管不当")
        assert (answered.status, answered.status_reason) == (ReturnStatus.REFUSED, "保管不当")

    def test_takes_back_what_is_recalled(self, cast: Cast, line: DespatchLine) -> None:
        asked = factories.goods_return(cast, line)
        factories.hold(cast.officer, line.order_line.product, line.lot_number)
        with refused(RecallBindsSupplier):
            agree(cast, asked, action="refuse", reason="x")
        assert agree(cast, asked).status == ReturnStatus.AGREED

    def test_is_the_supplier_s(self, cast: Cast, line: DespatchLine) -> None:
        asked = factories.goods_return(cast, line)
        with refused(NotAllowed):
            agree(cast, asked, actor=cast.pharmacist)
        with refused(NotVisible):
            agree(cast, asked, actor=cast.rival)


class TestHandOver:
    def agreed(self, cast: Cast, line: DespatchLine, packs: int, remedy: Remedy) -> GoodsReturn:
        return agree(cast, factories.goods_return(cast, line, packs, remedy=remedy))

    def figures(self, line: DespatchLine) -> dict[str, int]:
        agreed = AgreementLine.objects.get(pk=line.order_line.agreement_line_id)
        ordered = type(line.order_line).objects.get(pk=line.order_line_id)
        return {
            "called off": agreed.called_off_quantity,
            "delivered": agreed.delivered_quantity,
            "stock": StockLot.objects.get().units,
            "accepted": ordered.accepted_packs,
            "despatched": ordered.despatched_packs,
            "closed": ordered.closed_packs,
            "returned": ordered.returned_packs,
        }

    def test_for_other_goods_makes_the_order_wait_again(self, cast: Cast, line: DespatchLine) -> None:
        gone = hand_over(cast, self.agreed(cast, line, 3, Remedy.REPLACE))
        assert (gone.status, gone.returned_at) == (ReturnStatus.RETURNED, NOW)
        assert self.figures(line) == {
            "called off": 240,
            "delivered": 168,
            "stock": 168,
            "accepted": 7,
            "despatched": 7,
            "closed": 0,
            "returned": 3,
        }
        order = Order.objects.get()
        assert (order.status, order.received_at) == (OrderStatus.DESPATCHED, None)

    def test_for_none_gives_the_volume_back(self, cast: Cast, line: DespatchLine) -> None:
        hand_over(cast, self.agreed(cast, line, 3, Remedy.CREDIT))
        assert self.figures(line) == {
            "called off": 168,
            "delivered": 168,
            "stock": 168,
            "accepted": 7,
            "despatched": 7,
            "closed": 3,
            "returned": 3,
        }
        assert Order.objects.get().status == OrderStatus.RECEIVED

    def test_frees_the_codes_of_the_packs_that_leave(self, cast: Cast, line: DespatchLine) -> None:
        codes = [f"8123456000000000000{number}" for number in range(3)]
        TraceCode.objects.bulk_create(TraceCode(despatch_line=line, code=code) for code in codes)
        hand_over(cast, self.agreed(cast, line, 1, Remedy.CREDIT), codes=codes[:1])
        assert set(TraceCode.objects.filter(is_active=True).values_list("code", flat=True)) == set(codes[1:])
        hand_over(cast, self.agreed(cast, line, 9, Remedy.CREDIT))
        assert not TraceCode.objects.filter(is_active=True).exists()

    def test_takes_only_codes_of_packs_that_leave(self, cast: Cast, line: DespatchLine) -> None:
        codes = [f"8123456000000000000{number}" for number in range(3)]
        TraceCode.objects.bulk_create(TraceCode(despatch_line=line, code=code) for code in codes)
        agreed = self.agreed(cast, line, 2, Remedy.CREDIT)
        with refused(CodeNotKept, MoreCodesThanPacks):
            hand_over(cast, agreed, codes=[*codes[:2], "99999999999999999999"])
        assert TraceCode.objects.filter(is_active=True).count() == 3

    def test_brings_no_other_goods_for_what_was_settled_meanwhile(self, cast: Cast, line: DespatchLine) -> None:
        agreed = self.agreed(cast, line, 2, Remedy.REPLACE)
        Order.objects.update(status=OrderStatus.SETTLED)
        with refused(ReplacementTooLate):
            hand_over(cast, agreed)

    def test_gives_only_what_is_still_there(self, cast: Cast, line: DespatchLine) -> None:
        stock = StockLot.objects.get()
        used = Move(stock.holder_id, stock.product_id, stock.lot_number, stock.expires_on, -8 * 24)
        enter_stock([used], kind=StockMove.ISSUE, reference="x", actor=cast.pharmacist, at=NOW)
        agreed = self.agreed(cast, line, 3, Remedy.REPLACE)
        with refused(NotEnoughStock):
            hand_over(cast, agreed)
        assert self.figures(line)["accepted"] == 10

    def test_waits_for_the_supplier_and_happens_once(self, cast: Cast, line: DespatchLine) -> None:
        asked = factories.goods_return(cast, line)
        with refused(WrongState):
            hand_over(cast, asked)
        agree(cast, asked)
        hand_over(cast, asked)
        with refused(AlreadyDone):
            hand_over(cast, asked)

    def test_of_what_was_cancelled_does_not_happen(self, cast: Cast, line: DespatchLine) -> None:
        asked = self.agreed(cast, line, 10, Remedy.CREDIT)
        cancel_return(return_id=asked.pk, actor=cast.pharmacist, at=NOW)
        with refused(WrongState):
            hand_over(cast, asked)
        assert factories.goods_return(cast, line, 10)
