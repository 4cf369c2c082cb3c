"""Giving received goods back: asked for, handed over or dropped on the page of their despatch."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NotVisible
from catalog.foundation.transitions import find
from catalog.foundation.web.notices import tell
from catalog.foundation.web.problems import status_of
from distribution.models import GoodsReturn
from distribution.portal.despatches import find_despatch, show_despatch
from distribution.portal.forms import ReturnForm
from distribution.portal.page import institution_page
from distribution.services.returns import cancel_return, hand_over_return, request_return

ACTIONS: dict[str, Callable[..., GoodsReturn]] = {"hand_over": hand_over_return, "cancel": cancel_return}
DONE = {
    "hand_over": gettext_lazy("%(number)s was handed over."),
    "cancel": gettext_lazy("%(number)s was cancelled; the goods stay."),
}


@require_POST
@institution_page(Role.PHARMACIST)
def ask(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Ask the supplier to take packs of a lot back."""
    despatch = find_despatch(actor, pk)
    form = ReturnForm(request.POST, lines=list(despatch.lines.all()))
    if not form.is_valid():
        return show_despatch(request, actor, despatch, form=form, status=400)
    try:
        asked = request_return(
            despatch_line_id=form.cleaned_data.pop("line"), **form.cleaned_data, actor=actor, at=timezone.now()
        )
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        tell(request, error)
        return show_despatch(request, actor, despatch, form=form, status=status_of(error))
    messages.success(request, _("%(number)s was sent to the supplier.") % {"number": asked.number})
    return redirect("portal:despatch", pk=pk)


@require_POST
@institution_page(Role.PHARMACIST)
def act(request: HttpRequest, actor: Actor, pk: int, action: str) -> HttpResponse:
    """Hand the goods over, or keep them after all."""
    if action not in ACTIONS:
        raise Http404(action)
    goods_return = find(GoodsReturn.objects.visible_to(actor).select_related("despatch_line"), pk=pk)
    try:
        ACTIONS[action](return_id=pk, actor=actor, at=timezone.now())
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        tell(request, error)
    else:
        messages.success(request, str(DONE[action]) % {"number": goods_return.number})
    return redirect("portal:despatch", pk=goods_return.despatch_line.despatch_id)
