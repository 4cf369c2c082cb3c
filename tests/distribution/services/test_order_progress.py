from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.foundation.errors import WrongState
from distribution.models import Despatch, Order
from distribution.services.found_lots import Received
from distribution.services.order_progress import complete_if_done, reopen_order
from distribution.services.receipts import receive_despatch
from distribution.states import OrderStatus
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


def reject(cast: Cast, despatch: Despatch) -> None:
    content = [Received(line.pk, 0, line.packs, "damaged") for line in despatch.lines.all()]
    receive_despatch(despatch_id=despatch.pk, received=content, actor=cast.pharmacist, at=NOW)


class TestCompleteIfDone:
    def test_waits_for_what_was_rejected(self, cast: Cast, line: AgreementLine) -> None:
        despatch = factories.despatch(cast, {line: 10})
        reject(cast, despatch)
        complete_if_done(despatch.order_id, NOW)
        assert Order.objects.get().status == OrderStatus.DESPATCHED

    def test_closes_an_order_of_which_nothing_came(self, cast: Cast, line: AgreementLine) -> None:
        despatch = factories.despatch(cast, {line: 10})
        reject(cast, despatch)
        despatch.order.lines.update(confirmed_packs=0, closed_packs=10)
        complete_if_done(despatch.order_id, NOW)
        order = Order.objects.get()
        assert (order.status, order.received_at) == (OrderStatus.CLOSED, None)

    def test_leaves_an_order_that_goes_on_alone(self, cast: Cast, line: AgreementLine) -> None:
        receipt = factories.receipt(cast, {line: 10})
        complete_if_done(receipt.despatch.order_id, NOW + timedelta(days=1))
        order = Order.objects.get()
        assert (order.status, order.received_at) == (OrderStatus.RECEIVED, NOW)


class TestReopenOrder:
    def test_leaves_an_order_that_waits_anyhow(self, cast: Cast, line: AgreementLine) -> None:
        despatch = factories.despatch(cast, {line: 10})
        reopen_order(despatch.order_id, NOW)
        assert Order.objects.get().status == OrderStatus.DESPATCHED

    def test_does_not_open_what_is_paid(self, cast: Cast, line: AgreementLine) -> None:
        receipt = factories.receipt(cast, {line: 10})
        Order.objects.update(status=OrderStatus.SETTLED)
        with refused(WrongState):
            reopen_order(receipt.despatch.order_id, NOW)
