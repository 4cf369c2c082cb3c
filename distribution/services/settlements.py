"""Settlements: drawn up by one officer, approved by another, paid through the bank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record_all
from catalog.foundation.transitions import find, perform, unit_of_work
from distribution.errors import (
    NothingToSettle,
    PaymentBeforeSettlement,
    PaymentExists,
    PaymentInFuture,
    ReasonMissing,
    SettlementOutdated,
)
from distribution.models import Invoice, Order, Payable, Settlement, SettlementLine
from distribution.policies import may_handle_settlement, require_officer
from distribution.rules.payment import interest
from distribution.services.settling import settle_paid
from distribution.states import SETTLEMENT, InvoiceStatus


def draw_up_settlements(
    *,
    institution_code: str = "",
    payee_code: str = "",
    due_by: date | None = None,
    actor: Actor,
    at: datetime,
) -> list[Settlement]:
    """Draw up what is owed in the officer's province: one settlement per institution and payee.

    Of one institution or payee where named; what is due by a day, or everything. Credit notes are set against it; where
    they outweigh what is owed they wait.

    Raises:
        NotAllowed
        NothingToSettle: nothing is owed, or all of it stands in a settlement.
    """
    province = require_officer(actor)
    owed = Payable.objects.owed().filter(invoice__province=province)
    if institution_code:
        owed = owed.filter(invoice__buyer__code=institution_code)
    if payee_code:
        owed = owed.filter(invoice__seller__code=payee_code)
    if due_by is not None:
        owed = owed.filter(Q(due_on__lte=due_by) | Q(amount__lt=0))
    with unit_of_work():
        _lock_invoices(owed.values_list("invoice_id", flat=True))
        taken = SettlementLine.objects.filter(is_active=True).values("payable")
        groups: defaultdict[tuple[int, int], list[Payable]] = defaultdict(list)
        for payable in owed.exclude(pk__in=taken).select_related("invoice").order_by("pk"):
            groups[payable.invoice.buyer_id, payable.invoice.seller_id].append(payable)
        sums = {pair: sum((row.amount for row in rows), Decimal(0)) for pair, rows in groups.items()}
        settlements = Settlement.objects.bulk_create(
            Settlement(
                province_id=province,
                institution_id=institution_id,
                payee_id=payee_id,
                amount=amount,
                drawn_at=at,
                drawn_by_id=actor.user_id,
            )
            for (institution_id, payee_id), amount in sorted(sums.items())
            if amount > 0
        )
        if not settlements:
            raise NothingToSettle()
        SettlementLine.objects.bulk_create(
            SettlementLine(settlement=settlement, payable=payable, amount=payable.amount)
            for settlement in settlements
            for payable in groups[settlement.institution_id, settlement.payee_id]
        )
        record_all(
            actor=actor,
            action="settlement.draw_up",
            changes_of=[(settlement, {"amount": [None, str(settlement.amount)]}) for settlement in settlements],
            at=at,
        )
    return settlements


def approve_settlement(
    *, settlement_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> Settlement:
    """Approve what another officer drew up; from here on its amounts are fixed.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        SettlementOutdated: an invoice of it is in dispute, or less or more is to be paid than when it was drawn up.
    """
    visible = Settlement.objects.visible_to(actor)
    with unit_of_work():
        # invoices before settlements, as everywhere: nobody judges them anew meanwhile
        settled = find(visible, pk=settlement_id)
        _lock_invoices(_lines_of(settled).values_list("payable__invoice_id", flat=True))
        with perform(
            "approve",
            visible,
            pk=settlement_id,
            machine=SETTLEMENT,
            policy=may_handle_settlement,
            actor=actor,
            at=at,
            expected_version=expected_version,
        ) as settlement:
            for line in _lines_of(settlement):
                payable = line.payable
                if payable.invoice.status != InvoiceStatus.MATCHED or payable.amount != line.amount:
                    raise SettlementOutdated(invoice=payable.invoice.number, settlement=settlement.number)
            settlement.approved_by_id = actor.user_id
    return settlement


def record_payment(
    *,
    settlement_id: int,
    reference: str,
    paid_on: date,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Settlement:
    """Record that the bank has paid a settlement, with the interest for what is late; its invoices are settled.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        ReasonMissing: no reference. PaymentInFuture, PaymentBeforeSettlement, PaymentExists
    """
    visible = Settlement.objects.visible_to(actor)
    with unit_of_work():
        settled = find(visible, pk=settlement_id)
        order_ids = sorted(set(_lines_of(settled).values_list("payable__invoice__order_id", flat=True)))
        list(Order.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=order_ids).order_by("pk"))
        _lock_invoices(_lines_of(settled).values_list("payable__invoice_id", flat=True))
        try:
            with perform(
                "pay",
                visible,
                pk=settlement_id,
                machine=SETTLEMENT,
                policy=may_handle_settlement,
                actor=actor,
                at=at,
                expected_version=expected_version,
            ) as settlement:
                if not reference.strip():
                    raise ReasonMissing(product=settlement.number, pointer="/reference")
                if paid_on > localdate(at):
                    raise PaymentInFuture(paid_on=paid_on, today=localdate(at), pointer="/paid_on")
                if paid_on < (drawn_on := localdate(settlement.drawn_at)):
                    raise PaymentBeforeSettlement(
                        paid_on=paid_on, settlement=settlement.number, drawn_on=drawn_on, pointer="/paid_on"
                    )
                settlement.payment_reference, settlement.paid_on = reference.strip(), paid_on
                settlement.interest = _pay(_lines_of(settlement), paid_on)
        except IntegrityError as error:
            raise PaymentExists(reference=reference.strip(), pointer="/reference") from error
        for order_id in order_ids:
            settle_paid(order_id=order_id, at=at)
    return settlement


def cancel_settlement(
    *, settlement_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Settlement:
    """Give up a settlement that was not paid; what it was to pay is free for another.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing
    """
    with perform(
        "cancel",
        Settlement.objects.visible_to(actor),
        pk=settlement_id,
        machine=SETTLEMENT,
        policy=may_handle_settlement,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as settlement:
        if not reason.strip():
            raise ReasonMissing(product=settlement.number, pointer="/reason")
        settlement.status_reason = reason.strip()
        SettlementLine.objects.filter(settlement=settlement).update(is_active=False)
    return settlement


def _lines_of(settlement: Settlement) -> QuerySet[SettlementLine]:
    return SettlementLine.objects.filter(settlement=settlement).select_related("payable__invoice").order_by("pk")


def _pay(lines: Iterable[SettlementLine], paid_on: date) -> Decimal:
    """Mark the payables as paid; the interest in yuan."""
    rows = list(lines)
    for line in rows:
        payable = line.payable
        line.interest = interest(line.amount, due_on=payable.due_on, paid_on=paid_on, per_day=payable.interest_per_day)
    SettlementLine.objects.bulk_update(rows, ["interest"])
    Payable.objects.filter(pk__in=[line.payable_id for line in rows]).update(paid_on=paid_on)
    return sum((line.interest for line in rows), Decimal(0))


def _lock_invoices(invoice_ids: Iterable[int]) -> None:
    """Nobody judges or settles them until the transaction ends."""
    locked = Invoice.objects.select_for_update(of=("self",), no_key=True)
    list(locked.filter(pk__in=set(invoice_ids)).order_by("pk"))
