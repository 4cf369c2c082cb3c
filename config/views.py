"""The public pages: what the platform is, its tenders, and what was awarded."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from catalog.foundation.actor import Actor, Channel
from catalog.foundation.errors import NotVisible
from catalog.foundation.transitions import find
from procurement.models import Award, Lot, Tender
from procurement.states import LotStatus

TENDERS_PER_PAGE = 20
AWARDS_SHOWN = 12

# The same page for everybody: who works with tenders sees more of them in the admin.
VISITOR = Actor.visitor(Channel.PORTAL)


def home(request: HttpRequest) -> HttpResponse:
    """What the platform is and for whom, the published tenders, and the latest awards."""
    tenders = Tender.objects.visible_to(VISITOR).select_related("agency").annotate(lot_count=Count("lots"))
    awards = (
        Award.objects.filter(lot__in=Lot.objects.visible_to(VISITOR).filter(status=LotStatus.AWARDED))
        .select_related("lot__tender", "lot__presentation__medicine", "bid__supplier", "bid__product")
        .annotate(area_count=Count("areas"))
        .order_by("-awarded_at", "lot__number", "price")
    )
    page = Paginator(tenders.order_by("-published_at", "-pk"), TENDERS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "home.html", {"page": page, "awards": awards[:AWARDS_SHOWN]})


def tender(request: HttpRequest, number: str) -> HttpResponse:
    """One published tender: its lots, volumes and ceilings; of the bids only those that won, once a lot is awarded."""
    awards = (
        Award.objects.filter(lot__status=LotStatus.AWARDED)
        .select_related("bid__supplier", "bid__product__presentation", "bid__product__manufacturer")
        .annotate(area_count=Count("areas"))
        .order_by("price", "pk")
    )
    lots = (
        Lot.objects.visible_to(VISITOR)
        .select_related("presentation__medicine")
        .annotate(area_count=Count("areas"))
        .prefetch_related(Prefetch("awards", awards))
        .order_by("number")
    )
    try:
        found = find(Tender.objects.visible_to(VISITOR).select_related("agency"), number=number)
    except NotVisible as error:
        raise Http404(str(error)) from error
    return render(request, "tender.html", {"tender": found, "lots": lots.filter(tender=found)})
