from __future__ import annotations

import pytest

from distribution.models import OrderNotice
from distribution.services.notices import notify
from distribution.states import NoticeKind
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("rule_sets")


class TestNotify:
    def test_tells_each_organization_once_and_nobody_is_left_out(self, cast: Cast, line: AgreementLine) -> None:
        order = factories.placed_order(cast, {line: 1})
        OrderNotice.objects.all().delete()
        recipients = [cast.hospital.pk, None, cast.agency.pk, cast.hospital.pk]
        told = notify(recipients, NoticeKind.ANSWER_OVERDUE, order=order, at=NOW, order_number=order.number, hours=24)
        assert [notice.recipient_id for notice in told] == sorted([cast.agency.pk, cast.hospital.pk])
        notice = OrderNotice.objects.get(recipient=cast.hospital)
        assert (notice.kind, notice.order, notice.requisition) == (NoticeKind.ANSWER_OVERDUE, order, None)
        assert notice.facts == {"order_number": order.number, "hours": 24}
        assert (notice.created_at, notice.read_at) == (NOW, None)
