from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from distribution.models import Despatch, DespatchLine, GoodsReturn, Invoice, Order, OrderLine, Payable
from distribution.services.despatches import advise_despatch
from distribution.services.invoices import Billed, withdraw_invoice
from distribution.services.matching import judge_order
from distribution.services.returns import answer_return, hand_over_return, request_return
from distribution.states import InvoiceKind, InvoiceStatus, OrderStatus, RejectionReason, Remedy
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast
from tests.factories import NOW


@pytest.fixture
def order(cast: Cast, line: AgreementLine) -> Order:
    """Ten packs at 6.00, accepted in full."""
    return factories.receipt(cast, {line: 10}).despatch.order


def returned(cast: Cast, order: Order, packs: int, remedy: Remedy = Remedy.CREDIT) -> GoodsReturn:
    """So many of the packs accepted went back."""
    asked = request_return(
        despatch_line_id=DespatchLine.objects.get(despatch__order=order).pk,
        packs=packs,
        reason=RejectionReason.DAMAGED,
        remedy=remedy,
        actor=cast.pharmacist,
        at=NOW,
    )
    answer_return(return_id=asked.pk, action="agree", actor=cast.supplier, at=NOW)
    return hand_over_return(return_id=asked.pk, actor=cast.pharmacist, at=NOW)


def judged(order: Order) -> Order:
    judge_order(order_id=order.pk, at=NOW)
    return Order.objects.get(pk=order.pk)


class TestWhatAgrees:
    def test_is_matched_and_the_order_invoiced(self, cast: Cast, order: Order) -> None:
        invoice = factories.invoice(cast, order)
        assert (invoice.status, invoice.payable) == (InvoiceStatus.MATCHED, Decimal("60.00"))
        assert OrderLine.objects.get(order=order).invoiced_packs == 10
        assert Order.objects.get(pk=order.pk).status == OrderStatus.INVOICED
        assert [evidence["values"]["verdict"] for evidence in invoice.chain] == ["within"]
        assert set(invoice.chain[0]["sentences"]) == {"en", "zh-hans"}

    def test_is_judged_twice_with_the_same_result(self, cast: Cast, order: Order) -> None:
        factories.invoice(cast, order)
        before = list(Payable.objects.values())
        judged(order)
        assert list(Payable.objects.values()) == before

    def test_of_goods_on_the_way_stays_filed_until_they_are_received(self, cast: Cast, line: AgreementLine) -> None:
        under_way = factories.despatch(cast, {line: 10})
        invoice = factories.invoice(cast, under_way.order)
        assert (invoice.status, invoice.payable) == (InvoiceStatus.FILED, 0)

    def test_frees_the_order_again_when_it_is_withdrawn(self, cast: Cast, order: Order) -> None:
        invoice = factories.invoice(cast, order)
        withdraw_invoice(invoice_id=invoice.pk, reason="抬头有误", actor=cast.supplier, at=NOW)
        assert judged(order).status == OrderStatus.RECEIVED
        assert OrderLine.objects.get(order=order).invoiced_packs == 0


class TestWhatDiffers:
    @pytest.mark.parametrize(
        ("changed", "kind", "payable"),
        [
            ({"packs": 12, "amount": Decimal("72.00")}, "quantity_over", "60.00"),
            ({"packs": 8, "amount": Decimal("48.00")}, "quantity_under", "48.00"),
            ({"price": Decimal("6.50"), "amount": Decimal("65.00")}, "price", "60.00"),
            ({"amount": Decimal("61.00")}, "arithmetic", "60.00"),
            ({"lot_number": "L999"}, "not_received", "0.00"),
        ],
    )
    def test_is_in_dispute_with_what_differs(
        self, cast: Cast, order: Order, changed: dict[str, object], kind: str, payable: str
    ) -> None:
        [line] = factories.billed(order)
        invoice = factories.invoice(cast, order, [replace(line, **changed)])  # type: ignore[arg-type]
        assert invoice.status == InvoiceStatus.DISPUTED
        [match] = invoice.match
        assert [difference["kind"] for difference in match["values"]["differences"]] == [kind]
        assert len(match["difference_sentences"]["en"]) == 1
        assert invoice.payable == Decimal(payable)
        assert not Payable.objects.owed().exists()
        assert Order.objects.get(pk=order.pk).status == OrderStatus.RECEIVED

    def test_is_in_dispute_where_it_was_invoiced_before(self, cast: Cast, order: Order) -> None:
        first, second = factories.invoice(cast, order), factories.invoice(cast, order)
        first.refresh_from_db()
        assert (first.status, second.status) == (InvoiceStatus.MATCHED, InvoiceStatus.DISPUTED)
        assert second.payable == 0

    def test_is_matched_once_it_is_corrected(self, cast: Cast, order: Order) -> None:
        [line] = factories.billed(order)
        wrong = factories.invoice(cast, order, [replace(line, packs=12, amount=Decimal("72.00"))])
        withdraw_invoice(invoice_id=wrong.pk, reason="数量有误", actor=cast.supplier, at=NOW)
        assert factories.invoice(cast, order).status == InvoiceStatus.MATCHED


