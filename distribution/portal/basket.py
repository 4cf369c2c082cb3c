"""The basket: choose from what was agreed for the province, and keep it as a draft.

The form holds everything, so that nothing is lost between searches: the quantities of products that the search does
not show stand above the results.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NotVisible
from catalog.foundation.transitions import find
from catalog.foundation.web.notices import tell
from catalog.foundation.web.problems import status_of
from distribution.models import Requisition
from distribution.portal.basket_rows import Basket, read_basket, show_basket
from distribution.portal.once import Done, is_token, new_token, once
from distribution.portal.page import institution_page, render_page
from distribution.portal.refusals import by_line
from distribution.portal.requisitions import seen_version
from distribution.services.requisitions import draft_requisition, revise_requisition
from distribution.states import RequisitionStatus
from procurement.errors import AgreedVolumeExceeded
from procurement.models import AgreementLine

SAVE = "save"


@institution_page(Role.BUYER)
def new_requisition(request: HttpRequest, actor: Actor) -> HttpResponse:
    """An empty basket; saved, it becomes a draft."""
    at = timezone.now()
    basket = read_basket(request.POST)
    token = request.POST.get("token", "")
    if request.POST.get("action") != SAVE:
        return _show(request, actor, basket, at, token=token if is_token(token) else new_token())
    if not is_token(token):
        messages.error(request, _("The form was incomplete: check the quantities and save once more."))
        return _show(request, actor, basket, at, token=new_token(), status=400)
    if basket.unreadable:
        return _show_unreadable(request, actor, basket, at, token=token)

    def draft() -> int:
        return draft_requisition(lines=basket.wanted, actor=actor, at=at).pk

    try:
        done = once(actor=actor, token=token, content=basket.typed, work=draft)
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        return _show_refused(request, actor, basket, at, error, token=token)
    return _saved(request, actor, basket, at, done)


def _saved(request: HttpRequest, actor: Actor, basket: Basket, at: datetime, done: Done) -> HttpResponse:
    """On to the draft; where the same form had been saved with other quantities, say so and keep what was typed."""
    if not done.is_other:
        return redirect("portal:requisition", pk=done.key)
    number = Requisition(pk=done.key).number
    messages.error(
        request,
        _("This form was already saved as %(number)s. Change that draft, or save here to write a second one.")
        % {"number": number},
    )
    return _show(request, actor, basket, at, token=new_token(), status=409)


@institution_page(Role.BUYER)
def edit_requisition(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The basket of a draft."""
    at = timezone.now()
    requisition: Requisition = find(Requisition.objects.visible_to(actor), pk=pk)
    if requisition.status != RequisitionStatus.DRAFT:
        messages.error(request, _("Only a draft can be changed; this is “%s”.") % requisition.get_status_display())
        return redirect("portal:requisition", pk=pk)
    if request.method != "POST":
        lines = requisition.lines.values_list("agreement_line_id", "packs")
        return _show(request, actor, Basket({key: str(packs) for key, packs in lines}), at, requisition=requisition)
    basket = read_basket(request.POST)
    if request.POST.get("action") != SAVE:
        return _show(request, actor, basket, at, requisition=requisition)
    if basket.unreadable:
        return _show_unreadable(request, actor, basket, at, requisition=requisition)
    try:
        revise_requisition(
            requisition_id=pk, lines=basket.wanted, actor=actor, at=at, expected_version=seen_version(request)
        )
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        return _show_refused(request, actor, basket, at, error, requisition=requisition)
    messages.success(request, _("The draft was saved."))
    return redirect("portal:requisition", pk=pk)


@require_POST
@institution_page(Role.BUYER)
def basket_total(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The running total of the basket as it is typed; a fragment."""
    basket = read_basket(request.POST)
    packs = {item.agreement_line_id: item.packs for item in basket.wanted}
    lines = AgreementLine.objects.visible_to(actor).filter(pk__in=packs, province_id=actor.province)
    total = sum((packs[line.pk] * line.price for line in lines), Decimal(0))
    return render(request, "portal/basket_total.html", {"total": total, "count": len(packs)})


def _show_unreadable(request: HttpRequest, actor: Actor, basket: Basket, at: datetime, **context: Any) -> HttpResponse:
    messages.error(request, _("Some quantities are not whole numbers; nothing was saved."))
    return _show(request, actor, basket, at, status=400, **context)


def _show_refused(
    request: HttpRequest, actor: Actor, basket: Basket, at: datetime, error: DomainError, **context: Any
) -> HttpResponse:
    """The basket as it was typed, with what is wrong beside each line."""
    tell(request, error)
    wanted = basket.wanted
    basket.refused = {
        wanted[position].agreement_line_id: [_in_packs(part) for part in parts]
        for position, parts in by_line(error).items()
    }
    return _show(request, actor, basket, at, status=status_of(error), **context)


def _in_packs(error: DomainError) -> str:
    """What is wrong with a line, in the packs that the basket counts in."""
    if not isinstance(error, AgreedVolumeExceeded):
        return str(error)
    pack = error.facts["product"].pack_quantity
    wanted, remaining = error.facts["wanted"] // pack, error.facts["remaining"] // pack
    return _("%(wanted)s packs wanted, %(remaining)s packs left") % {
        "wanted": f"{wanted:,}",
        "remaining": f"{remaining:,}",
    }


def _show(
    request: HttpRequest, actor: Actor, basket: Basket, at: datetime, *, status: int = 200, **context: Any
) -> HttpResponse:
    words = (request.POST.get("q") or request.GET.get("q") or "").replace("\x00", "")
    context |= show_basket(basket, words=words, page=request.POST.get("page", "1"), actor=actor, at=at)
    if request.headers.get("HX-Request"):
        return render(request, "portal/basket_lines.html", context)
    return render_page(request, actor, "portal/basket.html", context, status=status)
