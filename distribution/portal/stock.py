"""The institution's stock: what there is, issuing it, counting it, and writing it off."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NotVisible
from catalog.foundation.transitions import find
from catalog.foundation.web.notices import tell
from catalog.foundation.web.problems import status_of
from catalog.models import Product
from distribution.models import StockEntry, StockLot
from distribution.policies import require_staff
from distribution.portal.once import is_token, new_token, once
from distribution.portal.page import ROWS_PER_PAGE, institution_page, render_page
from distribution.portal.refusals import by_line, parts_of, put_on
from distribution.portal.stock_forms import FoundForm, IssueForm, OpeningForm, WriteOffForm
from distribution.queries import supply_rules
from distribution.queries.stock import positions, with_warnings
from distribution.querysets import StockLotQuerySet
from distribution.services.counts import Found, OpeningLot, count_stock, enter_opening_stock
from distribution.services.issues import IssuedLot, Wish, WrittenOff, issue_stock, write_off
from distribution.states import StockWarning

LATEST_ENTRIES = 20


@institution_page()
def stock_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every product that the institution has or uses, what is warned of first."""
    warning = request.GET.get("warning", "")
    at = timezone.now()
    rows = positions(require_staff(actor), at=at, rules=supply_rules(localdate(at)))
    counts = [(kind, sum(1 for row in rows if kind in row.warnings)) for kind in StockWarning]
    if warning in StockWarning.values:
        rows = [row for row in rows if warning in row.warnings]
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "warning": warning, "counts": [item for item in counts if item[1]]}
    return render_page(request, actor, "portal/stock.html", context)


def _own_lots(actor: Actor) -> StockLotQuerySet:
    """The shelf of the actor's institution; its reserve is another matter."""
    today = localdate()
    own = StockLot.objects.filter(holder=require_staff(actor), plan=None)
    return with_warnings(own, today=today, rules=supply_rules(today)).select_related(
        "product__presentation__medicine", "product__manufacturer"
    )


@institution_page()
def product_stock(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """The lots of a product, and for pharmacists the sheet on which they are counted."""
    product: Product = find(Product.objects.select_related("presentation__medicine", "manufacturer"), code=code)
    lots = list(_own_lots(actor).filter(product=product).on_hand().order_by("expires_on", "pk"))
    if request.method != "POST":
        return _show_product(request, actor, product, [FoundForm(lot=lot) for lot in lots])
    if not actor.has(Role.PHARMACIST):
        raise NotAllowed(reason=_("only pharmacists count"))
    forms = [FoundForm(request.POST, lot=lot) for lot in lots]
    if not all(form.is_valid() for form in forms):
        messages.error(request, _("Some lines cannot be read; nothing was recorded."))
        return _show_product(request, actor, product, forms, status=400)
    counted = [form for form in forms if form.cleaned_data["units"] is not None]
    try:
        count_stock(
            found=[Found(lot_id=form.lot.pk, **form.cleaned_data) for form in counted],
            actor=actor,
            at=timezone.now(),
        )
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        tell(request, error)
        for position, parts in by_line(error).items():
            put_on(counted[position], parts)
        return _show_product(request, actor, product, forms, status=status_of(error))
    messages.success(request, _("The count was recorded."))
    return redirect("portal:stock-product", code=code)


def _show_product(
    request: HttpRequest, actor: Actor, product: Product, forms: list[FoundForm], *, status: int = 200
) -> HttpResponse:
    at = timezone.now()
    rules = supply_rules(localdate(at))
    entries = StockEntry.objects.filter(lot__holder=actor.organization_id, lot__plan=None, lot__product=product)
    context = {
        "product": product,
        "forms": forms,
        "position": next(iter(positions(require_staff(actor), at=at, rules=rules, products=[product.pk])), None),
        "entries": entries.select_related("lot", "entered_by")[:LATEST_ENTRIES],
    }
    return render_page(request, actor, "portal/stock_product.html", context, status=status)


@institution_page(Role.PHARMACIST)
def issue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Issue to patients, pack by pack; a form that is sent twice issues once."""
    if request.method != "POST":
        return _show_form(request, actor, "portal/stock_issue.html", IssueForm())
    form, token = IssueForm(request.POST), request.POST.get("token", "")
    if not form.is_valid() or not is_token(token):
        return _show_form(request, actor, "portal/stock_issue.html", form, status=400)
    values = form.cleaned_data
    issued: list[IssuedLot] = []

    def work() -> int:
        wish = Wish(values["product"], values["units"], values["lot_number"])
        issued.extend(issue_stock(wishes=[wish], actor=actor, at=timezone.now()))
        return len(issued)

    try:
        once(actor=actor, token=token, content=values, work=work)
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        put_on(form, parts_of(error))
        return _show_form(request, actor, "portal/stock_issue.html", form, status=status_of(error))
    for item in issued:
        words = ngettext("%(units)s unit of %(lot)s was issued.", "%(units)s units of %(lot)s were issued.", item.units)
        messages.success(request, words % {"units": item.units, "lot": item.lot})
        if item.warning:
            messages.warning(request, item.warning)
    return redirect("portal:stock-issue")


@institution_page(Role.PHARMACIST)
def opening(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Enter a lot that was there before the ledger."""
    if request.method != "POST":
        return _show_form(request, actor, "portal/stock_opening.html", OpeningForm())
    form = OpeningForm(request.POST)
    if not form.is_valid():
        return _show_form(request, actor, "portal/stock_opening.html", form, status=400)
    values = form.cleaned_data
    lot = OpeningLot(values["product"], values["lot_number"], values["expires_on"], values["units"])
    try:
        enter_opening_stock(lots=[lot], actor=actor, at=timezone.now())
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        put_on(form, parts_of(error))
        return _show_form(request, actor, "portal/stock_opening.html", form, status=status_of(error))
    messages.success(request, _("Lot %(lot)s was entered.") % {"lot": lot.lot_number})
    return redirect("portal:stock-opening")


@institution_page(Role.PHARMACIST)
def write_off_lot(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Take units of a lot off the stock, with a reason."""
    lot = find(_own_lots(actor).on_hand(), pk=pk)
    initial = {"units": lot.units} if lot.warning == StockWarning.EXPIRED else {}
    form = WriteOffForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {"lot": lot}
    if request.method != "POST":
        return _show_form(request, actor, "portal/stock_write_off.html", form, **context)
    if not form.is_valid():
        return _show_form(request, actor, "portal/stock_write_off.html", form, status=400, **context)
    values = form.cleaned_data
    try:
        write_off(lots=[WrittenOff(lot.pk, values["units"])], reason=values["reason"], actor=actor, at=timezone.now())
    except (NotAllowed, NotVisible):
        raise
    except DomainError as error:
        put_on(form, parts_of(error))
        return _show_form(request, actor, "portal/stock_write_off.html", form, status=status_of(error), **context)
    messages.success(request, _("%(lot)s: written off.") % {"lot": lot})
    return redirect("portal:stock-product", code=lot.product.code)


def _show_form(
    request: HttpRequest,
    actor: Actor,
    template: str,
    form: django_forms.Form,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    shown = {"form": form, "token": new_token(), **context}
    return render_page(request, actor, template, shown, status=status)
