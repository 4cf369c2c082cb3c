"""The public pages: what the platform is, its tenders and what was awarded, the list of medicines, and products."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from catalog.foundation.actor import Actor, Channel
from catalog.models import Edition, ListSection, ProvincialAddition, Region
from catalog.queries import edition_in_force, essentiality
from catalog.queries.search import Place, entries_of, search_products
from catalog.states import BINDING, ListPart, RegionLevel
from procurement.models import Award, Lot, Tender
from procurement.states import LotStatus

TENDERS_PER_PAGE = 20
AWARDS_SHOWN = 12
ENTRIES_PER_PAGE = 50
PRODUCTS_PER_PAGE = 50

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


@require_safe
def essential_medicines(request: HttpRequest) -> HttpResponse:
    """The list in force or another edition, by part, section and words; and what a province has added to it."""
    today = localdate()
    asked = {name: request.GET.get(name, "") for name in ("edition", "part", "section", "q", "province")}
    editions = list(Edition.objects.filter(status__in=BINDING))
    edition = next((item for item in editions if item.code == asked["edition"]), None) or edition_in_force(today)
    sections = list(ListSection.objects.filter(edition=edition))
    if asked["part"] in ListPart.values:
        sections = [item for item in sections if item.part == asked["part"]]
    provinces = list(Region.objects.filter(level=RegionLevel.PROVINCE))
    province = next((item for item in provinces if item.code == asked["province"]), None)
    entries = entries_of(
        edition,
        asked["q"],
        part=asked["part"] if asked["part"] in ListPart.values else "",
        section=asked["section"] if asked["section"] in {item.path for item in sections} else "",
    )
    context = {
        "asked": asked,
        "editions": editions,
        "edition": edition,
        "is_in_force": edition is not None and today in edition.validity,
        "parts": ListPart.choices,
        "sections": sections,
        "provinces": provinces,
        "province": province,
        "page": Paginator(entries, ENTRIES_PER_PAGE).get_page(request.GET.get("page")),
        "additions": ProvincialAddition.objects.in_force(today)
        .filter(province=province)
        .select_related("medicine")
        .prefetch_related("presentations")
        if province
        else [],
    }
    return render(request, "essential_medicines.html", context)


@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """The products that were searched for, the likeliest first, and which of them are essential medicines today."""
    question = request.GET.get("q", "")
    try:
        after = Place.read(request.GET["after"]) if request.GET.get("after") else None
    except ValueError as error:
        raise Http404("there is no such page of what was searched for") from error
    found = search_products(question, limit=PRODUCTS_PER_PAGE, after=after)
    grounds = essentiality(found.products, localdate())
    context = {
        "question": question.replace("\x00", "").strip(),
        "found": [(product, grounds[product.pk]) for product in found.products],
        "is_first": after is None,
        "next": found.next.token if found.next else "",
    }
    return render(request, "products.html", context)
