"""Bidding in the browser: the form that seals on this machine, one's own bids for the lot, their receipts."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.accounts.requests import actor_of_page
from catalog.foundation.actor import Actor, Channel
from catalog.foundation.errors import DomainError, NotVisible
from catalog.foundation.journal.attempts import record_attempt
from catalog.foundation.journal.clocks import trusted_now
from catalog.foundation.journal.models import Event
from catalog.foundation.transitions import find
from catalog.foundation.web.notices import tell
from catalog.models import Product
from catalog.rules.procedure_rules import PriceKind, ProcedureRules, TieBreak
from catalog.states import ProductStatus
from procurement.models import Bid, Lot, Tender
from procurement.queries.public import disclosed
from procurement.queries.rules import rules_of
from procurement.queries.standing import obstacles
from procurement.services.bids import withdraw_bid
from procurement.states import BidStatus, Stage, TenderStatus

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, Lot, P], HttpResponse]


def supplier_page(view: View[P]) -> Callable[..., HttpResponse]:
    """Make a view of a lot a page for logged-in people of a supplier; what is not theirs to see is not there."""

    @never_cache
    @login_required(login_url="portal:login")
    @wraps(view)
    def page(request: HttpRequest, number: str, lot: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        actor = actor_of_page(request, Channel.PORTAL)
        if not actor.has(Role.SUPPLIER_AGENT) or actor.organization_id is None:
            raise PermissionDenied(_("this page is for suppliers"))
        try:
            tender = find(
                Tender.objects.visible_to(actor).filter(published_at__isnull=False).prefetch_related("keys"),
                number=number,
            )
            found = find(Lot.objects.filter(tender=tender).select_related("presentation__medicine"), number=lot)
        except NotVisible as error:
            raise Http404(str(error)) from error
        found.tender = tender
        try:
            return view(request, actor, found, *args, **kwargs)
        except NotVisible as error:
            # a bid that is not one's own: whoever asks for it is written down
            record_attempt(actor=actor, request=request, code=error.code, detail=str(error), at=timezone.now())
            raise Http404(str(error)) from error

    return page


@require_safe
@supplier_page
def bid_page(request: HttpRequest, actor: Actor, lot: Lot) -> HttpResponse:
    """The form, where a bid can be handed in, and the supplier's own bids for the lot."""
    tender = lot.tender
    supplier = find(Organization.objects.all(), pk=actor.organization_id)
    own = list(_own_bids(actor, lot))
    standing = next((bid for bid in own if bid.status != BidStatus.WITHDRAWN), None)
    at = timezone.now()
    is_open = tender.status == TenderStatus.PUBLISHED and at < tender.deadline_at
    rules = rules_of(tender)
    return render(
        request,
        "procurement/bid.html",
        {
            "tender": tender,
            "lot": lot,
            "supplier": supplier,
            "bids": own,
            "replaced": _replaced(own),
            "is_secret": not disclosed(tender).bidders,
            "standing": standing,
            "is_open": is_open and bool(tender.public_key(Stage.COMMERCIAL)),
            "obstacles": obstacles(supplier.pk, tender, lot, at) if is_open else [],
            "products": _products(lot, supplier),
            "commercial_key": _in_base64(tender.public_key(Stage.COMMERCIAL)),
            "technical_key": _in_base64(tender.public_key(Stage.TECHNICAL)),
            "criteria": rules.criteria,
            "asks": _asks(rules),
            "url": reverse("bid-replace", args=[standing.reference]) if standing else reverse("bid-list"),
        },
    )


@require_safe
@supplier_page
def receipt_file(request: HttpRequest, actor: Actor, lot: Lot, reference: UUID) -> HttpResponse:
    """The signed receipt of one's own bid, as a file that the reference client verifies."""
    bid = find(_own_bids(actor, lot), reference=reference)
    answer = JsonResponse(bid.receipt, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="receipt-{bid.reference}.json"'
    return answer


@require_POST
@supplier_page
def withdraw(request: HttpRequest, actor: Actor, lot: Lot, reference: UUID) -> HttpResponse:
    """Withdraw one's own sealed bid, and say how that went."""
    bid = find(_own_bids(actor, lot), reference=reference)
    try:
        withdraw_bid(bid_id=bid.pk, actor=actor, at=trusted_now())
    except DomainError as error:
        if error.is_attempt:
            record_attempt(actor=actor, request=request, code=error.code, detail=str(error), at=timezone.now())
        tell(request, error)
    else:
        messages.success(request, _("The bid is withdrawn; it will never be opened."))
    return redirect("bidding:bid", number=lot.tender.number, lot=lot.number)


def _own_bids(actor: Actor, lot: Lot) -> Any:
    own = Bid.objects.of_supplier(actor).filter(lot=lot).select_related("product", "lot__tender")
    return own.defer("envelope", "technical_envelope").order_by("-received_at", "-pk")


def _replaced(bids: Collection[Bid]) -> set[int]:
    """The bids that another took the place of: withdrawn at the moment at which that one was received."""
    withdrawn = Event.objects.filter(
        action="bid.withdraw",
        subject_type=ContentType.objects.get_for_model(Bid),
        subject_id__in=[bid.pk for bid in bids],
        occurred_at__in=[bid.received_at for bid in bids],
    )
    return set(withdrawn.values_list("subject_id", flat=True))


def _asks(rules: ProcedureRules) -> dict[str, bool]:
    """What an offer says beside its price: what the evaluation reads by these rules."""
    declared = (TieBreak.OWN_API, TieBreak.SALES, TieBreak.APPROVED_ON)
    asked = {str(name): name in rules.tie_breaks for name in declared}
    return {"output": rules.price == PriceKind.UNIFORM, **asked}


def _products(lot: Lot, supplier: Organization) -> Any:
    """What the supplier makes of the lot's medicine and form."""
    return (
        Product.objects.filter(
            manufacturer=supplier,
            status=ProductStatus.TRADING,
            presentation__medicine=lot.presentation.medicine_id,
            presentation__form=lot.presentation.form,
        )
        .select_related("presentation__medicine")
        .order_by("code")
    )


def _in_base64(key: bytes | None) -> str:
    return base64.b64encode(key).decode() if key else ""
