from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.foundation.errors import AlreadyDone, NotAllowed, NotVisible, Stale, WrongState
from catalog.foundation.journal.models import Event
from distribution.errors import (
    InvoiceBeingSettled,
    NothingToSettle,
    PaymentBeforeSettlement,
    PaymentExists,
    PaymentInFuture,
    ReasonMissing,
    SettlementOutdated,
)
from distribution.models import Despatch, DespatchLine, Invoice, Order, OrderNotice, Payable, Settlement
from distribution.queries.overdue import (
    Grouping,
    credits_due,
    interest_so_far,
    overdue_groups,
    overdue_payables,
    punctuality,
)
from distribution.services.invoices import withdraw_invoice
from distribution.services.matching import judge_order
from distribution.services.reminders import remind_of_overdue
from distribution.services.returns import answer_return, hand_over_return
from distribution.services.settlements import (
    approve_settlement,
    cancel_settlement,
    draw_up_settlements,
    record_payment,
)
from distribution.states import InvoiceKind, InvoiceStatus, NoticeKind, OrderStatus, Remedy, SettlementStatus
from procurement.models import AgreementLine
from tests import factories
from tests.cast import Cast, machine_of
from tests.factories import NOW, TODAY


@pytest.fixture
def order(cast: Cast, line: AgreementLine) -> Order:
    """Ten packs at 6.00, accepted today and invoiced."""
    order = factories.receipt(cast, {line: 10}).despatch.order
    factories.invoice(cast, order)
    return order


def goes_back(cast: Cast, order: Order, packs: int) -> None:
    """So many packs go back, and the invoices are judged anew."""
    line = DespatchLine.objects.get(despatch__order=order)
    asked = factories.goods_return(cast, line, packs, remedy=Remedy.CREDIT)
    answer_return(return_id=asked.pk, action="agree", actor=cast.supplier, at=NOW)
    hand_over_return(return_id=asked.pk, actor=cast.pharmacist, at=NOW)
    judge_order(order_id=order.pk, at=NOW)


class TestDrawUp:
    def test_pays_what_is_matched_and_traces_it_to_the_receipt(self, cast: Cast, order: Order) -> None:
        settlement = factories.settlement(cast)
        assert (settlement.institution, settlement.payee) == (cast.hospital, cast.supplier_firm)
        assert (settlement.amount, settlement.status) == (Decimal("60.00"), SettlementStatus.DRAWN)
        [line] = settlement.lines.all()
        assert line.payable.receipt == Despatch.objects.get(order=order).receipt
        assert Event.objects.filter(action="settlement.draw_up", subject_id=settlement.pk).exists()

    def test_pays_nothing_that_is_in_dispute(self, cast: Cast, order: Order) -> None:
        goes_back(cast, order, 2)
        with pytest.raises(NothingToSettle):
            draw_up_settlements(actor=cast.officer, at=NOW)

    def test_pays_nothing_twice(self, cast: Cast, order: Order) -> None:
        factories.settlement(cast)
        with pytest.raises(NothingToSettle):
            draw_up_settlements(actor=cast.second_officer, at=NOW)

    def test_takes_what_is_due_by_a_day(self, cast: Cast, order: Order) -> None:
        # volume-based procurement: by the end of the month after acceptance
        due_on = Payable.objects.get().due_on
        assert (due_on + timedelta(days=1)).day == 1
        assert timedelta(28) <= due_on - TODAY <= timedelta(62)
        with pytest.raises(NothingToSettle):
            draw_up_settlements(due_by=due_on - timedelta(days=1), actor=cast.officer, at=NOW)
        assert draw_up_settlements(due_by=due_on, actor=cast.officer, at=NOW)

    def test_takes_one_institution_and_payee(self, cast: Cast, order: Order) -> None:
        for other in ({"institution_code": cast.other_hospital.code}, {"payee_code": cast.rival_firm.code}):
            with pytest.raises(NothingToSettle):
                draw_up_settlements(**other, actor=cast.officer, at=NOW)
        pair = {"institution_code": cast.hospital.code, "payee_code": cast.supplier_firm.code}
        assert len(draw_up_settlements(**pair, actor=cast.officer, at=NOW)) == 1

    def test_is_the_officers_of_the_province(self, cast: Cast, order: Order) -> None:
        with pytest.raises(NotAllowed):
            draw_up_settlements(actor=cast.supplier, at=NOW)
        with pytest.raises(NothingToSettle):
            draw_up_settlements(actor=cast.foreign_officer, at=NOW)


