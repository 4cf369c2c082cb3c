"""Filing and withdrawing invoices: sales to institutions, credit notes, and copies of sales between firms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from catalog.models import Product
from distribution.errors import (
    AmountNotPositive,
    InvoiceBeforeOrder,
    InvoiceBeingSettled,
    InvoiceExists,
    InvoiceInFuture,
    LineTwice,
    NotInvoiceable,
    PacksNotPositive,
    ReasonMissing,
    UnknownOrderLine,
)
from distribution.models import Invoice, InvoiceLine, Order, OrderLine, SettlementLine
from distribution.policies import may_file_sale, may_handle_invoice, may_invoice_order
from distribution.states import INVOICE, InvoiceKind, OrderStatus

# An order is invoiced once somebody has promised to bring the goods.
INVOICEABLE = (
    OrderStatus.CONFIRMED,
    OrderStatus.DESPATCHED,
    OrderStatus.RECEIVED,
    OrderStatus.INVOICED,
    OrderStatus.SETTLED,
)
FIRMS = (OrganizationKind.SUPPLIER, OrganizationKind.DISTRIBUTOR)


@dataclass(frozen=True, slots=True)
class Billed:
    """Packs of a lot as invoiced for a line of an order: yuan per pack, and yuan.

    ``product_code`` is what the invoice names, empty where that is what was ordered.
    """

    line_id: int
    lot_number: str
    packs: int
    price: Decimal
    amount: Decimal
    product_code: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """Packs of a lot on the invoice of a sale between firms: yuan per pack, and yuan."""

    product_code: str
    lot_number: str
    packs: int
    price: Decimal
    amount: Decimal


def file_invoice(
    *,
    order_id: int,
    number: str,
    issued_on: date,
    billed: Sequence[Billed],
    actor: Actor,
    at: datetime,
    kind: InvoiceKind = InvoiceKind.SALE,
) -> Invoice:
    """File what the actor's firm invoices the institution for an order, or credits it for goods that went back.

    It is compared with order and receipts afterwards; numbers that do not agree are no reason to refuse it.

    Raises:
        NotVisible, NotAllowed, NotInvoiceable, InvoiceExists
        RulesBroken: a foreign line, a lot twice, packs or amounts that are not positive, a date to come or before
            the order.
    """
    with unit_of_work():
        order = lock(Order.objects.visible_to(actor), pk=order_id)
        firm_id = may_invoice_order(actor, order)
        if order.status not in INVOICEABLE:
            raise NotInvoiceable(order=order.number, status=order.get_status_display())
        lines = OrderLine.objects.select_related("product__presentation", "product__manufacturer").in_bulk(
            {item.line_id for item in billed}
        )
        own = {pk: line for pk, line in lines.items() if line.order_id == order.pk}
        named = {line.product.code: line.product for line in own.values()} | _products(
            {item.product_code for item in billed if item.product_code}
        )
        broken = _misdated(issued_on, at)
        if issued_on < (ordered_on := localdate(order.placed_at)):
            broken.append(
                InvoiceBeforeOrder(issued_on=issued_on, order=order.number, ordered_on=ordered_on, pointer="/issued_on")
            )
        for index, item in enumerate(billed):
            if item.line_id not in own:
                broken.append(
                    UnknownOrderLine(line=item.line_id, document=order.number, pointer=f"/lines/{index}/line")
                )
        broken += _unfit(billed, [(item.line_id, item.lot_number) for item in billed])
        refuse(broken)
        invoice = _enter(
            Invoice(
                number=number,
                kind=kind,
                seller_id=firm_id,
                buyer_id=order.institution_id,
                province_id=order.province_id,
                order=order,
                issued_on=issued_on,
                filed_at=at,
                filed_by_id=firm_id,
            ),
            [
                InvoiceLine(
                    order_line=own[item.line_id],
                    product=named[item.product_code] if item.product_code else own[item.line_id].product,
                    lot_number=item.lot_number,
                    packs=item.packs,
                    price=item.price,
                    amount=item.amount,
                )
                for item in billed
            ],
        )
        record(actor=actor, action="invoice.file", subject=invoice, at=at)
    return invoice


def file_sale(
    *,
    number: str,
    seller_code: str,
    buyer_code: str,
    issued_on: date,
    sold: Sequence[Sold],
    actor: Actor,
    at: datetime,
) -> Invoice:
    """File the copy of an invoice between two firms, by either of them: it proves the way of the lots.

    Raises:
        NotVisible: no such firm or product. NotAllowed, InvoiceExists
        RulesBroken: a lot twice, packs or amounts that are not positive, a date to come.
    """
    firms = Organization.objects.filter(kind__in=FIRMS)
    seller, buyer = find(firms, code=seller_code), find(firms.exclude(code=seller_code), code=buyer_code)
    firm_id = may_file_sale(actor, seller.pk, buyer.pk)
    with unit_of_work():
        products = _products({item.product_code for item in sold})
        refuse(_misdated(issued_on, at) + _unfit(sold, [(item.product_code, item.lot_number) for item in sold]))
        invoice = _enter(
            Invoice(
                number=number,
                seller=seller,
                buyer=buyer,
                issued_on=issued_on,
                filed_at=at,
                filed_by_id=firm_id,
            ),
            [
                InvoiceLine(
                    product=products[item.product_code],
                    lot_number=item.lot_number,
                    packs=item.packs,
                    price=item.price,
                    amount=item.amount,
                )
                for item in sold
            ],
        )
        record(actor=actor, action="invoice.file", subject=invoice, at=at)
    return invoice


def withdraw_invoice(
    *, invoice_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Invoice:
    """Take back an invoice that was filed, to correct it; what was settled is corrected by a credit note.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing
        InvoiceBeingSettled: it stands in a settlement.
    """
    with perform(
        "withdraw",
        Invoice.objects.visible_to(actor),
        pk=invoice_id,
        machine=INVOICE,
        policy=may_handle_invoice,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as invoice:
        if not reason.strip():
            raise ReasonMissing(product=invoice.number, pointer="/reason")
        standing = SettlementLine.objects.filter(payable__invoice=invoice, is_active=True).select_related("settlement")
        if line := standing.first():
            raise InvoiceBeingSettled(number=invoice.number, settlement=line.settlement.number)
        invoice.status_reason = reason.strip()
    return invoice


def _products(codes: set[str]) -> dict[str, Product]:
    products = Product.objects.filter(code__in=codes).in_bulk(field_name="code")
    for code in sorted(codes - products.keys()):
        find(Product.objects.none(), code=code)
    return products


def _misdated(issued_on: date, at: datetime) -> list[DomainError]:
    today = localdate(at)
    return [InvoiceInFuture(issued_on=issued_on, today=today, pointer="/issued_on")] if issued_on > today else []


def _unfit(rows: Sequence[Billed | Sold], keys: Sequence[tuple[object, str]]) -> list[DomainError]:
    """What is wrong with the lines themselves; ``keys`` name the goods of each."""
    if not rows:
        raise NothingGiven(pointer="/lines")
    broken: list[DomainError] = []
    seen: set[tuple[object, str]] = set()
    for index, (row, key) in enumerate(zip(rows, keys, strict=True)):
        pointer = f"/lines/{index}"
        if key in seen:
            broken.append(LineTwice(line=" · ".join(map(str, key)), pointer=pointer))
        seen.add(key)
        if row.packs < 1:
            broken.append(PacksNotPositive(product=row.lot_number, packs=row.packs, pointer=f"{pointer}/packs"))
        for name in ("price", "amount"):
            if getattr(row, name) <= 0:
                broken.append(
                    AmountNotPositive(what=row.lot_number, amount=getattr(row, name), pointer=f"{pointer}/{name}")
                )
    return broken


def _enter(invoice: Invoice, lines: Sequence[InvoiceLine]) -> Invoice:
    invoice.amount = sum((line.amount for line in lines), Decimal(0))
    try:
        with transaction.atomic():
            invoice.save()
    except IntegrityError as error:
        raise InvoiceExists(number=invoice.number, seller=invoice.seller.name) from error
    for line in lines:
        line.invoice = invoice
    InvoiceLine.objects.bulk_create(lines)
    return invoice
