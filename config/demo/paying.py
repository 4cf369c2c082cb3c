"""From the received goods to the paid invoice, as the demonstration plays it.

Prices between makers and distributors are not public: the demonstration invoices them at the procurement price.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from catalog.accounts.kinds import Role
from catalog.foundation.money import FEN, round_half_up
from config.demo.logins import Logins
from config.demo.people import person, person_of, portal_hospital
from config.demo.tendering import Progress, await_worker, supplier_client
from distribution.models import DespatchLine, Invoice, Order, Settlement, StockLot
from distribution.services.issues import Wish, issue_stock
from distribution.services.settlements import approve_settlement, draw_up_settlements, record_payment
from distribution.states import InvoiceStatus, OrderStatus, SettlementStatus

INVOICED_ORDERS = 10


def invoice_orders(base_url: str, logins: Logins, progress: Progress) -> dict[str, Any]:
    """Makers file their sale to the distributor, distributors invoice the hospital; the worker compares."""
    received = Order.objects.filter(status=OrderStatus.RECEIVED).exclude(distributor=None)
    for order in received.select_related("supplier", "distributor").order_by("pk")[:INVOICED_ORDERS]:
        assert order.distributor is not None  # the query leaves out the others
        maker, carrier = order.supplier.code, order.distributor.code
        lots = list(
            DespatchLine.objects.filter(despatch__order=order, accepted_packs__gt=0).select_related(
                "order_line__product"
            )
        )
        today = timezone.localdate().isoformat()
        if not Invoice.objects.filter(number=f"S{order.pk:08d}", seller=order.supplier).exists():
            sold = [_invoiced(lot) | {"product": lot.order_line.product.code} for lot in lots]
            supplier_client(base_url, maker, logins).file_sale(f"S{order.pk:08d}", (maker, carrier), today, sold)
        if not Invoice.objects.filter(order=order).exists():
            billed = [_invoiced(lot) | {"line": lot.order_line_id} for lot in lots]
            supplier_client(base_url, carrier, logins).file_invoice(order.pk, f"D{order.pk:08d}", today, billed)
    progress("the distributors have invoiced what was received")
    await_worker(
        lambda: Invoice.objects.filter(status=InvoiceStatus.FILED).exclude(order=None).exists(),
        "the worker did not compare the invoices",
    )
    invoices = Invoice.objects.exclude(order=None)
    return {
        "invoices": invoices.count(),
        "matched": invoices.filter(status=InvoiceStatus.MATCHED).count(),
        "in_dispute": invoices.filter(status=InvoiceStatus.DISPUTED).count(),
        "payable": str(invoices.aggregate(total=Sum("payable"))["total"] or Decimal(0)),
    }


def _invoiced(lot: DespatchLine) -> dict[str, Any]:
    price = lot.order_line.price
    return {
        "lot_number": lot.lot_number,
        "packs": lot.accepted_packs,
        "price": str(price),
        "amount": str(round_half_up(lot.accepted_packs * price, FEN)),
    }


def settle_invoices() -> dict[str, Any]:
    """One officer draws up what is owed, another approves; all but one settlement are paid."""
    at = timezone.now()
    if not Settlement.objects.exists():
        draw_up_settlements(actor=person("officer"), at=at)
    drawn = list(Settlement.objects.filter(status=SettlementStatus.DRAWN).order_by("pk"))
    for settlement in drawn:
        approve_settlement(settlement_id=settlement.pk, actor=person("officer2"), at=at)
    for settlement in Settlement.objects.filter(status=SettlementStatus.APPROVED).order_by("pk")[1:]:
        record_payment(
            settlement_id=settlement.pk,
            reference=f"演示付款-{settlement.number}",
            paid_on=timezone.localdate(at),
            actor=person("officer"),
            at=at,
        )
    paid = Settlement.objects.filter(status=SettlementStatus.PAID)
    return {
        "settlements": Settlement.objects.count(),
        "paid": paid.count(),
        "amount": str(paid.aggregate(total=Sum("amount"))["total"] or Decimal(0)),
    }


def use_stock() -> dict[str, Any]:
    """The pharmacist of the portal's hospital issues a third of what came in."""
    at = timezone.now()
    shelf = StockLot.objects.on_hand().filter(holder__code=portal_hospital(), plan=None)
    wishes = [Wish(lot.product.code, lot.units // 3) for lot in shelf.select_related("product") if lot.units >= 3]
    if wishes:
        issue_stock(wishes=wishes, actor=person_of(portal_hospital(), Role.PHARMACIST), at=at)
    return {"lots_on_the_shelf": shelf.count(), "products_issued": len(wishes)}
