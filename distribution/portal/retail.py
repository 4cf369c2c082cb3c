"""Retail prices: reporting them one by one or as a sheet, and what the check found."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, RulesBroken
from catalog.foundation.imports import Checked, Table, read_table
from catalog.foundation.transitions import find
from catalog.foundation.web.notices import tell
from catalog.foundation.web.problems import status_of
from catalog.models import Medicine, Product
from distribution.models import RetailFinding, RetailPrice, RetailReport
from distribution.portal import error_sheets, retail_files
from distribution.portal.evidence import in_words
from distribution.portal.forms import RetailFileForm, RetailPriceForm
from distribution.portal.page import institution_page, page_of, render_page
from distribution.portal.refusals import parts_of, put_on
from distribution.services.retail import (
    ReportedPrice,
    check_retail_table,
    report_retail_prices,
    report_retail_table,
)
from distribution.states import VIOLATIONS, RetailReportStatus, RetailVerdict

ERRORS_SHOWN = 100
OPTIONS_SHOWN = 20
VIOLATION = Q(verdict__in=VIOLATIONS)
# What is found as well, and breaks no rule.
ALARMS = {
    "no_ceiling": (RetailVerdict.NO_CEILING,),
    "abnormal": (RetailVerdict.ABNORMALLY_HIGH, RetailVerdict.ABNORMALLY_LOW),
}


@institution_page()
def report_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The institution's reports, and the two ways to send one."""
    return _show(request, actor)


@institution_page(Role.PHARMACIST)
def report_price(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Report one price."""
    if request.method != "POST":
        return redirect("portal:retail")
    form = RetailPriceForm(request.POST)
    if not form.is_valid():
        return _show(request, actor, price_form=form, status=400)
    values = form.cleaned_data
    price = ReportedPrice(values["product"], values["price"], values["observed_on"], "/prices/0")
    try:
        report = report_retail_prices(prices=[price], actor=actor, at=timezone.now())
    except NotAllowed:
        raise
    except DomainError as error:
        put_on(form, parts_of(error))
        tell(request, error)
        return _show(request, actor, price_form=form, status=status_of(error))
    return _reported(request, report, 1)


@institution_page(Role.PHARMACIST)
def upload(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Report a sheet of prices; where rows are wrong nothing is stored and the sheet is given back with the errors."""
    if request.method != "POST":
        return redirect("portal:retail")
    form = RetailFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, actor, file_form=form, status=400)
    file, at = form.cleaned_data["file"], timezone.now()
    if file.size > retail_files.AT_ONCE:
        return retail_files.hand_in(request, actor, file.name, file.read())
    table, checked = None, None
    try:
        table = read_table(file.read(), name=file.name)
        checked = check_retail_table(table, actor=actor, at=at)
        report = report_retail_table(table=table, actor=actor, at=at)
    except NotAllowed:
        raise
    except RulesBroken as error:
        messages.error(request, str(error))
        context = _errors_of(actor, table, checked, file.name)
        return _show(request, actor, status=status_of(error), **context)
    except DomainError as error:
        tell(request, error)
        form.add_error("file", str(error))
        return _show(request, actor, file_form=form, status=status_of(error))
    return _reported(request, report, len(table.rows))


def _errors_of(actor: Actor, table: Table | None, checked: Checked | None, name: str) -> dict[str, Any]:
    assert table is not None and checked is not None  # only a table that was read has rows that break rules
    return {
        "file_name": name,
        "row_errors": checked.in_order()[:ERRORS_SHOWN],
        "row_error_count": checked.count,
        "errors_token": error_sheets.keep(actor, table, checked),
    }


@institution_page(Role.PHARMACIST)
def annotated_sheet(request: HttpRequest, actor: Actor, token: str) -> HttpResponse:
    """The refused sheet with what is wrong written beside each row; kept for some minutes."""
    return HttpResponse(
        error_sheets.fetch(actor, token),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": 'attachment; filename="retail-prices-errors.xlsx"'},
    )


def _reported(request: HttpRequest, report: RetailReport, count: int) -> HttpResponse:
    words = ngettext(
        "%(count)s price was reported; the check follows.", "%(count)s prices were reported; the check follows.", count
    )
    messages.success(request, words % {"count": f"{count:,}"})
    return redirect("portal:retail-report", pk=report.pk)


def _show(
    request: HttpRequest,
    actor: Actor,
    *,
    price_form: RetailPriceForm | None = None,
    file_form: RetailFileForm | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    prices = RetailPrice.objects.filter(report=OuterRef("pk"))
    findings = RetailFinding.objects.filter(VIOLATION, retail_price__report=OuterRef("pk"))
    reports = (
        RetailReport.objects.visible_to(actor)
        .select_related("reported_by")
        .annotate(price_count=_count(prices), finding_count=_count(findings))
    )
    context |= {
        "page": page_of(request, reports),
        "price_form": price_form or RetailPriceForm(),
        "file_form": file_form or RetailFileForm(),
    }
    return render_page(request, actor, "portal/retail.html", context, status=status)


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many rows there are for each row of the outer query, counted for those shown only."""
    counted = rows.order_by().values(one=Value(1)).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


@institution_page()
def report_detail(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One report: every price, and what the check found with its evidence."""
    report: RetailReport = find(RetailReport.objects.visible_to(actor).select_related("reported_by"), pk=pk)
    prices = page_of(
        request,
        RetailPrice.objects.filter(report=report)
        .select_related("product__presentation__medicine", "product__manufacturer")
        .prefetch_related(Prefetch("findings", RetailFinding.objects.visible_to(actor).standing().order_by("pk")))
        .order_by("pk"),
    )
    rows = [
        (
            price,
            [(finding, in_words(finding.evidence)) for finding in price.findings.all()],
            any(finding.verdict in VIOLATIONS for finding in price.findings.all()),
        )
        for price in prices
    ]
    context = {
        "report": report,
        "page": prices,
        "rows": rows,
        "is_waiting": report.status == RetailReportStatus.RECEIVED,
    }
    return render_page(request, actor, "portal/retail_report.html", context)


@institution_page()
def violations(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every violation that was found at the institution, newest first; apart, what is no violation."""
    kind = request.GET.get("verdict", "")
    found = page_of(
        request,
        RetailFinding.objects.visible_to(actor)
        .filter(verdict__in=ALARMS.get(kind, VIOLATIONS))
        .select_related("retail_price__product__presentation__medicine", "retail_price__product__manufacturer"),
    )
    rows = [(finding, in_words(finding.evidence)) for finding in found]
    context = {
        "page": found,
        "rows": rows,
        "is_unknown": kind == "no_ceiling",
        "is_abnormal": kind == "abnormal",
    }
    return render_page(request, actor, "portal/violations.html", context)


@institution_page()
def product_options(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Products whose name, pinyin initials or code fits what is being typed; a fragment for a datalist."""
    words = request.GET.get("product", "").replace("\x00", "").strip()
    products = Product.objects.select_related("presentation__medicine", "manufacturer")
    if words:
        medicines = Medicine.objects.search(words)
        products = products.filter(Q(code__istartswith=words) | Q(presentation__medicine__in=medicines))
    return render(request, "portal/product_options.html", {"products": products.order_by("code")[:OPTIONS_SHOWN]})
