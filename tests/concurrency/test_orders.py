"""Both sides of an order, and both answers to a requisition, at the same moment."""

from __future__ import annotations

from functools import partial

import pytest
from django.db.models import Sum

from distribution.models import Order, OrderLine
from distribution.services.amendments import AmendedLine, amend_order
from distribution.services.orders import LineAnswer, confirm_order, refuse_order
from distribution.services.requisitions import approve_requisition, change_requisition
from distribution.states import OrderStatus, RequisitionStatus
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.concurrency.threads import at_once, kinds
from tests.factories import NOW
from tests.procurement.ledger import assert_ledger_equals_balance

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rule_sets")]


class TestAnOrder:
    def test_is_amended_before_it_is_confirmed_or_not_at_all(self, cast: Cast) -> None:
        [agreed] = factories.agreement_lines(cast)[:1]
        order = factories.placed_order(cast, {agreed: 10})
        line = order.lines.get()
        outcomes = at_once(
            partial(amend_order, order_id=order.pk, lines=[AmendedLine(line.pk, 4)], actor=cast.buyer, at=NOW),
            partial(
                confirm_order,
                order_id=order.pk,
                answers=[LineAnswer(line.pk, 4, "缺货")],
                actor=cast.supplier,
                at=NOW,
            ),
        )
        # whoever amends too late is told that it is confirmed; whoever confirms the amended order confirms all of it
        assert kinds(outcomes) in (["Order", "Order"], ["Order", "WrongState"])
        line.refresh_from_db()
        agreed.refresh_from_db()
        assert (line.open_packs, line.confirmed_packs, agreed.called_off_quantity) == (4, 4, 96)
        assert_ledger_equals_balance()

    def test_refused_beside_another_one_of_the_same_volume_is_handed_to_the_backup_once(self, cast: Cast) -> None:
        main, backup = factories.main_and_backup(cast)
        orders = [factories.placed_order(cast, {main: packs}) for packs in (3, 4, 5)]
        refusals = [
            partial(refuse_order, order_id=order.pk, reason="停产", actor=cast.supplier, at=NOW)
            for order in (*orders, orders[0])
        ]
        assert kinds(at_once(*refusals)) == ["AlreadyDone", "Order", "Order", "Order"]
        served = OrderLine.objects.filter(agreement_line=backup, order__status=OrderStatus.PLACED)
        assert served.aggregate(packs=Sum("packs")) == {"packs": 12}
        assert Order.objects.filter(replaces__in=orders).count() == 3
        rows = AgreementLine.objects.in_bulk([main.pk, backup.pk])
        assert (rows[main.pk].called_off_quantity, rows[backup.pk].called_off_quantity) == (0, 12 * 24)
        assert rows[main.pk].agreed_quantity + rows[backup.pk].agreed_quantity == 240_000
        assert_ledger_equals_balance()


class TestARequisition:
    def test_is_approved_or_sent_back(self, cast: Cast) -> None:
        [agreed] = factories.agreement_lines(cast)[:1]
        submitted = factories.submitted_requisition(cast, {agreed: 10})
        outcomes = at_once(
            partial(approve_requisition, requisition_id=submitted.pk, actor=cast.approver, at=NOW),
            partial(change_requisition, requisition_id=submitted.pk, action="return", actor=cast.approver, at=NOW),
        )
        assert kinds(outcomes) == ["Requisition", "WrongState"]
        submitted.refresh_from_db()
        agreed.refresh_from_db()
        is_approved = submitted.status == RequisitionStatus.APPROVED
        assert submitted.status in (RequisitionStatus.APPROVED, RequisitionStatus.DRAFT)
        assert agreed.called_off_quantity == (240 if is_approved else 0)
        assert (submitted.approver_id is None) is not is_approved
        assert_ledger_equals_balance()
