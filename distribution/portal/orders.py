"""Orders: what suppliers were asked for, how far it has come, and what the buyer still changes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import DecimalField, ExpressionWrapper, F, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NotVisible
from catalog.foundation.transitions import find
from catalog.foundation.web.notices import tell
from distribution.models import Order, OrderLine
from distribution.portal.page import chosen_status, institution_page, page_of, render_page
from distribution.portal.requisitions import seen_version
from distribution.queries.progress import progress_of
from distribution.services.amendments import AmendedLine, amend_order, cancel_order
from distribution.services.rests import close_rest
from distribution.states import OrderStatus

UNDER_DELIVERY = (OrderStatus.CONFIRMED, OrderStatus.DESPATCHED)


@institution_page()
def order_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The institution's orders, newest first, each with how far it has come."""
    status = chosen_status(request, OrderStatus.choices)
    rows = (
        Order.objects.visible_to(actor)
        .select_related("supplier", "distributor", "requisition")
        .prefetch_related("lines", "despatches")
    )
    if status:
        rows = rows.filter(status=status)
    page = page_of(request, rows)
    for order in page:
        order.progress = progress_of(order)
    return render_page(
        request, actor, "portal/orders.html", {"page": page, "status": status, "states": OrderStatus.choices}
    )


@institution_page()
def order_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One order, line by line, with its despatches, who stands in for whom, and the buttons of its buyer."""
    amount = ExpressionWrapper(F("packs") * F("price"), DecimalField(max_digits=18, decimal_places=4))
    lines = OrderLine.objects.annotate(amount=amount).select_related(
        "product__presentation__medicine", "product__manufacturer"
    )
    order: Order = find(
        Order.objects.visible_to(actor)
        .select_related("supplier", "distributor", "requisition", "replaces", "recipient")
        .prefetch_related(Prefetch("lines", lines), "despatches", "replacements__supplier"),
        pk=pk,
    )
    is_buyer = actor.has(Role.BUYER) and order.institution_id == actor.organization_id
    context = {
        "order": order,
        "progress": progress_of(order),
        "is_answered": order.status != OrderStatus.PLACED,
        "may_change": is_buyer and order.status == OrderStatus.PLACED,
        "may_close": is_buyer
        and order.status in UNDER_DELIVERY
        and any(line.outstanding_packs for line in order.lines.all()),
    }
    return render_page(request, actor, "portal/order.html", context)


@require_POST
@institution_page(Role.BUYER)
def change(request: HttpRequest, actor: Actor, pk: int, action: str) -> HttpResponse:
    """Amend, cancel, or close the rest."""
    if action not in CHANGES:
        raise Http404(action)
    act, done = CHANGES[action]
    try:
        order = act(request, order_id=pk, actor=actor, at=timezone.now(), expected_version=seen_version(request))
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        tell(request, error)
    else:
        messages.success(request, str(done) % {"number": order.number})
    return redirect("portal:order", pk=pk)


def _amend(request: HttpRequest, **decision: Any) -> Order:
    """Every line has a field with its packs; what is no number of packs is refused as less than nothing."""
    lines = [
        AmendedLine(int(name.removeprefix("line-")), int(packs) if packs.isdecimal() and len(packs) < 10 else -1)
        for name in request.POST
        if name.startswith("line-") and name.removeprefix("line-").isdecimal()
        for packs in [str(request.POST[name]).strip()]
    ]
    return amend_order(lines=lines, **decision)


def _cancel(request: HttpRequest, **decision: Any) -> Order:
    return cancel_order(reason=_reason(request), **decision)


def _close(request: HttpRequest, **decision: Any) -> Order:
    return close_rest(reason=_reason(request), is_failure=request.POST.get("failed") == "yes", **decision)


def _reason(request: HttpRequest) -> str:
    """No longer than a record holds, and of characters that the database takes."""
    return request.POST.get("reason", "").replace("\x00", "")[:300]


# By the last part of the address: what does it, and what is said when it is done.
CHANGES: dict[str, tuple[Callable[..., Order], Any]] = {
    "amend": (_amend, gettext_lazy("%(number)s was amended; the supplier is told.")),
    "cancel": (_cancel, gettext_lazy("%(number)s was cancelled; its volume went back.")),
    "close": (_close, gettext_lazy("The rest of %(number)s was closed.")),
}
