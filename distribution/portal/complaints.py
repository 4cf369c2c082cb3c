"""Complaints of the institution about who supplies and delivers, and those about itself."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NotVisible
from catalog.foundation.transitions import find
from catalog.foundation.web.notices import tell
from catalog.foundation.web.problems import status_of
from distribution.models import Complaint, Order
from distribution.portal.page import chosen_status, institution_page, page_of, render_page
from distribution.portal.refusals import parts_of, put_on
from distribution.services.complaints import answer_complaint, file_complaint, withdraw_complaint
from distribution.states import COMPLAINT, ComplaintStatus, ComplaintSubject

NUMBER = re.compile(r"(?:PO)?0*([1-9]\d{0,17})", re.IGNORECASE)


class ComplaintForm(forms.Form):
    """What the institution complains about; the firms are those of its orders."""

    about = forms.ChoiceField(label=gettext_lazy("About"))
    subject = forms.ChoiceField(label=gettext_lazy("Subject"), choices=ComplaintSubject.choices)
    order = forms.CharField(label=gettext_lazy("Order number, where it is about one"), required=False, max_length=24)
    text = forms.CharField(
        label=gettext_lazy("What happened"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, data: Any = None, *, actor: Actor, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        orders = Order.objects.visible_to(actor).order_by()
        firms = Organization.objects.filter(kind__in=(OrganizationKind.SUPPLIER, OrganizationKind.DISTRIBUTOR)).filter(
            Q(pk__in=orders.values("supplier")) | Q(pk__in=orders.exclude(distributor=None).values("distributor"))
        )
        self.fields["about"].choices = list(firms.values_list("code", "name"))  # type: ignore[attr-defined]

    def clean_order(self) -> int | None:
        text = str(self.cleaned_data["order"]).strip()
        if not text:
            return None
        number = NUMBER.fullmatch(text)
        if number is None:
            raise forms.ValidationError(_("“%(number)s” is not the number of an order."), params={"number": text})
        return int(number[1])


class AnswerForm(forms.Form):
    """What the institution says to a complaint about itself."""

    answer = forms.CharField(label=gettext_lazy("Answer"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))


@institution_page()
def complaint_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The complaints of the institution and about it, the latest first."""
    status = chosen_status(request, ComplaintStatus.choices)
    rows = Complaint.objects.visible_to(actor).select_related("complainant", "about")
    if status:
        rows = rows.filter(status=status)
    overdue = set(Complaint.objects.visible_to(actor).overdue(localdate()).values_list("pk", flat=True))
    context = {
        "page": page_of(request, rows),
        "status": status,
        "states": ComplaintStatus.choices,
        "overdue": overdue,
    }
    return render_page(request, actor, "portal/complaints.html", context)


@institution_page()
def new_complaint(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Complain; ``?order=`` fills in the order that it is about."""
    if request.method != "POST":
        order = Order.objects.visible_to(actor).filter(pk=_key(request.GET.get("order", ""))).first()
        initial = {"order": order.number, "about": order.supplier.code} if order else None
        return _show_form(request, actor, ComplaintForm(actor=actor, initial=initial))
    form = ComplaintForm(request.POST, actor=actor)
    if not form.is_valid():
        return _show_form(request, actor, form, status=400)
    values = form.cleaned_data
    try:
        complaint = file_complaint(
            about_code=values["about"],
            subject=ComplaintSubject(values["subject"]),
            text=values["text"],
            order_id=values["order"],
            actor=actor,
            at=timezone.now(),
        )
    except NotAllowed:
        raise
    except NotVisible as error:
        form.add_error("order", str(error))
        return _show_form(request, actor, form, status=status_of(error))
    except DomainError as error:
        put_on(form, parts_of(error))
        tell(request, error)
        return _show_form(request, actor, form, status=status_of(error))
    messages.success(request, _("%(complaint)s is filed.") % {"complaint": complaint.number})
    return redirect("portal:complaint", pk=complaint.pk)


def _key(text: str) -> int:
    """The key that was sent; one that no record has, where none was."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0


def _show_form(request: HttpRequest, actor: Actor, form: ComplaintForm, *, status: int = 200) -> HttpResponse:
    return render_page(request, actor, "portal/complaint_new.html", {"form": form}, status=status)


@institution_page()
def complaint_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One complaint, and what can be done about it."""
    return _show(request, actor, pk, AnswerForm())


def _show(request: HttpRequest, actor: Actor, pk: int, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    complaint: Complaint = find(
        Complaint.objects.visible_to(actor).select_related("complainant", "about", "order"), pk=pk
    )
    allowed = COMPLAINT.allowed(complaint.status)
    context = {
        "complaint": complaint,
        "form": form,
        "may_answer": "answer" in allowed and complaint.about_id == actor.organization_id,
        "may_withdraw": "withdraw" in allowed and complaint.complainant_id == actor.organization_id,
        "is_upheld": complaint.is_upheld is True,
        "is_decided": complaint.is_upheld is not None,
    }
    return render_page(request, actor, "portal/complaint.html", context, status=status)


@require_POST
@institution_page()
def withdraw(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Take it back."""
    try:
        withdraw_complaint(complaint_id=pk, actor=actor, at=timezone.now())
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        tell(request, error)
    else:
        messages.success(request, _("The complaint is withdrawn."))
    return redirect("portal:complaint", pk=pk)


@require_POST
@institution_page()
def answer(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Answer what is said about the institution."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _show(request, actor, pk, form, status=400)
    try:
        answer_complaint(complaint_id=pk, answer=form.cleaned_data["answer"], actor=actor, at=timezone.now())
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        tell(request, error)
    else:
        messages.success(request, _("The answer is sent."))
    return redirect("portal:complaint", pk=pk)
