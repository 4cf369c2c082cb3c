"""The institution's use of essential medicines: its shares, what it lacks, and what would help."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.rules.months import months_after
from distribution.models import UseFigure
from distribution.policies import require_staff
from distribution.portal.page import institution_page, render_page
from distribution.queries.must_stock import lacking, must_stock
from distribution.queries.usage import By, checks_of, figures_of_period, ranking, shares
from distribution.queries.use_moves import moves

MONTHS_SHOWN = 12


@institution_page()
def use(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The last twelve months, the verdict and place of the latest, what must be stocked, and what to order instead."""
    institution_id, at = require_staff(actor), timezone.now()
    this_month = localdate(at).replace(day=1)
    own = figures_of_period(
        since=months_after(this_month, -MONTHS_SHOWN), until=this_month, institution_id=institution_id
    )
    latest = UseFigure.objects.filter(institution=institution_id).select_related("institution", "rules").first()
    places = ranking(actor.province, latest.month) if latest else []
    context = {
        "months": reversed(shares(By.MONTH, own)),
        "latest": latest,
        "checks": checks_of(latest) if latest else [],
        "place": next((row for row in places if row.figure.institution_id == institution_id), None),
        "moves": moves(latest, at) if latest else [],
        "must": next((row for row in must_stock(actor.province, at) if row.institution_id == institution_id), None),
        "lacking": lacking(institution_id, actor.province, at),
    }
    return render_page(request, actor, "portal/use.html", context)
