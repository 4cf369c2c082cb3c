"""Recalls that the institution was told of: acknowledged, and what is left handed back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
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
from distribution.models import RecallNotice, StockLot
from distribution.portal.once import is_token, new_token, once
from distribution.portal.page import chosen_status, institution_page, page_of, render_page
from distribution.portal.stock_forms import LARGEST
from distribution.services.recall_answers import HandedBack, acknowledge_recall, hand_back, recalled_lots
from distribution.states import RecallNoticeStatus

WITH_RECALL = ("recall__product__presentation__medicine", "recall__product__manufacturer")


class AcknowledgementForm(forms.Form):
    """What was found on the shelves."""

    units_found = forms.IntegerField(label=gettext_lazy("Units found"), min_value=0, max_value=LARGEST)


class HandBackForm(forms.Form):
    """Units of a lot that somebody fetches."""

    lot = forms.TypedChoiceField(label=gettext_lazy("Lot"), coerce=int)
    units = forms.IntegerField(label=gettext_lazy("Units"), min_value=1, max_value=LARGEST)

    def __init__(self, data: Any = None, *, lots: Sequence[StockLot]) -> None:
        super().__init__(data)
        choices = [(lot.pk, f"{lot.lot_number} ({lot.units})") for lot in lots]
        self.fields["lot"].choices = choices  # type: ignore[attr-defined]
        if lots:
            self.fields["units"].initial = lots[0].units


@institution_page()
def recall_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The notices of recalls, the latest first."""
    status = chosen_status(request, RecallNoticeStatus.choices)
    rows = RecallNotice.objects.visible_to(actor).select_related(*WITH_RECALL)
    context = {
        "page": page_of(request, rows.filter(status=status) if status else rows),
        "status": status,
        "states": RecallNoticeStatus.choices,
    }
    return render_page(request, actor, "portal/recalls.html", context)


@institution_page()
def recall_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One notice: what is to be done, and what is left of the lots."""
    return _show(request, actor, pk)


def _notice(actor: Actor, pk: int) -> RecallNotice:
    notice: RecallNotice = find(RecallNotice.objects.visible_to(actor).select_related(*WITH_RECALL), pk=pk)
    return notice


def _show(
    request: HttpRequest,
    actor: Actor,
    pk: int,
    *,
    form: forms.Form | None = None,
    back_form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    notice = _notice(actor, pk)
    lots = list(recalled_lots(notice.recall, notice.recipient_id).order_by("lot_number", "pk"))
    context = {
        "notice": notice,
        "recall": notice.recall,
        "lots": lots,
        "remaining": sum(lot.units for lot in lots),
        "is_open": notice.status == RecallNoticeStatus.SENT,
        "form": form or AcknowledgementForm(initial={"units_found": sum(lot.units for lot in lots)}),
        "back_form": back_form or HandBackForm(lots=lots),
        "token": new_token(),
    }
    return render_page(request, actor, "portal/recall.html", context, status=status)


@require_POST
@institution_page(Role.PHARMACIST)
def acknowledge(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Say what was found."""
    form = AcknowledgementForm(request.POST)
    if not form.is_valid():
        return _show(request, actor, pk, form=form, status=400)
    try:
        acknowledge_recall(notice_id=pk, units_found=form.cleaned_data["units_found"], actor=actor, at=timezone.now())
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        tell(request, error)
    else:
        messages.success(request, _("The recall is acknowledged."))
    return redirect("portal:recall", pk=pk)


@require_POST
@institution_page(Role.PHARMACIST)
def give_back(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Give units to whoever fetches them; a form that is sent twice gives once."""
    notice = _notice(actor, pk)
    lots = list(recalled_lots(notice.recall, notice.recipient_id).order_by("lot_number", "pk"))
    form, token = HandBackForm(request.POST, lots=lots), request.POST.get("token", "")
    if not form.is_valid() or not is_token(token):
        return _show(request, actor, pk, back_form=form, status=400)
    item = HandedBack(form.cleaned_data["lot"], form.cleaned_data["units"])

    def work() -> int:
        [entry] = hand_back(notice_id=pk, lots=[item], actor=actor, at=timezone.now())
        return entry.pk

    try:
        once(actor=actor, token=token, content=[pk, item.lot_id, item.units], work=work)
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        tell(request, error)
    else:
        messages.success(request, _("%(units)s units left the stock.") % {"units": item.units})
    return redirect("portal:recall", pk=pk)
