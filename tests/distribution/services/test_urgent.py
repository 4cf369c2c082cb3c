from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.models import Delivery
from distribution.models import ConsolidatedDelivery, Order, OrderNotice, Requisition
from distribution.services.urgent import place_urgent
from distribution.states import RequisitionStatus, Urgency
from distribution.tasks import place_urgent_task
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW
from tests.procurement.ledger import assert_ledger_equals_balance
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


def approved(cast: Cast, line: AgreementLine, urgency: Urgency) -> Requisition:
    """An approved requisition of the urgency, as the buyer stated it in the draft."""
    draft = factories.approved_requisition(cast, {line: 10})
    Requisition.objects.filter(pk=draft.pk).update(urgency=urgency, urgency_reason="抢救")
    return draft


class TestPlaceUrgent:
    @pytest.mark.parametrize(
        ("urgency", "answer_hours", "delivery_hours"), [(Urgency.EMERGENCY, 2, 4), (Urgency.SPECIAL, None, 48)]
    )
    def test_goes_ahead_of_the_run_with_its_own_limits(
        self, cast: Cast, line: AgreementLine, urgency: Urgency, answer_hours: int | None, delivery_hours: int
    ) -> None:
        requisition = approved(cast, line, urgency)
        figures = place_urgent(requisition_id=requisition.pk, actor=cast.platform, at=NOW)
        assert figures is not None and (figures.orders, figures.refused_lines) == (1, 0)
        order = Order.objects.get()
        assert (order.run, order.delivery, order.urgency) == (None, None, urgency)
        assert order.deliver_by == NOW + timedelta(hours=delivery_hours)
        assert order.answer_due_at is not None
        if answer_hours:
            assert order.answer_due_at == NOW + timedelta(hours=answer_hours)
        else:
            assert order.answer_due_at >= NOW + timedelta(hours=24)
        assert OrderNotice.objects.get().recipient == cast.supplier_firm
        assert not ConsolidatedDelivery.objects.exists()
        assert_ledger_equals_balance()

    def test_is_left_by_the_run(self, cast: Cast, line: AgreementLine) -> None:
        requisition = approved(cast, line, Urgency.EMERGENCY)
        assert factories.run(cast).requisition_count == 0
        requisition.refresh_from_db()
        assert requisition.status == RequisitionStatus.APPROVED

    def test_leaves_an_ordinary_one_to_the_run(self, cast: Cast, line: AgreementLine) -> None:
        requisition = factories.approved_requisition(cast, {line: 10})
        assert place_urgent(requisition_id=requisition.pk, actor=cast.platform, at=NOW) is None
        assert not Order.objects.exists()

    def test_is_the_platforms_doing(self, cast: Cast, line: AgreementLine) -> None:
        requisition = approved(cast, line, Urgency.EMERGENCY)
        with refused(NotAllowed):
            place_urgent(requisition_id=requisition.pk, actor=cast.approver, at=NOW)

    def test_hears_of_the_approval_and_places_once(self, cast: Cast, line: AgreementLine) -> None:
        approved(cast, line, Urgency.SPECIAL)
        [message] = Delivery.objects.filter(subscriber="distribution.place_urgent")
        for _ in range(2):
            place_urgent_task(message.event_id)
        assert Order.objects.count() == 1
        message.refresh_from_db()
        assert message.delivered_at is not None
