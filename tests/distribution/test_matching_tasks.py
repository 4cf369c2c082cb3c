"""What happens to an order is heard, and its invoices are judged."""

from __future__ import annotations

import pytest

from catalog.foundation.journal.models import Delivery, Event
from distribution import tasks
from distribution.models import Invoice, Order, Payable
from distribution.services.deemed import enter_deemed_producer
from distribution.services.settlements import cancel_settlement
from distribution.states import DeemedGround, InvoiceKind, InvoiceStatus, OrderStatus, Remedy
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.usefixtures("rule_sets")
HEARD = {
    "distribution.match_invoice": tasks.match_invoice,
    "distribution.match_receipt": tasks.match_receipt,
    "distribution.match_return": tasks.match_return,
    "distribution.match_order": tasks.match_order,
    "distribution.match_deemed": tasks.match_deemed,
    "distribution.match_cancelled": tasks.match_cancelled,
}


def hear() -> None:
    """Let the worker deal with all messages that wait."""
    waiting = Delivery.objects.filter(subscriber__in=HEARD, delivered_at=None)
    for message in waiting.order_by("pk"):
        HEARD[message.subscriber](message.event_id)


def states() -> list[str]:
    return list(Invoice.objects.order_by("pk").values_list("status", flat=True))


class TestJudging:
    def test_follows_invoice_receipt_and_return(self, cast: Cast) -> None:
        despatch = factories.despatch(cast)
        factories.invoice(cast, despatch.order, judged=False)
        hear()
        assert states() == [InvoiceStatus.FILED]
        factories.received(cast, despatch)
        hear()
        assert states() == [InvoiceStatus.MATCHED]
        assert Order.objects.get().status == OrderStatus.INVOICED
        returned = factories.goods_return(cast, despatch.lines.get(), 2, remedy=Remedy.CREDIT)
        factories.handed_over(cast, returned)
        hear()
        assert states() == [InvoiceStatus.DISPUTED]
        factories.invoice(
            cast, despatch.order, factories.billed(despatch.order, 2), kind=InvoiceKind.CREDIT, judged=False
        )
        hear()
        assert states() == [InvoiceStatus.MATCHED, InvoiceStatus.MATCHED]
        assert not Delivery.objects.filter(subscriber__in=HEARD, delivered_at=None).exists()

    def test_follows_the_copies_and_the_register_that_make_the_chain(self, cast: Cast) -> None:
        factories.entrustment(cast)
        order = factories.receipt(cast).despatch.order
        product = order.lines.get().product
        factories.invoice(cast, order, actor=cast.distributor, judged=False)
        factories.sale(cast.rival, cast.distributor, {product: "L001"})
        hear()
        assert Invoice.objects.get(order=order).status == InvoiceStatus.DISPUTED
        enter_deemed_producer(
            maker_code=cast.supplier_firm.code,
            firm_code=cast.rival_firm.code,
            ground=DeemedGround.SALES_COMPANY,
            papers="集团授权书",
            valid_from=TODAY,
            valid_until=None,
            actor=cast.officer,
            at=NOW,
        )
        hear()
        assert Invoice.objects.get(order=order).status == InvoiceStatus.MATCHED

    def test_follows_a_settlement_that_was_cancelled(self, cast: Cast) -> None:
        receipt = factories.receipt(cast)
        factories.invoice(cast, receipt.despatch.order)
        settlement = factories.approved_settlement(cast)
        factories.handed_over(cast, factories.goods_return(cast, receipt.despatch.lines.get(), 2, remedy=Remedy.CREDIT))
        hear()
        assert [payable.packs for payable in Payable.objects.all()] == [10]
        cancel_settlement(settlement_id=settlement.pk, reason="有误", actor=cast.officer, at=NOW)
        hear()
        assert [payable.packs for payable in Payable.objects.all()] == [8]
        assert states() == [InvoiceStatus.DISPUTED]

    def test_of_what_is_judged_already_does_nothing(self, cast: Cast) -> None:
        factories.invoice(cast, factories.receipt(cast).despatch.order, judged=False)
        hear()
        before = Event.objects.count()
        for event_id in Event.objects.filter(action="invoice.file").values_list("pk", flat=True):
            tasks.match_invoice(event_id)
        assert Event.objects.count() == before
