"""Judging invoices, entering deemed producers, and settling, as officers do it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from distribution.models import DeemedProducer, Invoice, Payable, Settlement
from distribution.states import InvoiceStatus, SettlementStatus
from tests import factories
from tests.cast import Cast
from tests.factories import TODAY
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

pytestmark = pytest.mark.usefixtures("rule_sets")
DRAW_UP = "admin:distribution_settlement_draw_up"
ENTER = "admin:distribution_deemedproducer_enter"


@pytest.fixture
def invoice(cast: Cast) -> Invoice:
    """Ten packs at 6.00, matched."""
    return factories.invoice(cast, factories.receipt(cast).despatch.order)


class TestInvoices:
    def test_show_their_differences_line_by_line_and_their_chain(self, cast: Cast) -> None:
        order = factories.receipt(cast).despatch.order
        [line] = factories.billed(order)
        wrong = factories.invoice(cast, order, [replace(line, price=Decimal("6.50"), amount=Decimal("65.00"))])
        page = get(client_of(cast.officer), page_of(wrong))
        assert "Invoiced are 6.5000 yuan a pack, agreed are 6.0000" in page
        assert "SUPPLIER → HOSP-HA" in page
        assert "in dispute" in get(client_of(cast.officer), list_of(Invoice))

    def test_are_judged_again_by_officers_alone(self, cast: Cast, invoice: Invoice) -> None:
        address = action_of(invoice, "judge")
        Invoice.objects.update(status=InvoiceStatus.DISPUTED)
        assert "The invoice is “matched”." in post(client_of(cast.officer), address)
        assert client_of(cast.supervisor).post(address).status_code == 403


class TestDeemedProducers:
    def test_are_entered_once(self, cast: Cast) -> None:
        values = {
            "maker": cast.supplier_firm.pk,
            "firm": cast.rival_firm.pk,
            "ground": "sales_company",
            "papers": "集团授权书",
            "valid_from": TODAY.isoformat(),
        }
        client = client_of(cast.officer)
        assert "Entered:" in post(client, reverse(ENTER), **values)
        assert "there is one in the whole nation" in post(client, reverse(ENTER), **values)
        assert DeemedProducer.objects.count() == 1
        assert "集团授权书" in get(client, list_of(DeemedProducer))

    def test_end_early(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        values = {"maker": cast.supplier_firm.pk, "firm": cast.rival_firm.pk, "ground": "sales_company", "papers": "x"}
        post(client, reverse(ENTER), **values, valid_from=(TODAY - timedelta(days=9)).isoformat())
        entry = DeemedProducer.objects.get()
        where = action_of(entry, "end")
        assert "no day on which this can end early" in post(client, where, on=TODAY - timedelta(days=1))
        assert "is in force" in post(client, where, on=TODAY)
        assert "Invoices of that day" not in get(client, page_of(entry))
        entry.refresh_from_db()
        assert entry.validity.upper == TODAY


class TestSettlements:
    def test_are_drawn_up_approved_and_paid_by_two_officers(self, cast: Cast, invoice: Invoice) -> None:
        first, second = client_of(cast.officer), client_of(cast.second_officer)
        assert "Amounts owed by matched invoices: 1" in get(first, reverse(DRAW_UP))
        assert "Settlements drawn up: 1, ¥60.00 in all" in post(first, reverse(DRAW_UP))
        assert "Nothing is to be paid" in post(first, reverse(DRAW_UP))
        settlement = Settlement.objects.get()
        approve = action_of(settlement, "approve")
        assert "nobody approves their own settlement" in post(first, approve, version=1)
        assert "is approved" in post(second, approve, version=settlement.version)
        settlement.refresh_from_db()
        paid = {"version": settlement.version, "reference": "BANK1", "paid_on": TODAY.isoformat()}
        assert "is paid" in post(first, action_of(settlement, "pay"), **paid)
        assert invoice.number in get(first, page_of(settlement))
        assert Invoice.objects.get().status == InvoiceStatus.SETTLED

    def test_are_cancelled_with_a_reason(self, cast: Cast, invoice: Invoice) -> None:
        settlement = factories.settlement(cast)
        values = {"version": settlement.version, "reason": "账户有误"}
        assert "is cancelled" in post(client_of(cast.officer), action_of(settlement, "cancel"), **values)
        assert Settlement.objects.get().status == SettlementStatus.CANCELLED

    def test_are_read_by_supervisors(self, cast: Cast, invoice: Invoice) -> None:
        settlement = factories.settlement(cast)
        client = client_of(cast.supervisor)
        assert settlement.number in get(client, list_of(Settlement))
        assert client.post(reverse(DRAW_UP)).status_code == 403


class TestOverdue:
    def test_lists_what_is_late_alone(self, cast: Cast, invoice: Invoice) -> None:
        client = client_of(cast.officer)
        assert invoice.number not in get(client, list_of(Payable))
        Payable.objects.update(due_on=TODAY - timedelta(days=10))
        page = get(client, list_of(Payable))
        assert invoice.number in page
        assert "¥0.30" in page
