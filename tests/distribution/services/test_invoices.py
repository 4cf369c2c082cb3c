from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.foundation.errors import NotAllowed, NothingGiven, NotVisible
from catalog.foundation.journal.models import Event
from distribution.errors import (
    AmountNotPositive,
    DeemedProducerExists,
    DeemedTermEmpty,
    InvoiceBeforeOrder,
    InvoiceExists,
    InvoiceInFuture,
    LineTwice,
    NotInvoiceable,
    PacksNotPositive,
    ReasonMissing,
    TermNotShortened,
    UnknownOrderLine,
)
from distribution.models import DeemedProducer, Invoice, Order
from distribution.services.deemed import end_deemed_producer, enter_deemed_producer
from distribution.services.invoices import file_invoice, withdraw_invoice
from distribution.states import DeemedGround, InvoiceStatus
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, TODAY
from tests.refusals import refused


@pytest.fixture
def order(cast: Cast, line: AgreementLine) -> Order:
    return factories.despatch(cast, {line: 10}).order


class TestFile:
    def test_an_invoice_for_an_order(self, cast: Cast, order: Order) -> None:
        invoice = factories.invoice(cast, order, judged=False)
        assert (invoice.seller, invoice.buyer, invoice.amount) == (cast.supplier_firm, cast.hospital, Decimal("60.00"))
        assert invoice.status == InvoiceStatus.FILED
        assert Event.objects.filter(action="invoice.file", subject_id=invoice.pk).exists()

    def test_once_under_a_number_and_again_after_it_was_withdrawn(self, cast: Cast, order: Order) -> None:
        first = factories.invoice(cast, order, judged=False)

        def again() -> Invoice:
            return file_invoice(
                order_id=order.pk,
                number=first.number,
                issued_on=TODAY,
                billed=factories.billed(order),
                actor=cast.supplier,
                at=NOW,
            )

        with pytest.raises(InvoiceExists):
            again()
        withdraw_invoice(invoice_id=first.pk, reason="有误", actor=cast.supplier, at=NOW)
        assert again().pk != first.pk

    def test_by_who_supplies_alone(self, cast: Cast, order: Order) -> None:
        for actor, error in ((cast.buyer, NotAllowed), (cast.rival, NotVisible)):
            with pytest.raises(error):
                factories.invoice(cast, order, actor=actor, judged=False)

    def test_of_no_day_before_the_order(self, cast: Cast, order: Order) -> None:
        with refused(InvoiceBeforeOrder):
            factories.invoice(cast, order, issued_on=TODAY - timedelta(days=1), judged=False)

    def test_of_an_order_that_was_confirmed(self, cast: Cast, line: AgreementLine) -> None:
        with pytest.raises(NotInvoiceable):
            factories.invoice(cast, factories.placed_order(cast, {line: 10}), judged=False)

    def test_with_lines_that_can_be_read(self, cast: Cast, order: Order) -> None:
        [good] = factories.billed(order)
        rows = [good, good, replace(good, line_id=10**9), replace(good, lot_number="B", packs=0, price=Decimal(0))]
        with refused(UnknownOrderLine, LineTwice, PacksNotPositive, AmountNotPositive):
            factories.invoice(cast, order, rows, judged=False)
        with refused(InvoiceInFuture):
            factories.invoice(cast, order, issued_on=TODAY + timedelta(days=1), judged=False)
        with pytest.raises(NothingGiven):
            factories.invoice(cast, order, [], judged=False)
        assert not Invoice.objects.exists()


class TestWithdraw:
    def test_is_by_who_filed_it_with_the_reason(self, cast: Cast, order: Order) -> None:
        invoice = factories.invoice(cast, order, judged=False)
        with pytest.raises(ReasonMissing):
            withdraw_invoice(invoice_id=invoice.pk, reason="", actor=cast.supplier, at=NOW)
        with pytest.raises(NotAllowed):
            withdraw_invoice(invoice_id=invoice.pk, reason="有误", actor=cast.buyer, at=NOW)
        withdrawn = withdraw_invoice(invoice_id=invoice.pk, reason="有误", actor=cast.supplier, at=NOW)
        assert (withdrawn.status, withdrawn.status_reason) == (InvoiceStatus.WITHDRAWN, "有误")


class TestFileSale:
    def test_by_one_of_the_two_firms(self, cast: Cast, line: AgreementLine) -> None:
        copy = factories.sale(cast.supplier, cast.distributor, {line.product: "L001"})
        assert (copy.order, copy.province, copy.filed_by) == (None, None, cast.supplier_firm)

    def test_names_products_that_there_are(self, cast: Cast, line: AgreementLine) -> None:
        line.product.code = "P-NONE"
        with pytest.raises(NotVisible):
            factories.sale(cast.supplier, cast.distributor, {line.product: "L001"})


class TestDeemedProducers:
    def enter(self, cast: Cast, **changed: object) -> DeemedProducer:
        given = {
            "maker_code": cast.supplier_firm.code,
            "firm_code": cast.rival_firm.code,
            "ground": DeemedGround.SALES_COMPANY,
            "papers": "集团授权书",
            "valid_from": TODAY,
            "valid_until": None,
            "actor": cast.officer,
        }
        return enter_deemed_producer(**given | changed, at=NOW)  # type: ignore[arg-type]

    def test_are_entered_once_per_ground(self, cast: Cast) -> None:
        self.enter(cast)
        with pytest.raises(DeemedProducerExists):
            self.enter(cast, firm_code=cast.distributor_firm.code)
        assert self.enter(cast, ground=DeemedGround.GENERAL_AGENT)

    def test_are_entered_by_officers_on_papers_for_a_time(self, cast: Cast) -> None:
        for changed, error in (
            ({"actor": cast.supplier}, NotAllowed),
            ({"papers": " "}, ReasonMissing),
            ({"valid_until": TODAY}, DeemedTermEmpty),
            ({"firm_code": cast.supplier_firm.code}, NotVisible),
        ):
            with pytest.raises(error):
                self.enter(cast, **changed)

    def test_end_early_by_an_officer_and_make_room_for_another(self, cast: Cast) -> None:
        entry = self.enter(cast, valid_from=TODAY - timedelta(days=30))
        with pytest.raises(NotAllowed):
            end_deemed_producer(entry_id=entry.pk, on=TODAY, actor=cast.supplier, at=NOW)
        with pytest.raises(TermNotShortened):
            end_deemed_producer(entry_id=entry.pk, on=TODAY - timedelta(days=1), actor=cast.officer, at=NOW)
        end_deemed_producer(entry_id=entry.pk, on=TODAY, actor=cast.officer, at=NOW)
        assert self.enter(cast, firm_code=cast.distributor_firm.code)
        assert Event.objects.filter(action="deemed_producer.end", subject_id=entry.pk).exists()
