"""Adverse reactions that the institution reports, and the lots that it is warned of."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NotVisible
from catalog.foundation.transitions import find
from catalog.foundation.web.notices import tell
from catalog.foundation.web.problems import status_of
from distribution.models import AdverseReaction, LotAlert
from distribution.portal.once import is_token, new_token, once
from distribution.portal.page import chosen_status, institution_page, page_of, render_page
from distribution.portal.refusals import parts_of, put_on
from distribution.queries.reactions import with_own_stock
from distribution.queries.scans import read_scan
from distribution.services.reactions import Observed, report_reaction
from distribution.states import AgeGroup, LotAlertStatus, Outcome, ReactionStatus, Seriousness, Sex


class ReactionForm(forms.Form):
    """What happened after a medicine; nothing asks who the patient is."""

    product = forms.CharField(
        label=gettext_lazy("Scan the pack, or type the product code"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "products", "autocomplete": "off"}),
    )
    lot_number = forms.CharField(label=gettext_lazy("Lot number"), max_length=20, required=False)
    event = forms.CharField(label=gettext_lazy("Adverse event, by its term"), max_length=100)
    seriousness = forms.ChoiceField(label=gettext_lazy("Seriousness"), choices=Seriousness.choices)
    onset_on = forms.DateField(label=gettext_lazy("Began on"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    known_on = forms.DateField(
        label=gettext_lazy("Known to you on"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    age_group = forms.ChoiceField(label=gettext_lazy("Age"), choices=AgeGroup.choices, initial=AgeGroup.UNKNOWN)
    sex = forms.ChoiceField(label=gettext_lazy("Sex"), choices=Sex.choices, initial=Sex.UNKNOWN)
    outcome = forms.ChoiceField(
        label=pgettext_lazy("adverse reaction", "Outcome"), choices=Outcome.choices, initial=Outcome.UNKNOWN
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["product"].widget.attrs |= {
            "hx-get": reverse("portal:retail-products"),
            "hx-trigger": "input changed delay:300ms",
            "hx-target": "#products",
        }
        self.fields["known_on"].initial = localdate

    def clean(self) -> dict[str, Any]:
        """With the product's code; what was typed beside the bar code goes before it."""
        values = super().clean() or {}
        if "product" in values:
            scan = read_scan(values["product"], today=localdate())
            values["product"] = scan.product_code
            values["lot_number"] = values.get("lot_number") or scan.lot_number
        return values


@institution_page()
def reaction_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the institution reported, the latest first."""
    status = chosen_status(request, ReactionStatus.choices)
    rows = AdverseReaction.objects.visible_to(actor).select_related(
        "product__presentation__medicine", "product__manufacturer"
    )
    if status:
        rows = rows.filter(status=status)
    late = AdverseReaction.objects.visible_to(actor).late().values_list("pk", flat=True)
    context = {"page": page_of(request, rows), "status": status, "states": ReactionStatus.choices, "late": set(late)}
    return render_page(request, actor, "portal/reactions.html", context)


@institution_page()
def new_reaction(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Report one; a form that is sent twice reports once."""
    if request.method != "POST":
        return _show_form(request, actor, ReactionForm())
    form, token = ReactionForm(request.POST), request.POST.get("token", "")
    if not form.is_valid() or not is_token(token):
        return _show_form(request, actor, form, status=400)
    values = form.cleaned_data

    def work() -> int:
        observed = {name: value for name, value in values.items() if name not in ("product", "lot_number")}
        return report_reaction(
            product_code=values["product"],
            lot_number=values["lot_number"],
            observed=Observed(**observed),
            actor=actor,
            at=timezone.now(),
        ).pk

    try:
        done = once(actor=actor, token=token, content={name: str(value) for name, value in values.items()}, work=work)
    except NotAllowed:
        raise
    except NotVisible as error:
        form.add_error("product", str(error))
        return _show_form(request, actor, form, status=status_of(error))
    except DomainError as error:
        put_on(form, parts_of(error))
        tell(request, error)
        return _show_form(request, actor, form, status=status_of(error))
    messages.success(request, _("The reaction is reported; keep its number with your own records of the patient."))
    return redirect("portal:reaction", pk=done.key)


def _show_form(request: HttpRequest, actor: Actor, form: ReactionForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "token": new_token()}
    return render_page(request, actor, "portal/reaction_new.html", context, status=status)


@institution_page()
def reaction_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One report and its limits."""
    reaction: AdverseReaction = find(
        AdverseReaction.objects.visible_to(actor).select_related(
            "product__presentation__medicine", "product__manufacturer"
        ),
        pk=pk,
    )
    is_late = localdate(reaction.reported_at) > reaction.due_on
    return render_page(request, actor, "portal/reaction.html", {"reaction": reaction, "is_late": is_late})


@institution_page()
def lot_warnings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The lots on which reactions crowd and which the institution has or had, with what is left of each."""
    status = chosen_status(request, LotAlertStatus.choices)
    assert actor.organization_id is not None  # whoever has a role has it in an organization
    rows = with_own_stock(LotAlert.objects.visible_to(actor), actor.organization_id).select_related(
        "product__presentation__medicine", "product__manufacturer"
    )
    page = page_of(request, rows.filter(status=status) if status else rows)
    context = {"page": page, "status": status, "states": LotAlertStatus.choices}
    return render_page(request, actor, "portal/lot_warnings.html", context)
