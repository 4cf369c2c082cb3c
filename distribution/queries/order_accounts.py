"""What an order's receipts, invoices and payments say about each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.timezone import localdate

from distribution.models import DespatchLine, InvoiceLine, Order, OrderLine, Payable, SettlementLine
from distribution.queries.rules import invoicing_rules
from distribution.querysets import PayableQuerySet
from distribution.rules.payables import Claim, Received
from distribution.rules.payment import PaymentTerm, due_on
from distribution.states import DespatchStatus, InvoiceKind, SettlementStatus
from procurement.states import Procedure

# From here on the bank may have been told: what was approved is not reckoned anew.
COMMITTED = (SettlementStatus.APPROVED, SettlementStatus.PAID)


@dataclass(frozen=True, slots=True)
class OrderAccount:
    """An order's lines by key, what was received, the day of each acceptance, and what was invoiced and paid."""

    lines: dict[int, OrderLine]
    received: list[Received]
    accepted_on: dict[int, date]
    invoice_lines: dict[int, list[InvoiceLine]]
    claims: list[Claim]
    under_way: frozenset[tuple[int, str]]


def order_account(order: Order, invoice_ids: Collection[int]) -> OrderAccount:
    """Read an order with the invoices that stand, in the order in which they were filed."""
    lines = OrderLine.objects.filter(order=order).select_related("product", "agreement_line__agreement__tender")
    invoice_lines: defaultdict[int, list[InvoiceLine]] = defaultdict(list)
    rows = InvoiceLine.objects.filter(invoice__in=invoice_ids).select_related("product", "invoice").order_by("pk")
    for line in rows:
        invoice_lines[line.invoice_id].append(line)
    paid = _committed(invoice_ids)
    goods = list(
        DespatchLine.objects.filter(despatch__order=order)
        .select_related("despatch__receipt")
        .order_by("despatch__receipt__received_at", "pk")
    )
    receipts = {line.despatch.receipt.pk: line.despatch.receipt for line in goods if _is_received(line)}
    return OrderAccount(
        lines={line.pk: line for line in lines},
        received=[
            Received(
                line.despatch.receipt.pk,
                line.order_line_id,
                line.lot_number,
                line.accepted_packs,
                line.returned_packs,
            )
            for line in goods
            if _is_received(line)
        ],
        accepted_on={pk: localdate(receipt.received_at) for pk, receipt in receipts.items()},
        invoice_lines=invoice_lines,
        claims=[
            Claim(
                line.pk,
                line.order_line_id or 0,
                line.lot_number,
                line.packs,
                is_credit=line.invoice.kind == InvoiceKind.CREDIT,
                paid=paid[line.pk],
            )
            for line in rows
        ],
        under_way=frozenset((line.order_line_id, line.lot_number) for line in goods if not _is_received(line)),
    )


def _is_received(line: DespatchLine) -> bool:
    return line.despatch.status == DespatchStatus.RECEIVED and hasattr(line.despatch, "receipt")


def _committed(invoice_ids: Collection[int]) -> defaultdict[int, dict[int, int]]:
    """Packs by receipt that were paid or approved for payment, by invoice line."""
    paid: defaultdict[int, dict[int, int]] = defaultdict(dict)
    rows = Payable.objects.filter(invoice__in=invoice_ids, pk__in=_committed_lines().values("payable"))
    for line_id, receipt_id, packs in rows.values_list("invoice_line_id", "receipt_id", "packs"):
        paid[line_id][receipt_id] = packs
    return paid


def _committed_lines() -> QuerySet[SettlementLine]:
    return SettlementLine.objects.filter(is_active=True, settlement__status__in=COMMITTED)


def open_payables(invoice_ids: Collection[int]) -> PayableQuerySet:
    """What is neither paid nor approved for payment, and so may change."""
    return Payable.objects.filter(invoice__in=invoice_ids).exclude(pk__in=_committed_lines().values("payable"))


def due_days(account: OrderAccount) -> dict[tuple[int, int], tuple[date, Decimal]]:
    """The last day of payment in time and the agreed interest per day, by order line and receipt.

    Raises:
        RuleSetMissing
    """
    rules = {day: invoicing_rules(day) for day in set(account.accepted_on.values())}
    days = {}
    for row in account.received:
        agreement = account.lines[row.line].agreement_line.agreement
        accepted_on = account.accepted_on[row.receipt]
        term = PaymentTerm.of(rules[accepted_on], is_volume_based=agreement.tender.procedure == Procedure.VOLUME_BASED)
        days[row.line, row.receipt] = (due_on(accepted_on, term), agreement.interest_per_day)
    return days


def pending_orders_of_lots(invoice_id: int, statuses: Collection[str]) -> list[int]:
    """The orders whose invoices in one of the states name a lot of the invoice."""
    goods = set(InvoiceLine.objects.filter(invoice=invoice_id).values_list("product_id", "lot_number"))
    rows = InvoiceLine.objects.filter(
        product__in={product for product, _lot in goods},
        lot_number__in={lot for _product, lot in goods},
        invoice__status__in=statuses,
        invoice__order__isnull=False,
    ).values_list("invoice__order_id", "product_id", "lot_number")
    return sorted({order_id for order_id, product, lot in rows if (product, lot) in goods})


def pending_orders_of_maker(maker_id: int, statuses: Collection[str]) -> list[int]:
    """The orders whose invoices in one of the states name a product of the maker."""
    rows = InvoiceLine.objects.filter(
        product__manufacturer=maker_id, invoice__status__in=statuses, invoice__order__isnull=False
    )
    return sorted(set(rows.values_list("invoice__order_id", flat=True)))