class TestApprove:
    def test_is_by_another_officer(self, cast: Cast, order: Order) -> None:
        settlement = factories.settlement(cast)
        for actor in (cast.officer, machine_of(cast.second_officer)):
            with pytest.raises(NotAllowed):
                approve_settlement(settlement_id=settlement.pk, actor=actor, at=NOW)
        approved = approve_settlement(settlement_id=settlement.pk, actor=cast.second_officer, at=NOW)
        assert (approved.status, approved.approved_by_id) == (SettlementStatus.APPROVED, cast.second_officer.user_id)

    def test_refuses_what_changed_meanwhile(self, cast: Cast, order: Order) -> None:
        settlement = factories.settlement(cast)
        goes_back(cast, order, 2)
        with pytest.raises(SettlementOutdated):
            approve_settlement(settlement_id=settlement.pk, actor=cast.second_officer, at=NOW)

    def test_fixes_the_amounts(self, cast: Cast, order: Order) -> None:
        factories.approved_settlement(cast)
        goes_back(cast, order, 2)
        assert [row.amount for row in Payable.objects.all()] == [Decimal("60.00")]

    def test_refuses_an_old_version_and_another_province(self, cast: Cast, order: Order) -> None:
        settlement = factories.settlement(cast)
        with pytest.raises(Stale):
            approve_settlement(settlement_id=settlement.pk, expected_version=0, actor=cast.second_officer, at=NOW)
        with pytest.raises(NotVisible):
            approve_settlement(settlement_id=settlement.pk, actor=cast.foreign_officer, at=NOW)


class TestPayment:
    def test_settles_invoice_and_order(self, cast: Cast, order: Order) -> None:
        paid = factories.paid_settlement(cast)
        assert (paid.status, paid.interest) == (SettlementStatus.PAID, 0)
        assert Invoice.objects.get().status == InvoiceStatus.SETTLED
        assert Order.objects.get(pk=order.pk).status == OrderStatus.SETTLED

    def test_that_is_late_bears_the_agreed_interest(self, cast: Cast, order: Order) -> None:
        late = Payable.objects.get().due_on + timedelta(days=10)
        paid = factories.paid_settlement(cast, at=NOW + (late - TODAY))
        # 60.00 × 0.0005 × 10 days
        assert paid.interest == Decimal("0.30")
        assert [line.interest for line in paid.lines.all()] == [Decimal("0.30")]

    def test_waits_for_the_approval(self, cast: Cast, order: Order) -> None:
        settlement = factories.settlement(cast)
        with pytest.raises(WrongState):
            record_payment(settlement_id=settlement.pk, reference="B1", paid_on=TODAY, actor=cast.officer, at=NOW)
        assert Payable.objects.get().paid_on is None

    def test_has_a_reference_of_its_own_and_is_made(self, cast: Cast, order: Order, line: AgreementLine) -> None:
        first = factories.paid_settlement(cast)
        factories.invoice(cast, factories.receipt(cast, {line: 5}).despatch.order)
        second = factories.approved_settlement(cast)

        def pay(reference: str, days: int = 0) -> Settlement:
            day = TODAY + timedelta(days=days)
            return record_payment(settlement_id=second.pk, reference=reference, paid_on=day, actor=cast.officer, at=NOW)

        with pytest.raises(PaymentExists):
            pay(first.payment_reference)
        with pytest.raises(ReasonMissing):
            pay(" ")
        with pytest.raises(PaymentInFuture):
            pay("B2", days=1)
        # or lateness and interest could be dated away
        with pytest.raises(PaymentBeforeSettlement):
            pay("B2", days=-1)
        assert pay("B2").status == SettlementStatus.PAID
        with pytest.raises(AlreadyDone):
            pay("B3")

    def test_of_goods_that_went_back_later_is_credited_with_the_next_settlement(
        self, cast: Cast, order: Order, line: AgreementLine
    ) -> None:
        factories.paid_settlement(cast)
        assert not credits_due(cast.officer).exists()
        goes_back(cast, order, 2)
        assert [(row.paid_packs, row.credit) for row in credits_due(cast.officer)] == [(10, Decimal("12.00"))]
        assert not credits_due(cast.rival).exists()
        note = factories.invoice(cast, order, factories.billed(order, 2), kind=InvoiceKind.CREDIT)
        assert (note.status, note.payable) == (InvoiceStatus.MATCHED, Decimal("-12.00"))
        with pytest.raises(NothingToSettle):
            draw_up_settlements(actor=cast.officer, at=NOW)
        factories.invoice(cast, factories.receipt(cast, {line: 5}).despatch.order)
        assert factories.paid_settlement(cast).amount == Decimal("18.00")
        note.refresh_from_db()
        assert note.status == InvoiceStatus.SETTLED
        assert not credits_due(cast.officer).exists()


