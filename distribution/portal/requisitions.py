"""Requisitions: the list, one with its lines and orders, and what becomes of it."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NotVisible
from catalog.foundation.transitions import find
from catalog.foundation.web.notices import tell
from distribution.models import Order, Requisition, RequisitionLine
from distribution.policies import may_handle_requisition
from distribution.portal.page import chosen_status, institution_page, page_of, render_page
from distribution.services.requisitions import approve_requisition, change_requisition, submit_requisition
from distribution.states import REQUISITION, RequisitionStatus, Urgency

# What people do here, and what they are told when it is done; placing is the run's.
DONE = {
    "submit": gettext_lazy("%(number)s was handed to the approver, and its volume is reserved."),
    "approve": gettext_lazy("%(number)s is approved and goes into the next distribution run."),
    "return": gettext_lazy("%(number)s was sent back to its author."),
    "cancel": gettext_lazy("%(number)s was cancelled."),
}
COUNTERSIGNED = gettext_lazy(
    "%(number)s has your approval. It is above the limit of one approver: a second one has to approve it too."
)
APPROVED_URGENT = gettext_lazy("%(number)s is approved and is placed at once, ahead of the distribution run.")


@institution_page()
def requisition_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The institution's requisitions, newest first."""
    status = chosen_status(request, RequisitionStatus.choices)
    rows = Requisition.objects.visible_to(actor).select_related("author", "approver", "recipient")
    rows = rows.prefetch_related("lines")
    if status:
        rows = rows.filter(status=status)
    context = {"page": page_of(request, rows), "status": status, "states": RequisitionStatus.choices}
    return render_page(request, actor, "portal/requisitions.html", context)


@institution_page()
def requisition_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One requisition with its lines, their outcomes, its orders, and the buttons of whoever looks."""
    lines = RequisitionLine.objects.select_related(
        "agreement_line__product__presentation__medicine",
        "agreement_line__product__manufacturer",
        "agreement_line__agreement__supplier",
    ).prefetch_related("order_lines__order")
    orders = Order.objects.visible_to(actor).select_related("supplier", "distributor").prefetch_related("lines")
    requisition: Requisition = find(
        Requisition.objects.visible_to(actor)
        .select_related("author", "approver", "countersigner", "recipient")
        .prefetch_related(Prefetch("lines", lines), Prefetch("orders", orders.order_by("pk"))),
        pk=pk,
    )
    hindrances = {action: _hindrance(actor, action, requisition) for action in DONE}
    possible = set(REQUISITION.allowed(requisition.status))
    is_approver_here = "approve" in possible and not hindrances["return"]
    context = {
        "requisition": requisition,
        "actions": {action for action, hindrance in hindrances.items() if not hindrance and action in possible},
        "own_approval": hindrances["approve"] if is_approver_here else "",
        "has_run": requisition.status == RequisitionStatus.PLACED,
    }
    return render_page(request, actor, "portal/requisition.html", context)


def _hindrance(actor: Actor, action: str, requisition: Requisition) -> str:
    """Why the actor may not; empty if they may."""
    try:
        may_handle_requisition(actor, action, requisition)
    except NotAllowed as error:
        return str(error)
    return ""


@require_POST
@institution_page()
def change(request: HttpRequest, actor: Actor, pk: int, action: str) -> HttpResponse:
    """Submit, approve, send back or cancel."""
    if action not in DONE:
        raise Http404(action)
    try:
        requisition = _perform(request, actor, pk, action)
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        tell(request, error)
    else:
        messages.success(request, _done(action, requisition))
    return redirect("portal:requisition", pk=pk)


def _done(action: str, requisition: Requisition) -> str:
    said = DONE[action]
    if action == "approve" and requisition.status == RequisitionStatus.SUBMITTED:
        said = COUNTERSIGNED
    elif action == "approve" and requisition.urgency != Urgency.ORDINARY:
        said = APPROVED_URGENT
    return str(said) % {"number": requisition.number}


def _perform(request: HttpRequest, actor: Actor, pk: int, action: str) -> Requisition:
    at = timezone.now()
    if action == "submit":
        return submit_requisition(requisition_id=pk, actor=actor, at=at)
    if action == "approve":
        return approve_requisition(requisition_id=pk, actor=actor, at=at, expected_version=seen_version(request))
    version = seen_version(request) if action == "return" else None
    return change_requisition(requisition_id=pk, action=action, actor=actor, at=at, expected_version=version)


def seen_version(request: HttpRequest) -> int:
    """The version that the page showed; nought, which no record has, where the form came without one."""
    version = request.POST.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 10 else 0
