"""Cases about the institution's retail prices: read, answered, written in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NotVisible
from catalog.foundation.transitions import find
from catalog.foundation.web.attachments import as_attachment
from catalog.foundation.web.notices import tell
from catalog.foundation.web.problems import status_of
from distribution.models import CaseFinding, CaseLetter, RetailCase
from distribution.portal.evidence import in_words
from distribution.portal.page import chosen_status, institution_page, page_of, render_page
from distribution.services.cases import answer_case, write_in_case
from distribution.states import OPEN_CASE, RETAIL_CASE, CaseStatus
from procurement.services.documents import Attachment


class LetterForm(forms.Form):
    """What the institution says, and a file that shows it."""

    text = forms.CharField(label=gettext_lazy("Text"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
    file = forms.FileField(label=gettext_lazy("File (.pdf, .docx or .xlsx)"), required=False)


@institution_page()
def case_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The cases that the institution was told of, the latest first."""
    status = chosen_status(request, CaseStatus.choices)
    rows = RetailCase.objects.visible_to(actor).select_related(
        "product__presentation__medicine", "product__manufacturer"
    )
    if status:
        rows = rows.filter(status=status)
    context = {
        "page": page_of(request, rows),
        "status": status,
        "states": [choice for choice in CaseStatus.choices if choice[0] != CaseStatus.OPENED],
        "overdue": set(RetailCase.objects.visible_to(actor).overdue(localdate()).values_list("pk", flat=True)),
    }
    return render_page(request, actor, "portal/cases.html", context)


@institution_page()
def case_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One case: what was found, what was written, and what can be said."""
    return _show(request, actor, pk, LetterForm())


def _show(request: HttpRequest, actor: Actor, pk: int, form: LetterForm, *, status: int = 200) -> HttpResponse:
    case: RetailCase = find(
        RetailCase.objects.visible_to(actor).select_related(
            "product__presentation__medicine", "product__manufacturer", "corrected_price"
        ),
        pk=pk,
    )
    found = CaseFinding.objects.filter(case=case).select_related("finding__retail_price").order_by("-pk")
    context = {
        "case": case,
        "findings": [(item.finding, in_words(item.finding.evidence)) for item in found],
        "letters": CaseLetter.objects.filter(case=case).defer("content").select_related("organization"),
        "form": form,
        "may_answer": "answer" in RETAIL_CASE.allowed(case.status),
        "may_write": case.status in (*OPEN_CASE, CaseStatus.PENALISED),
        "is_penalised": case.confirmed_by_id is not None,
    }
    return render_page(request, actor, "portal/case.html", context, status=status)


@require_POST
@institution_page()
def write(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Answer the notification; write a further letter once it was answered."""
    form = LetterForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, actor, pk, form, status=400)
    case: RetailCase = find(RetailCase.objects.visible_to(actor), pk=pk)
    sent: dict[str, Any] = {
        "case_id": pk,
        "text": form.cleaned_data["text"],
        "attachment": _attachment(form.cleaned_data["file"]),
        "actor": actor,
        "at": timezone.now(),
    }
    try:
        (answer_case if case.status == CaseStatus.NOTIFIED else write_in_case)(**sent)
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        tell(request, error)
        return _show(request, actor, pk, form, status=status_of(error))
    messages.success(request, _("The letter is sent."))
    return redirect("portal:case", pk=pk)


def _attachment(file: Any) -> Attachment | None:
    return Attachment("", file.name, file.read()) if file else None


@institution_page()
def letter_file(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """The file that is attached to a letter."""
    letter: CaseLetter = find(CaseLetter.objects.visible_to(actor).exclude(content=None), pk=pk)
    return as_attachment(letter.file_name, bytes(letter.content or b""))