class TestCancel:
    def test_frees_what_it_was_to_pay(self, cast: Cast, order: Order) -> None:
        settlement = factories.approved_settlement(cast)
        with pytest.raises(ReasonMissing):
            cancel_settlement(settlement_id=settlement.pk, reason=" ", actor=cast.officer, at=NOW)
        cancel_settlement(settlement_id=settlement.pk, reason="账户有误", actor=cast.officer, at=NOW)
        assert factories.settlement(cast).amount == Decimal("60.00")

    def test_comes_too_late_after_the_payment(self, cast: Cast, order: Order) -> None:
        settlement = factories.paid_settlement(cast)
        with pytest.raises(WrongState):
            cancel_settlement(settlement_id=settlement.pk, reason="账户有误", actor=cast.officer, at=NOW)

    def test_comes_before_an_invoice_is_withdrawn(self, cast: Cast, order: Order) -> None:
        settlement = factories.settlement(cast)
        invoice = Invoice.objects.get()
        with pytest.raises(InvoiceBeingSettled):
            withdraw_invoice(invoice_id=invoice.pk, reason="有误", actor=cast.supplier, at=NOW)
        cancel_settlement(settlement_id=settlement.pk, reason="有误", actor=cast.officer, at=NOW)
        withdrawn = withdraw_invoice(invoice_id=invoice.pk, reason="有误", actor=cast.supplier, at=NOW)
        assert withdrawn.status == InvoiceStatus.WITHDRAWN


class TestOverdue:
    def test_lists_what_is_late_with_its_age_and_interest(self, cast: Cast, order: Order) -> None:
        due_on = Payable.objects.get().due_on
        assert not overdue_payables(cast.officer, due_on).exists()
        late = due_on + timedelta(days=40)
        [payable] = overdue_payables(cast.officer, late)
        assert interest_so_far(payable, late) == Decimal("1.20")
        for by, code in (
            (Grouping.INSTITUTION, cast.hospital.code),
            (Grouping.PAYEE, cast.supplier_firm.code),
            (Grouping.PROVINCE, order.province_id),
        ):
            [group] = overdue_groups(cast.officer, late, by)
            assert (group.code, group.amount, group.interest) == (code, Decimal("60.00"), Decimal("1.20"))
            assert [(bucket.least, bucket.amount) for bucket in group.ages if bucket.amount] == [(31, Decimal("60.00"))]

    @pytest.mark.parametrize(
        ("who", "sees"), [("supervisor", 1), ("buyer", 1), ("supplier", 1), ("rival", 0), ("foreign_officer", 0)]
    )
    def test_shows_everybody_their_own(self, cast: Cast, order: Order, who: str, sees: int) -> None:
        late = Payable.objects.get().due_on + timedelta(days=1)
        assert overdue_payables(getattr(cast, who), late).count() == sees

    def test_is_told_once_to_all_concerned(self, cast: Cast, order: Order) -> None:
        late = NOW + (Payable.objects.get().due_on - TODAY) + timedelta(days=1)
        assert [remind_of_overdue(at=NOW), remind_of_overdue(at=late), remind_of_overdue(at=late)] == [0, 1, 0]
        notices = OrderNotice.objects.filter(kind=NoticeKind.PAYMENT_OVERDUE, order=order)
        assert {notice.recipient_id for notice in notices} == {
            cast.hospital.pk,
            cast.supplier_firm.pk,
            cast.agency.pk,
        }

    def test_measures_how_punctually_is_paid(self, cast: Cast, order: Order, line: AgreementLine) -> None:
        period = {"since": TODAY, "until": TODAY + timedelta(days=200)}
        assert punctuality(cast.officer, **period, by=Grouping.PROVINCE) == []
        due_on = Payable.objects.get().due_on
        factories.paid_settlement(cast, at=NOW + timedelta(days=20))
        factories.invoice(cast, factories.receipt(cast, {line: 5}).despatch.order)
        factories.paid_settlement(cast, at=NOW + (due_on - TODAY) + timedelta(days=1))
        [row] = punctuality(cast.officer, **period, by=Grouping.PROVINCE)
        mean = Decimal(20 + (due_on - TODAY).days + 1) / 2
        assert (row.count, row.on_time, row.mean_days) == (2, Decimal("0.5000"), mean)
