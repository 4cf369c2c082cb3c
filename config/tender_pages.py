"""The public pages of tenders: what is bought by which rules, and step by step what became of it.

Everybody sees the same. Of bids nothing is said before they are opened, and of their evaluation nothing before the
candidates are published.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.accounts.requests import actor_of_page
from catalog.foundation.actor import Actor, Channel
from catalog.foundation.errors import NotVisible
from catalog.foundation.transitions import find
from config.tender_words import VERDICTS, ceiling_in_words, rules_in_words, step_in_words
from procurement.models import (
    Agreement,
    AgreementLine,
    Amendment,
    Award,
    AwardArea,
    Bid,
    Clarification,
    EvaluationLine,
    Lot,
    LotArea,
    Objection,
    Opening,
    Release,
    Tender,
    TenderDocument,
)
from procurement.queries import rules_of
from procurement.queries.findings import steps_of_bid, steps_of_lot
from procurement.queries.public import Disclosed, disclosed, public_bids, public_lots
from procurement.services.clarifications import questions_until
from procurement.states import BidStatus, LotStatus, Procedure, TenderStatus

TENDERS_PER_PAGE = 20
LOTS_PER_PAGE = 50
BIDS_PER_PAGE = 100

VISITOR = Actor.visitor(Channel.PORTAL)
# What a visitor may ask for: a draft is nobody's to know.
STATUSES = [choice for choice in TenderStatus.choices if choice[0] != TenderStatus.DRAFT]


@require_safe
def tenders(request: HttpRequest) -> HttpResponse:
    """All published tenders, the latest first, by procedure, state and words."""
    asked = {name: request.GET.get(name, "").replace("\x00", "").strip() for name in ("q", "procedure", "status")}
    found = Tender.objects.visible_to(VISITOR).select_related("agency").annotate(lot_count=Count("lots"))
    if asked["procedure"] in Procedure.values:
        found = found.filter(procedure=asked["procedure"])
    if asked["status"] in TenderStatus.values:
        found = found.filter(status=asked["status"])
    for word in asked["q"].split()[:8]:
        named = Lot.objects.filter(presentation__medicine__name__icontains=word).values("tender")
        found = found.filter(
            Q(number__icontains=word) | Q(title__icontains=word) | Q(agency__name__icontains=word) | Q(pk__in=named)
        )
    context = {
        "asked": asked,
        "procedures": Procedure.choices,
        "statuses": STATUSES,
        "page": _page(request, found.order_by("-published_at", "-pk"), TENDERS_PER_PAGE),
    }
    return render(request, "tenders.html", context)


@require_safe
def tender(request: HttpRequest, number: str) -> HttpResponse:
    """One tender: what it is, by which rules it runs, its timetable, documents, questions, changes and lots."""
    found, shown, context = _open(number)
    lots = public_lots(found, shown)
    words = request.GET.get("q", "").replace("\x00", "").strip()
    if words:
        lots = lots.filter(presentation__medicine__name__icontains=words)
    page = _page(request, lots, LOTS_PER_PAGE)
    context |= {
        "rules": rules_in_words(rules_of(found)) if found.procedure_rules else [],
        "questions_until": questions_until(found),
        "documents": TenderDocument.objects.visible_to(VISITOR).filter(tender=found).defer("content"),
        "clarifications": Clarification.objects.visible_to(VISITOR).filter(tender=found).order_by("answered_at"),
        "amendments": Amendment.objects.visible_to(VISITOR).filter(tender=found).order_by("published_at"),
        "words": words,
        "page": page,
        "rows": _with(page, _awards(found).filter(lot__in=list(page)), lambda award: award.lot_id),
    }
    return render(request, "tender.html", context)


@require_safe
def tender_document(request: HttpRequest, number: str, document: int) -> HttpResponseBase:
    """A file of the tender documents, always as a download."""
    actor = actor_of_page(request, Channel.PORTAL)
    try:
        found = find(TenderDocument.objects.visible_to(actor).filter(tender__number=number), pk=document)
    except NotVisible as error:
        raise Http404(str(error)) from error
    # judged by its content when it came in, and never shown within a page of ours
    return FileResponse(
        io.BytesIO(bytes(found.content)),
        as_attachment=True,
        filename=found.file_name,
        content_type=found.media_type,
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"},
    )


@require_safe
def lot(request: HttpRequest, number: str, lot: int) -> HttpResponse:
    """One lot: where its ceiling comes from, who needs how much, and its bids as far as they are public."""
    found, shown, context = _open(number)
    one = public_lots(found, shown).filter(number=lot).first()
    if one is None:
        raise Http404(str(NotVisible(what=Lot._meta.verbose_name, key=lot)))
    bids = (
        public_bids(found, shown)
        .filter(lot=one)
        .select_related("supplier", "product__presentation__medicine", "product__manufacturer", "evaluation_line")
        .order_by(F("evaluation_line__rank").asc(nulls_last=True) if shown.results else "received_at", "pk")
    )
    rules = rules_of(found)
    context |= {
        "lot": one,
        "ceiling": ceiling_in_words(one.ceiling_evidence),
        "areas": LotArea.objects.filter(lot=one).select_related("province"),
        "bids": [_shown_bid(bid, one, found, shown) for bid in bids],
        "steps": [step_in_words(step) for step in steps_of_lot(one, rules)] if shown.results else [],
        "awards": list(_awards(found).filter(lot=one)),
    }
    return render(request, "tender_lot.html", context)


def _shown_bid(bid: Bid, lot: Lot, tender: Tender, shown: Disclosed) -> dict[str, Any]:
    """A bid as the public may see it now."""
    line = getattr(bid, "evaluation_line", None)
    spoiled = bid.status == BidStatus.SPOILED
    return {
        "bid": bid,
        "offer": bid.offer_price if shown.prices else None,
        "comparable": bid.comparable_price if shown.results else None,
        "rank": line.rank if line and shown.results else None,
        "is_proposed": bool(line and line.is_proposed and shown.results),
        "status": _status(bid, shown),
        "reason": bid.finding.get("reason", "") if shown.results and not spoiled else "",
        "verdict": VERDICTS.get(bid.finding.get("verdict", ""), "") if shown.results or spoiled else "",
        "steps": [step_in_words(step) for step in steps_of_bid(bid, lot, rules_of(tender))] if shown.results else [],
    }


def _status(bid: Bid, shown: Disclosed) -> BidStatus:
    """Its state, or the last one that is public."""
    status = BidStatus(bid.status)
    if status == BidStatus.SPOILED or shown.results:
        return status
    if shown.prices:
        return BidStatus.NOT_SHORTLISTED if status == BidStatus.NOT_SHORTLISTED else BidStatus.OPENED
    is_told = shown.shortlist and status in (BidStatus.SHORTLISTED, BidStatus.NOT_SHORTLISTED)
    return status if is_told else BidStatus.TECHNICAL_OPENED


@require_safe
def opening(request: HttpRequest, number: str) -> HttpResponse:
    """The openings of a tender: who opened, what was found, and how everybody can check the minutes."""
    found, shown, context = _open(number)
    openings = (
        Opening.objects.filter(tender=found)
        .order_by("opened_at")
        .annotate(released=F("minutes__released"), shares_needed=F("minutes__shares_needed"))
    )
    bids = public_bids(found, shown).select_related("lot", "supplier").order_by("lot__number", "received_at", "pk")
    page = _page(request, bids, BIDS_PER_PAGE)
    context |= {
        "openings": openings.defer("minutes"),
        "page": page,
        "rows": [(bid, _status(bid, shown), bid.offer_price if shown.prices else None) for bid in page],
        "address": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "tender_opening.html", context)


@require_safe
def candidates(request: HttpRequest, number: str) -> HttpResponse:
    """Who is proposed for each lot, until when that can be objected to, and the objections with their replies."""
    found, shown, context = _open(number)
    lots = public_lots(found, shown).exclude(status=LotStatus.OPEN) if shown.results else Lot.objects.none()
    proposed = (
        EvaluationLine.objects.filter(is_proposed=True)
        .select_related("bid__supplier", "bid__product__presentation__medicine", "bid__product__manufacturer")
        .defer("bid__envelope", "bid__technical_envelope", "bid__receipt")
        .order_by("rank")
    )
    page = _page(request, lots, LOTS_PER_PAGE)
    context |= {
        "page": page,
        "rows": _with(page, proposed.filter(bid__lot__in=list(page)), lambda line: line.bid.lot_id),
        "objections": Objection.objects.visible_to(VISITOR).filter(tender=found).select_related("lot"),
    }
    return render(request, "tender_candidates.html", context)


@require_safe
def awards(request: HttpRequest, number: str) -> HttpResponse:
    """Who supplies which areas with each lot, and at what price; who stopped doing so, and why."""
    found, _shown, context = _open(number)
    rows = (
        _awards(found)
        .order_by("lot__number", "price", "pk")
        .select_related("lot__presentation__medicine", "replaces__bid__supplier")
    )
    return render(request, "tender_awards.html", context | {"page": _page(request, rows, LOTS_PER_PAGE)})


@require_safe
def agreements(request: HttpRequest, number: str) -> HttpResponse:
    """The agreements that were concluded from a tender."""
    found, _shown, context = _open(number)
    rows = Agreement.objects.filter(tender=found).select_related("supplier").annotate(line_count=Count("lines"))
    page = _page(request, rows.order_by("number"), LOTS_PER_PAGE)
    return render(request, "tender_agreements.html", context | {"page": page})


@require_safe
def agreement(request: HttpRequest, number: str) -> HttpResponse:
    """One agreement: with whom, for how long, and what is agreed for which area at what price."""
    try:
        found = find(Agreement.objects.select_related("supplier", "agency", "tender"), number=number)
    except NotVisible as error:
        raise Http404(str(error)) from error
    lines = (
        AgreementLine.objects.filter(agreement=found)
        .select_related("lot", "province", "product__presentation__medicine", "product__manufacturer")
        .order_by("lot__number", "province", "pk")
    )
    return render(request, "agreement.html", {"agreement": found, "page": _page(request, lines, BIDS_PER_PAGE)})


def _open(number: str) -> tuple[Tender, Disclosed, dict[str, Any]]:
    """The tender, what of it is public, and what every page of it shows."""
    rows = Tender.objects.visible_to(VISITOR).select_related("agency", "procedure_rules", "rule_set", "retender_of")
    try:
        found = find(rows, number=number)
    except NotVisible as error:
        raise Http404(str(error)) from error
    shown = disclosed(found)
    parts = {
        "bidders": shown.bidders,
        "results": shown.results or Objection.objects.filter(tender=found).exists(),
        "awards": Award.objects.filter(lot__tender=found).exists(),
        "agreements": Agreement.objects.filter(tender=found).exists(),
        "data": Release.objects.filter(tender=found).exists(),
    }
    return found, shown, {"tender": found, "shown": shown, "parts": parts}


def _awards(tender: Tender) -> QuerySet[Award]:
    areas = AwardArea.objects.select_related("province").order_by("role", "province", "pk")
    return (
        Award.objects.filter(lot__tender=tender)
        .select_related("bid__supplier", "bid__product__presentation__medicine", "bid__product__manufacturer")
        .defer("bid__envelope", "bid__technical_envelope", "bid__receipt")
        .prefetch_related(Prefetch("areas", areas))
        .order_by("price", "pk")
    )


def _with(lots: Page[Any], rows: QuerySet[Any], lot_of: Callable[[Any], int]) -> list[tuple[Lot, list[Any]]]:
    """Each lot of the page with the rows that belong to it."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[lot_of(row)].append(row)
    return [(lot, found[lot.pk]) for lot in lots]


def _page(request: HttpRequest, rows: QuerySet[Any], size: int) -> Page[Any]:
    return Paginator(rows, size).get_page(request.GET.get("page"))
