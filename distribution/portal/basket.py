"""The basket: choose from what was agreed for the province, and keep it as a draft.

The form holds everything, so that nothing is lost between searches: the quantities of products that the search does
not show stand above the results.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
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
from distribution.portal.basket_rows import Basket, agreed_lines, read_basket, show_basket, shown_lines
from distribution.portal.basket_terms import orderer_for, read_terms, refused_terms, terms_of
from distribution.portal.once import Done, is_token, new_token, once
from distribution.portal.page import institution_page, render_page
from distribution.portal.quick_entry import show_quick_entry
from distribution.portal.refusals import by_line
from distribution.portal.requisitions import seen_version
from distribution.queries.orderers import villages_of
from distribution.services.requisitions import Terms, draft_requisition, revise_requisition
from distribution.states import RequisitionStatus, Urgency
from procurement.errors import AgreedVolumeExceeded

SAVE = "save"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form as it came: the basket and what is said of it as a whole."""

    basket: Basket
    terms: Terms
    at: datetime

    @property
    def content(self) -> dict[str, Any]:
        """What a second sending of the same form has to agree in."""
        return {"lines": self.basket.typed, **asdict(self.terms)}


@institution_page(Role.BUYER)
def new_requisition(request: HttpRequest, actor: Actor) -> HttpResponse:
    """An empty basket; saved, it becomes a draft."""
    sheet = Sheet(read_basket(request.POST, actor), read_terms(request.POST), timezone.now())
    token = request.POST.get("token", "")
    if request.POST.get("action") != SAVE:
        return _show(request, actor, sheet, token=token if is_token(token) else new_token())
    if not is_token(token):
        messages.error(request, _("The form was incomplete: check the quantities and save once more."))
        return _show(request, actor, sheet, token=new_token(), status=400)
    if problem := _unfit_to_save(request, sheet):
        return _show(request, actor, sheet, token=token, status=problem)

    def draft() -> int:
        return draft_requisition(lines=sheet.basket.wanted, actor=actor, at=sheet.at, terms=sheet.terms).pk

    try:
        done = once(actor=actor, token=token, content=sheet.content, work=draft)
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        return _show_refused(request, actor, sheet, error, token=token)
    return _saved(request, actor, sheet, done)


def _saved(request: HttpRequest, actor: Actor, sheet: Sheet, done: Done) -> HttpResponse:
    """On to the draft; where the same form had been saved with other quantities, say so and keep what was typed."""
    if not done.is_other:
        return redirect("portal:requisition", pk=done.key)
    number = Requisition(pk=done.key).number
    messages.error(
        request,
        _("This form was already saved as %(number)s. Change that draft, or save here to write a second one.")
        % {"number": number},
    )
    return _show(request, actor, sheet, token=new_token(), status=409)


@institution_page(Role.BUYER)
def edit_requisition(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The basket of a draft."""
    requisition: Requisition = find(Requisition.objects.visible_to(actor).select_related("recipient"), pk=pk)
    if requisition.status != RequisitionStatus.DRAFT:
        messages.error(request, _("Only a draft can be changed; this is “%s”.") % requisition.get_status_display())
        return redirect("portal:requisition", pk=pk)
    if request.method != "POST":
        lines = requisition.lines.values_list("agreement_line_id", "packs")
        basket = Basket({key: str(packs) for key, packs in lines})
        return _show(request, actor, Sheet(basket, terms_of(requisition), timezone.now()), requisition=requisition)
    sheet = Sheet(read_basket(request.POST, actor), read_terms(request.POST), timezone.now())
    if request.POST.get("action") != SAVE:
        return _show(request, actor, sheet, requisition=requisition)
    if problem := _unfit_to_save(request, sheet):
        return _show(request, actor, sheet, requisition=requisition, status=problem)
    try:
        revise_requisition(
            requisition_id=pk,
            lines=sheet.basket.wanted,
            actor=actor,
            at=sheet.at,
            terms=sheet.terms,
            expected_version=seen_version(request),
        )
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        return _show_refused(request, actor, sheet, error, requisition=requisition)
    messages.success(request, _("The draft was saved."))
    return redirect("portal:requisition", pk=pk)


@require_POST
@institution_page(Role.BUYER)
def basket_total(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The running total of the basket as it is typed, and how units become packs; a fragment."""
    basket = read_basket(request.POST, actor)
    packs = basket.packs
    lines = agreed_lines(actor).filter(pk__in=packs)
    total = sum((packs[line.pk] * line.price for line in lines), Decimal(0))
    notes = {key: basket.notes.get(key, "") for key in shown_lines(request.POST)}
    return render(request, "portal/basket_total.html", {"total": total, "count": len(packs), "notes": notes})


def _unfit_to_save(request: HttpRequest, sheet: Sheet) -> int:
    """The status of a page that asks for another look before anything is saved; nought where nothing has to be.

    Nobody orders more than they typed without having seen it.
    """
    if sheet.basket.unreadable:
        messages.error(request, _("Some quantities are not whole numbers; nothing was saved."))
        return 400
    if sheet.basket.settle():
        messages.warning(request, _("Units were rounded up to whole packs: look at the marked lines, then save again."))
        return 200
    return 0


def _show_refused(request: HttpRequest, actor: Actor, sheet: Sheet, error: DomainError, **context: Any) -> HttpResponse:
    """The basket as it was typed, with what is wrong beside each line and field."""
    tell(request, error)
    wanted = sheet.basket.wanted
    sheet.basket.refused = {
        wanted[position].agreement_line_id: [_in_packs(part) for part in parts]
        for position, parts in by_line(error).items()
    }
    return _show(request, actor, sheet, status=status_of(error), refused=refused_terms(error), **context)


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


def _show(request: HttpRequest, actor: Actor, sheet: Sheet, *, status: int = 200, **context: Any) -> HttpResponse:
    """The whole page; for htmx what it asked for: the lines, or the readings of a quick entry."""
    assert actor.organization_id is not None  # whoever has a role has it in an organization
    villages = villages_of(actor.organization_id)
    orderer = orderer_for(sheet.terms, villages, actor, sheet.at)
    recipient = sheet.terms.recipient if orderer.recipient_id else ""
    context |= show_quick_entry(
        request.POST, sheet.basket, orderer=orderer, recipient=recipient, actor=actor, at=sheet.at
    )
    is_fragment = bool(request.headers.get("HX-Request"))
    if is_fragment and context["found"] is not None:
        return render(request, "portal/readings.html", context)
    words = (request.POST.get("q") or request.GET.get("q") or "").replace("\x00", "")
    page = request.POST.get("page", "1")
    context |= show_basket(sheet.basket, orderer=orderer, words=words, page=page, actor=actor, at=sheet.at)
    if is_fragment:
        return render(request, "portal/basket_swap.html", context)
    context |= {"terms": sheet.terms, "villages": villages, "urgencies": Urgency.choices}
    return render_page(request, actor, "portal/basket.html", context, status=status)
