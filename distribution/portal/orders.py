"""Orders: what suppliers were asked for, what they confirmed, what they sent."""

from __future__ import annotations

from django.db.models import DecimalField, ExpressionWrapper, F, Prefetch
from django.http import HttpRequest, HttpResponse

from catalog.foundation.actor import Actor
from catalog.foundation.transitions import find
from distribution.models import Order, OrderLine
from distribution.portal.page import chosen_status, institution_page, page_of, render_page
from distribution.states import OrderStatus


@institution_page()
def order_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The institution's orders, newest first."""
    status = chosen_status(request, OrderStatus.choices)
    rows = (
        Order.objects.visible_to(actor)
        .select_related("supplier", "distributor", "requisition")
        .prefetch_related("lines", "despatches")
    )
    if status:
        rows = rows.filter(status=status)
    context = {"page": page_of(request, rows), "status": status, "states": OrderStatus.choices}
    return render_page(request, actor, "portal/orders.html", context)


@institution_page()
def order_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One order, line by line, with its despatches."""
    amount = ExpressionWrapper(F("packs") * F("price"), DecimalField(max_digits=18, decimal_places=4))
    lines = OrderLine.objects.annotate(amount=amount).select_related(
        "product__presentation__medicine", "product__manufacturer"
    )
    order: Order = find(
        Order.objects.visible_to(actor)
        .select_related("supplier", "distributor", "requisition")
        .prefetch_related(Prefetch("lines", lines), "despatches"),
        pk=pk,
    )
    return render_page(
        request,
        actor,
        "portal/order.html",
        {"order": order, "is_answered": order.status != OrderStatus.PLACED},
    )
