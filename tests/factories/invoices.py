"""Invoices, and what is paid of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from catalog.foundation.actor import Actor
from catalog.models import Product
from distribution.models import DespatchLine, GoodsReturn, Invoice, Order, Settlement
from distribution.services.invoices import Billed, Sold, file_invoice, file_sale
from distribution.services.matching import judge_order
from distribution.services.returns import answer_return, hand_over_return
from distribution.services.settlements import approve_settlement, draw_up_settlements, record_payment
from distribution.states import InvoiceKind
from tests.cast import Cast, organization_of
from tests.factories.clock import NOW, TODAY, _numbers


def billed(order: Order, packs: int | None = None, *, price: str | None = None) -> list[Billed]:
    """What was sent for the order, by line and lot, at the agreed price; or so many packs of each."""
    rows = []
    for sent in DespatchLine.objects.filter(despatch__order=order).select_related("order_line"):
        number = sent.packs if packs is None else packs
        cost = sent.order_line.price if price is None else Decimal(price)
        amount = (number * cost).quantize(Decimal("0.01"))
        rows.append(Billed(sent.order_line_id, sent.lot_number, number, cost, amount))
    return rows


def invoice(
    cast: Cast,
    order: Order,
    lines: list[Billed] | None = None,
    *,
    actor: Actor | None = None,
    kind: InvoiceKind = InvoiceKind.SALE,
    issued_on: date = TODAY,
    judged: bool = True,
    at: datetime = NOW,
) -> Invoice:
    """Filed by the supplier, by default for all that was sent; judged by the worker."""
    filed = file_invoice(
        order_id=order.pk,
        number=f"FP{next(_numbers):06d}",
        issued_on=issued_on,
        billed=billed(order) if lines is None else lines,
        kind=kind,
        actor=actor or cast.supplier,
        at=at,
    )
    if judged:
        judge_order(order_id=order.pk, at=at)
    return Invoice.objects.get(pk=filed.pk)


def sale(seller: Actor, buyer: Actor, lots: Mapping[Product, str], *, packs: int = 100, at: datetime = NOW) -> Invoice:
    """The copy of a sale between two firms, filed by the seller."""
    return file_sale(
        number=f"CP{next(_numbers):06d}",
        seller_code=organization_of(seller).code,
        buyer_code=organization_of(buyer).code,
        issued_on=at.date(),
        sold=[Sold(product.code, lot, packs, Decimal("5"), packs * Decimal("5")) for product, lot in lots.items()],
        actor=seller,
        at=at,
    )


def settlement(cast: Cast, *, at: datetime = NOW) -> Settlement:
    """The officer draws up what is owed: to one firm by one institution."""
    [drawn] = draw_up_settlements(actor=cast.officer, at=at)
    return drawn


def approved_settlement(cast: Cast, *, at: datetime = NOW) -> Settlement:
    """Approved by the second officer."""
    return approve_settlement(settlement_id=settlement(cast, at=at).pk, actor=cast.second_officer, at=at)


def paid_settlement(cast: Cast, *, at: datetime = NOW) -> Settlement:
    """Paid on the day."""
    return record_payment(
        settlement_id=approved_settlement(cast, at=at).pk,
        reference=f"BANK{next(_numbers):06d}",
        paid_on=at.date(),
        actor=cast.officer,
        at=at,
    )


def handed_over(cast: Cast, goods_return: GoodsReturn, *, at: datetime = NOW) -> GoodsReturn:
    """The supplier agreed, and the goods went back."""
    answer_return(return_id=goods_return.pk, action="agree", actor=cast.supplier, at=at)
    return hand_over_return(return_id=goods_return.pk, actor=cast.pharmacist, at=at)
