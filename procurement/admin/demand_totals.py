"""The sums of a demand round per province and presentation, to read and to take along."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import DecidingAdmin, actor_of, whole
from catalog.foundation.web.admin.exports import csv_response
from catalog.models import Region
from procurement.models import DemandLine, DemandReport, DemandRound
from procurement.states import DemandReportStatus

PER_PAGE = 100
MEDICINE = "presentation__medicine__name"
NAMES = (
    *("report__province__code", "report__province__name"),
    *(MEDICINE, "presentation__form", "presentation__strength", "brand__code"),
)
CONFIRMED = Q(report__status=DemandReportStatus.CONFIRMED)


def totals_of(demand_round: DemandRound, actor: Actor, province: str) -> Any:
    """Units, those confirmed of them, and reports per province, presentation and brand, of what the actor sees."""
    lines = DemandLine.objects.filter(
        report__round=demand_round, report__in=DemandReport.objects.visible_to(actor).order_by()
    )
    if province:
        lines = lines.filter(report__province=province)
    grouped = lines.order_by().values_list(*NAMES)
    return grouped.annotate(
        units=Sum("quantity"),
        confirmed=Sum("quantity", filter=CONFIRMED, default=0),
        reports=Count("report", distinct=True),
    ).order_by(*NAMES)


def totals_page(
    model_admin: DecidingAdmin, request: HttpRequest, demand_round: DemandRound
) -> HttpResponse | StreamingHttpResponse:
    """The sums as a page, or with ``?csv`` as a file."""
    province = request.GET.get("province", "")
    rows = totals_of(demand_round, actor_of(request), province)
    headings = [
        _("province code"),
        _("province"),
        _("medicine"),
        _("dosage form"),
        _("strength"),
        _("brand"),
        _("quantity (smallest units)"),
        _("confirmed of it"),
        _("reports"),
    ]
    if "csv" in request.GET:
        return csv_response(f"demand-{demand_round.code}", headings, rows.iterator())
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    shown = [[*row[1:5], row[5] or "", whole(row[6]), whole(row[7]), row[8]] for row in page]
    return model_admin.page(
        request,
        "admin/procurement/demand_totals.html",
        title=_("Reported demand: %(round)s") % {"round": demand_round},
        record=demand_round,
        totals={"headers": headings[1:], "rows": shown},
        page_obj=page,
        provinces=Region.objects.filter(parent=None, pk__in=_reported(demand_round, actor_of(request))),
        province=province,
    )


def _reported(demand_round: DemandRound, actor: Actor) -> Any:
    reports = DemandReport.objects.visible_to(actor).filter(round=demand_round)
    return reports.order_by().values("province")
