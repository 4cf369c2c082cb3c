"""What the hospital sees of its invoices and of what is paid for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from distribution.models import Order, Payable
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.distribution.portal.conftest import Login
from tests.factories import TODAY


@pytest.fixture
def order(cast: Cast, line: AgreementLine) -> Order:
    return factories.receipt(cast, {line: 10}).despatch.order


class TestInvoices:
    def test_show_what_differs_on_each_line_and_the_chain(self, cast: Cast, order: Order, login: Login) -> None:
        [line] = factories.billed(order)
        lines = [replace(line, packs=12, amount=Decimal("72.00"))]
        wrong = factories.invoice(cast, order, lines)
        client = login(cast.buyer)
        assert wrong.number in client.get(reverse("portal:invoices"), {"status": "disputed"}).content.decode()
        page = client.get(reverse("portal:invoice", args=[wrong.pk])).content.decode()
        assert "Packs of lot L001 invoiced: 12, accepted: 10" in page
        assert "Invoices that count for lot L001" in page

    def test_say_how_many_payments_are_overdue(self, cast: Cast, order: Order, login: Login) -> None:
        factories.invoice(cast, order)
        client = login(cast.buyer)
        assert "overdue" not in client.get(reverse("portal:invoices")).content.decode()
        Payable.objects.update(due_on=TODAY - timedelta(days=1))
        assert "1 payment is overdue" in client.get(reverse("portal:invoices")).content.decode()

    def test_are_the_hospitals_own(self, cast: Cast, order: Order, login: Login) -> None:
        invoice = factories.invoice(cast, order)
        client = login(cast.outsider)
        assert client.get(reverse("portal:invoice", args=[invoice.pk])).status_code == 404
        assert invoice.number not in client.get(reverse("portal:invoices")).content.decode()


class TestSettlements:
    def test_trace_each_line_to_invoice_and_receipt(self, cast: Cast, order: Order, login: Login) -> None:
        invoice = factories.invoice(cast, order)
        settlement = factories.settlement(cast)
        client = login(cast.approver)
        assert settlement.number in client.get(reverse("portal:settlements"), {"status": "drawn"}).content.decode()
        page = client.get(reverse("portal:settlement", args=[settlement.pk])).content.decode()
        for words in (invoice.number, order.number, order.despatches.get().reference):
            assert words in page
