"""What the institution gives to others of its province, and takes from them."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NotVisible
from catalog.foundation.transitions import find
from catalog.foundation.web.notices import tell
from catalog.foundation.web.problems import status_of
from catalog.models import Product
from distribution.models import StockLot, StockTransfer
from distribution.policies import may_handle_transfer, require_staff
from distribution.portal.page import chosen_status, institution_page, page_of, render_page
from distribution.portal.refusals import parts_of, put_on
from distribution.portal.requisitions import seen_version
from distribution.portal.stock_forms import OfferForm
from distribution.queries import supply_rules
from distribution.queries.province_stock import spares
from distribution.queries.stock import positions
from distribution.rules.redistribution import suggest_transfers
from distribution.services.transfers import answer_transfer, propose_transfer, receive_transfer, send_transfer
from distribution.states import TRANSFER, TransferStatus

DONE = {
    "agree": gettext_lazy("%(number)s is agreed; the other institution sends it."),
    "refuse": gettext_lazy("%(number)s was refused."),
    "cancel": gettext_lazy("%(number)s was cancelled."),
    "send": gettext_lazy("%(number)s is on the way and has left your stock."),
    "receive": gettext_lazy("%(number)s is in your stock."),
}


@institution_page()
def transfer_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What is given and taken, newest first."""
    status = chosen_status(request, TransferStatus.choices)
    rows = StockTransfer.objects.visible_to(actor).select_related(
        "giver", "taker", "lot__product__presentation__medicine", "lot__product__manufacturer"
    )
    if status:
        rows = rows.filter(status=status)
    context = {"page": page_of(request, rows), "status": status, "states": TransferStatus.choices}
    return render_page(request, actor, "portal/transfers.html", context)


@institution_page()
def suggestions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What others could give to the institution, and it to others, by everybody's usual use."""
    own, at = require_staff(actor), timezone.now()
    rules = supply_rules(localdate(at))
    concerned = [row.product.pk for row in positions(own, at=at, rules=rules)]
    found = suggest_transfers(spares(actor.province, at=at, rules=rules, products=concerned))
    mine = [item for item in found if own in (item.giver_id, item.taker_id)]
    products = Product.objects.select_related("presentation__medicine", "manufacturer").in_bulk(
        {item.product_id for item in mine}
    )
    others = Organization.objects.in_bulk({item.giver_id for item in mine} | {item.taker_id for item in mine})
    rows = [(item, products[item.product_id], others[item.giver_id], others[item.taker_id]) for item in mine]
    return render_page(request, actor, "portal/transfer_suggestions.html", {"rows": rows, "own": own})


@institution_page()
def transfer_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One transfer, with the buttons of whoever looks."""
    transfer: StockTransfer = find(
        StockTransfer.objects.visible_to(actor).select_related(
            "giver", "taker", "lot__product__presentation__medicine", "lot__product__manufacturer"
        ),
        pk=pk,
    )
    possible = [action for action in TRANSFER.allowed(transfer.status) if _may(actor, action, transfer)]
    return render_page(request, actor, "portal/transfer.html", {"transfer": transfer, "actions": possible})


def _may(actor: Actor, action: str, transfer: StockTransfer) -> bool:
    try:
        may_handle_transfer(actor, action, transfer)
    except NotAllowed:
        return False
    return True


@require_POST
@institution_page(Role.PHARMACIST)
def change(request: HttpRequest, actor: Actor, pk: int, action: str) -> HttpResponse:
    """Agree, refuse, cancel, send or receive."""
    if action not in DONE:
        raise Http404(action)
    try:
        transfer = _perform(request, actor, pk, action)
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        tell(request, error)
    else:
        messages.success(request, str(DONE[action]) % {"number": transfer.number})
    return redirect("portal:transfer", pk=pk)


def _perform(request: HttpRequest, actor: Actor, pk: int, action: str) -> StockTransfer:
    at, version = timezone.now(), seen_version(request)
    if action == "send":
        return send_transfer(transfer_id=pk, actor=actor, at=at, expected_version=version)
    if action == "receive":
        return receive_transfer(transfer_id=pk, actor=actor, at=at, expected_version=version)
    reason = request.POST.get("reason", "")[:300]
    return answer_transfer(transfer_id=pk, action=action, reason=reason, actor=actor, at=at, expected_version=version)


@institution_page(Role.PHARMACIST)
def offer(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Propose that another institution takes some of a lot."""
    own = require_staff(actor)
    lot: StockLot = find(
        StockLot.objects.filter(holder=own, plan=None)
        .on_hand()
        .select_related("product__presentation__medicine", "product__manufacturer"),
        pk=pk,
    )
    takers = Organization.objects.filter(
        kind=OrganizationKind.INSTITUTION, is_active=True, region__code__startswith=actor.province[:2]
    ).exclude(pk=own)
    form = OfferForm(
        request.POST if request.method == "POST" else None, takers=list(takers.values_list("code", "name"))
    )
    if not form.is_valid():
        status = 400 if form.is_bound else 200
        return render_page(request, actor, "portal/transfer_offer.html", {"form": form, "lot": lot}, status=status)
    values = form.cleaned_data
    try:
        transfer = propose_transfer(
            lot_id=lot.pk,
            taker_code=values["taker"],
            units=values["units"],
            reason=values["reason"],
            actor=actor,
            at=timezone.now(),
        )
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        put_on(form, parts_of(error))
        context = {"form": form, "lot": lot}
        return render_page(request, actor, "portal/transfer_offer.html", context, status=status_of(error))
    messages.success(request, _("%(number)s is proposed.") % {"number": transfer.number})
    return redirect("portal:transfer", pk=transfer.pk)
