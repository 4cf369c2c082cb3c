"""Invoices: what was invoiced to the institution, what differs, and what is paid for it."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.transitions import find
from distribution.models import Invoice, InvoiceLine, Payable, Settlement, SettlementLine
from distribution.portal.page import chosen_status, institution_page, page_of, render_page
from distribution.queries.invoice_evidence import chains_of, differences_of
from distribution.queries.overdue import overdue_payables
from distribution.states import InvoiceStatus, SettlementStatus

# The lines of a document with what names their product.
WITH_PRODUCT = ("product__presentation__medicine", "product__manufacturer")


@institution_page()
def invoice_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The invoices to the institution, newest first."""
    status = chosen_status(request, InvoiceStatus.choices)
    rows = Invoice.objects.visible_to(actor).select_related("seller", "order")
    if status:
        rows = rows.filter(status=status)
    context = {
        "page": page_of(request, rows),
        "status": status,
        "states": InvoiceStatus.choices,
        "overdue_count": overdue_payables(actor, localdate()).count(),
    }
    return render_page(request, actor, "portal/invoices.html", context)


@institution_page()
def invoice_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One invoice, line by line: what differs from order and goods, the way of each lot, what is owed for it."""
    payables = Payable.objects.exclude(amount=0).select_related("receipt__despatch")
    invoice: Invoice = find(
        Invoice.objects.visible_to(actor)
        .select_related("seller", "order")
        .prefetch_related(
            Prefetch("lines", InvoiceLine.objects.select_related(*WITH_PRODUCT)), Prefetch("payables", payables)
        ),
        pk=pk,
    )
    differences = differences_of(invoice)
    lines = [
        (
            line,
            [found for found in differences if found.line == line.order_line_id and found.lot in ("", line.lot_number)],
        )
        for line in invoice.lines.all()
    ]
    told = {id(found) for _line, of_line in lines for found in of_line}
    context = {
        "invoice": invoice,
        "lines": lines,
        "other_differences": [found for found in differences if id(found) not in told],
        "chains": chains_of(invoice),
    }
    return render_page(request, actor, "portal/invoice.html", context)


@institution_page()
def settlement_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the agency pays for the institution, newest first."""
    status = chosen_status(request, SettlementStatus.choices)
    rows = Settlement.objects.visible_to(actor).select_related("payee")
    if status:
        rows = rows.filter(status=status)
    context = {"page": page_of(request, rows), "status": status, "states": SettlementStatus.choices}
    return render_page(request, actor, "portal/settlements.html", context)


@institution_page()
def settlement_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One settlement, each line traced to its invoice and its receipt."""
    lines = SettlementLine.objects.select_related("payable__invoice__order", "payable__receipt__despatch")
    settlement: Settlement = find(
        Settlement.objects.visible_to(actor).select_related("payee").prefetch_related(Prefetch("lines", lines)), pk=pk
    )
    return render_page(request, actor, "portal/settlement.html", {"settlement": settlement})
