"""The public page of misconduct: which firms are or were barred, where, until when and why."""

from __future__ import annotations

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from catalog.foundation.actor import Actor, Channel
from procurement.models import ConductRecord
from procurement.queries.credit import credit_standings
from procurement.states import ConductStatus

RECORDS_PER_PAGE = 50
VISITOR = Actor.visitor(Channel.PORTAL)


@require_safe
def conduct_records(request: HttpRequest) -> HttpResponse:
    """The records that take effect today or on a day to come; all that ever did, where the address asks for them.

    Above them the credit levels of the day that the address names, or of today.
    """
    records = ConductRecord.objects.visible_to(VISITOR).select_related("organization", "province")
    shows_all = request.GET.get("all") == "yes"
    if not shows_all:
        records = records.filter(status=ConductStatus.IN_FORCE, validity__endswith__gt=localdate())
    page = Paginator(records.order_by("-validity", "-pk"), RECORDS_PER_PAGE).get_page(request.GET.get("page"))
    on = _asked_day(request.GET.get("on", ""))
    context = {"page": page, "shows_all": shows_all, "on": on, "standings": credit_standings(on)}
    return render(request, "conduct_records.html", context)


def _asked_day(text: str) -> date:
    """Today where no day was named, or none that there is."""
    try:
        return parse_date(text) or localdate()
    except ValueError:
        return localdate()