class TestReturns:
    def test_after_the_invoice_lead_to_a_dispute_and_less_to_pay(self, cast: Cast, order: Order) -> None:
        invoice = factories.invoice(cast, order)
        returned(cast, order, 2)
        judged(order)
        invoice.refresh_from_db()
        assert (invoice.status, invoice.payable) == (InvoiceStatus.DISPUTED, Decimal("48.00"))

    def test_are_settled_by_a_credit_note(self, cast: Cast, order: Order) -> None:
        invoice = factories.invoice(cast, order)
        returned(cast, order, 2)
        [line] = factories.billed(order, 2)
        note = factories.invoice(cast, order, [line], kind=InvoiceKind.CREDIT)
        invoice.refresh_from_db()
        assert (invoice.status, invoice.payable) == (InvoiceStatus.MATCHED, Decimal("48.00"))
        assert (note.status, note.payable) == (InvoiceStatus.MATCHED, 0)
        assert Order.objects.get(pk=order.pk).status == OrderStatus.INVOICED

    def test_that_did_not_happen_are_not_credited(self, cast: Cast, order: Order) -> None:
        [line] = factories.billed(order, 2)
        assert factories.invoice(cast, order, [line], kind=InvoiceKind.CREDIT).status == InvoiceStatus.DISPUTED


class TestTheTwoInvoiceRule:
    @pytest.fixture
    def delivered(self, cast: Cast, line: AgreementLine) -> Order:
        """Brought and sold by the distributor."""
        factories.entrustment(cast)
        return factories.receipt(cast, {line: 10}).despatch.order

    def invoiced(self, cast: Cast, order: Order) -> Invoice:
        return factories.invoice(cast, order, actor=cast.distributor)

    def test_holds_back_what_cannot_be_traced_to_its_maker(self, cast: Cast, delivered: Order) -> None:
        invoice = self.invoiced(cast, delivered)
        assert invoice.status == InvoiceStatus.DISPUTED
        assert [evidence["values"]["verdict"] for evidence in invoice.chain] == ["incomplete"]

    def test_lets_two_invoices_pass(self, cast: Cast, line: AgreementLine, delivered: Order) -> None:
        factories.sale(cast.supplier, cast.distributor, {line.product: "L001"})
        assert self.invoiced(cast, delivered).status == InvoiceStatus.MATCHED

    def test_blocks_a_third_one(self, cast: Cast, line: AgreementLine, delivered: Order) -> None:
        factories.sale(cast.supplier, cast.rival, {line.product: "L001"})
        factories.sale(cast.rival, cast.distributor, {line.product: "L001"})
        invoice = self.invoiced(cast, delivered)
        assert invoice.status == InvoiceStatus.DISPUTED
        assert (invoice.chain[0]["values"]["length"], invoice.chain[0]["values"]["limit"]) == (3, 2)
        assert not Payable.objects.owed().exists()


def test_partial_deliveries_are_invoiced_one_by_one(cast: Cast, line: AgreementLine) -> None:
    order = factories.confirmed_order(cast, {line: 10})
    [ordered] = order.lines.all()
    for packs in (6, 4):
        sent = [factories.sent(ordered, packs)]
        way = advise_despatch(order_id=order.pk, reference=f"DN{packs}", sent=sent, actor=cast.supplier, at=NOW)
        factories.received(cast, way)
        billed = Billed(ordered.pk, "L001", packs, ordered.price, packs * ordered.price)
        assert factories.invoice(cast, order, [billed]).status == InvoiceStatus.MATCHED
    assert Despatch.objects.filter(order=order).count() == 2
    assert Order.objects.get(pk=order.pk).status == OrderStatus.INVOICED


class TestAnOrderOfWhichEverythingWentBack:
    def test_owes_nothing_and_is_settled(self, cast: Cast, order: Order) -> None:
        returned(cast, order, 10)
        assert judged(order).status == OrderStatus.SETTLED

    def test_is_settled_once_what_was_invoiced_is_credited(self, cast: Cast, order: Order) -> None:
        factories.invoice(cast, order)
        returned(cast, order, 10)
        assert judged(order).status == OrderStatus.RECEIVED
        factories.invoice(cast, order, factories.billed(order, 10), kind=InvoiceKind.CREDIT)
        assert Order.objects.get(pk=order.pk).status == OrderStatus.SETTLED
        assert set(Invoice.objects.values_list("status", flat=True)) == {InvoiceStatus.SETTLED}


def test_a_replacement_after_the_invoice_is_credited_and_invoiced_by_its_lot(cast: Cast, order: Order) -> None:
    factories.invoice(cast, order)
    returned(cast, order, 2, Remedy.REPLACE)
    assert judged(order).status == OrderStatus.DESPATCHED
    line = factories.sent(order.lines.get(), 2, lot_number="L2")
    factories.received(
        cast, advise_despatch(order_id=order.pk, reference="DN2", sent=[line], actor=cast.supplier, at=NOW)
    )
    first, other = factories.billed(order, 2)
    factories.invoice(cast, order, [first], kind=InvoiceKind.CREDIT)
    factories.invoice(cast, order, [other])
    assert Order.objects.get(pk=order.pk).status == OrderStatus.INVOICED
    assert factories.paid_settlement(cast).amount == Decimal("60.00")
    assert Order.objects.get(pk=order.pk).status == OrderStatus.SETTLED


def test_goods_are_credited_once(cast: Cast, order: Order) -> None:
    factories.invoice(cast, order)
    factories.paid_settlement(cast)
    returned(cast, order, 2)
    notes = [factories.invoice(cast, order, factories.billed(order, 2), kind=InvoiceKind.CREDIT) for _ in range(2)]
    assert [(note.status, note.payable) for note in notes] == [
        (InvoiceStatus.MATCHED, Decimal("-12.00")),
        (InvoiceStatus.DISPUTED, Decimal(0)),
    ]
