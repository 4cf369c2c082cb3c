"""Despatches: what is on the way, and receiving it."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NotVisible, WrongState
from catalog.foundation.transitions import find
from catalog.foundation.web.notices import tell
from catalog.foundation.web.problems import status_of
from distribution.models import Despatch, DespatchLine
from distribution.portal.forms import ReceiptLineForm
from distribution.portal.page import chosen_status, institution_page, page_of, render_page
from distribution.portal.refusals import by_line, put_on
from distribution.services.deliveries import Received, receive_despatch
from distribution.states import DespatchStatus


@institution_page()
def despatch_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What suppliers sent to the institution, newest first."""
    status = chosen_status(request, DespatchStatus.choices)
    rows = Despatch.objects.visible_to(actor).select_related("order__supplier", "order__distributor")
    if status:
        rows = rows.filter(status=status)
    context = {"page": page_of(request, rows), "status": status, "states": DespatchStatus.choices}
    return render_page(request, actor, "portal/despatches.html", context)


def _find(actor: Actor, pk: int) -> Despatch:
    lines = DespatchLine.objects.select_related(
        "order_line__product__presentation__medicine", "order_line__product__manufacturer", "receipt_line"
    )
    return find(
        Despatch.objects.visible_to(actor)
        .select_related("order__supplier", "order__distributor", "receipt__received_by")
        .prefetch_related(Prefetch("lines", lines)),
        pk=pk,
    )


@institution_page()
def despatch_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """What was sent, by lot, and what was found of it."""
    despatch = _find(actor, pk)
    may_receive = despatch.status == DespatchStatus.SENT and actor.has(Role.PHARMACIST)
    return render_page(request, actor, "portal/despatch.html", {"despatch": despatch, "may_receive": may_receive})


@institution_page(Role.PHARMACIST)
def receive(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Say of every line what was accepted and rejected; what is missing from the sum did not arrive."""
    despatch = _find(actor, pk)
    if despatch.status != DespatchStatus.SENT and request.method != "POST":
        return redirect("portal:despatch", pk=pk)
    data = request.POST if request.method == "POST" else None
    forms = [ReceiptLineForm(data, line=line) for line in despatch.lines.all()]
    if data is None:
        return _show(request, actor, despatch, forms)
    if not all(form.is_valid() for form in forms):
        messages.error(request, _("Some lines cannot be read; nothing was recorded."))
        return _show(request, actor, despatch, forms, status=400)
    try:
        receive_despatch(
            despatch_id=pk,
            received=[Received(line_id=form.line.pk, **form.cleaned_data) for form in forms],
            actor=actor,
            at=timezone.now(),
        )
    except (NotAllowed, NotVisible):
        raise
    except WrongState as error:
        tell(request, error)
        return redirect("portal:despatch", pk=pk)
    except DomainError as error:
        tell(request, error)
        for position, parts in by_line(error).items():
            put_on(forms[position], parts)
        return _show(request, actor, despatch, forms, status=status_of(error))
    messages.success(request, _("The receipt of %(reference)s was recorded.") % {"reference": despatch.reference})
    return redirect("portal:despatch", pk=pk)


def _show(
    request: HttpRequest, actor: Actor, despatch: Despatch, forms: list[ReceiptLineForm], *, status: int = 200
) -> HttpResponse:
    return render_page(request, actor, "portal/receive.html", {"despatch": despatch, "forms": forms}, status=status)
