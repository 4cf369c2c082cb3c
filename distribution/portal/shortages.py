"""What is short in the province, and what the institution itself cannot get."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NotVisible
from catalog.foundation.transitions import find
from catalog.foundation.web.notices import tell
from catalog.foundation.web.problems import status_of
from distribution.models import NationalShortage, ShortageItem, ShortageReport
from distribution.portal.page import institution_page, page_of, render_page
from distribution.portal.refusals import parts_of, put_on
from distribution.queries.shortage_words import said
from distribution.services.shortage_reports import end_shortage_report, report_shortage
from distribution.states import ShortageReason


class ShortageReportForm(forms.Form):
    """What cannot be had, why, and how much of it a month."""

    product = forms.CharField(
        label=gettext_lazy("Product code"),
        max_length=32,
        widget=forms.TextInput(attrs={"list": "products", "autocomplete": "off"}),
    )
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=ShortageReason.choices)
    units = forms.IntegerField(label=gettext_lazy("Lacking (units per month)"), min_value=1, max_value=2**62)
    note = forms.CharField(
        label=gettext_lazy("Remark"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["product"].widget.attrs |= {
            "hx-get": reverse("portal:retail-products"),
            "hx-trigger": "input changed delay:300ms",
            "hx-target": "#products",
        }


@institution_page()
def shortage_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What is short in the province, the reports of the institution, and what is short in the whole country."""
    items = ShortageItem.objects.visible_to(actor).select_related("presentation__medicine").prefetch_related("answers")
    page = page_of(request, items.listed().order_by("-opened_at", "-pk"))
    reports = ShortageReport.objects.visible_to(actor).standing()
    national = NationalShortage.objects.visible_to(actor).listed().select_related("presentation__medicine")
    context = {
        "page": page,
        "rows": [(item, next(iter(item.answers.all()), None)) for item in page],
        "reports": reports.select_related("product__presentation__medicine", "product__manufacturer"),
        "national": national.order_by("-listing", "-listed_at"),
    }
    return render_page(request, actor, "portal/shortages.html", context)


@institution_page()
def shortage_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One shortage: by which signals, and what is done about it."""
    item: ShortageItem = find(
        ShortageItem.objects.visible_to(actor).select_related("presentation__medicine").prefetch_related("answers"),
        pk=pk,
    )
    context = {"item": item, "signals": said(item.checks)}
    return render_page(request, actor, "portal/shortage.html", context)


@institution_page()
def new_report(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Report that a product cannot be had; ``?product=`` fills in which."""
    if request.method != "POST":
        initial = {"product": request.GET.get("product", "")[:32]}
        return _show_form(request, actor, ShortageReportForm(initial=initial))
    form = ShortageReportForm(request.POST)
    if not form.is_valid():
        return _show_form(request, actor, form, status=400)
    values = form.cleaned_data
    try:
        report = report_shortage(
            product_code=values["product"].strip(),
            reason=ShortageReason(values["reason"]),
            units=values["units"],
            note=values["note"],
            actor=actor,
            at=timezone.now(),
        )
    except NotAllowed:
        raise
    except DomainError as error:
        put_on(form, parts_of(error))
        tell(request, error)
        return _show_form(request, actor, form, status=status_of(error))
    messages.success(request, _("%(product)s is reported as short.") % {"product": report.product})
    return redirect("portal:shortages")


def _show_form(request: HttpRequest, actor: Actor, form: ShortageReportForm, *, status: int = 200) -> HttpResponse:
    return render_page(request, actor, "portal/shortage_new.html", {"form": form}, status=status)


@require_POST
@institution_page()
def end_report(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Take a report back."""
    try:
        report = end_shortage_report(report_id=pk, actor=actor, at=timezone.now())
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        tell(request, error)
    else:
        messages.success(request, _("%(product)s is supplied again.") % {"product": report.product})
    return redirect("portal:shortages")
