"""Receiving a despatch: by hand, or pack by pack with a scanner."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NotVisible, WrongState
from catalog.foundation.web.notices import tell
from catalog.foundation.web.problems import status_of
from distribution.models import Despatch, TraceCode
from distribution.portal.despatches import find_despatch
from distribution.portal.forms import ArrivalForm, ReceiptLineForm
from distribution.portal.page import institution_page, render_page
from distribution.portal.refusals import by_line, put_on
from distribution.rules.scanning import Scan, ScanLine, ScanOutcome, match_scan
from distribution.services.found_lots import Received
from distribution.services.receipts import receive_despatch
from distribution.states import DespatchStatus

SCANNER = "scanner"


@institution_page(Role.PHARMACIST)
def receive(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Say of every line what was accepted and rejected; what is missing from the sum did not arrive."""
    despatch = find_despatch(actor, pk)
    if despatch.status != DespatchStatus.SENT and request.method != "POST":
        return redirect("portal:despatch", pk=pk)
    data = request.POST if request.method == "POST" else None
    forms, arrival = _forms(request, despatch, data), ArrivalForm(data)
    if data is None:
        return _show(request, actor, despatch, forms, arrival)
    if not (arrival.is_valid() and all(form.is_valid() for form in forms)):
        messages.error(request, _("Some lines cannot be read; nothing was recorded."))
        return _show(request, actor, despatch, forms, arrival, status=400)
    try:
        receive_despatch(
            despatch_id=pk,
            received=[Received(line_id=form.line.pk, **form.cleaned_data) for form in forms],
            arrived_at=arrival.cleaned_data["arrived_at"],
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
        return _show(request, actor, despatch, forms, arrival, status=status_of(error))
    messages.success(request, _("The receipt of %(reference)s was recorded.") % {"reference": despatch.reference})
    return redirect("portal:despatch", pk=pk)


@require_POST
@institution_page(Role.PHARMACIST)
def scan(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Count a scanned pack on its line and lot, or say why not; nothing is recorded yet."""
    despatch = find_despatch(actor, pk)
    if despatch.status != DespatchStatus.SENT:
        return redirect("portal:despatch", pk=pk)
    data = request.POST.copy()
    forms = _forms(request, despatch, data)
    found = match_scan(data.get("scan", ""), _lines(despatch, forms), today=localdate())
    for form in forms:
        if form.line.pk == found.line_id:
            for name, value in form.counted(found.code).items():
                data[name] = value
    return _show(request, actor, despatch, forms, ArrivalForm(data), found=found)


def _forms(request: HttpRequest, despatch: Despatch, data: QueryDict | None) -> list[ReceiptLineForm]:
    starts_empty = request.GET.get("by") == SCANNER
    return [ReceiptLineForm(data, line=line, starts_empty=starts_empty) for line in despatch.lines.all()]


def _lines(despatch: Despatch, forms: Sequence[ReceiptLineForm]) -> list[ScanLine]:
    """The lines as far as they have been counted."""
    sent: dict[int, list[str]] = {}
    announced = TraceCode.objects.filter(despatch_line__despatch=despatch).values_list("despatch_line_id", "code")
    for line_id, code in announced:
        sent.setdefault(line_id, []).append(code)
    return [
        ScanLine(
            line_id=form.line.pk,
            product=form.line.order_line.product.presentation.medicine.name,
            gtin=form.line.order_line.product.gtin,
            trace_prefix=form.line.order_line.product.trace_prefix,
            lot=form.line.lot_number,
            packs=form.line.packs,
            codes_sent=tuple(sent.get(form.line.pk, ())),
            codes=tuple(form.scanned),
        )
        for form in forms
    ]


def _show(
    request: HttpRequest,
    actor: Actor,
    despatch: Despatch,
    forms: list[ReceiptLineForm],
    arrival: ArrivalForm,
    *,
    found: Scan | None = None,
    status: int = 200,
) -> HttpResponse:
    by_scanner = found is not None or request.GET.get("by") == SCANNER or "scan" in request.POST
    context = {
        "despatch": despatch,
        "forms": forms,
        "arrival": arrival,
        "by_scanner": by_scanner,
        "found": found,
        "was_counted": found is not None and found.outcome == ScanOutcome.COUNTED,
    }
    return render_page(request, actor, "portal/receive.html", context, status=status)
