"""What the collusion screens look at, read as sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q

from catalog.accounts.models import Organization, Ownership
from catalog.foundation.money import FEN
from procurement.models import Award, Bid, BidDocument, EvaluationLine, Lot, Tender, TenderDocument
from procurement.rules.screens.flags import Contest, Evidence, Holding, Kind, OpenedBid, SubmittedFile, Trace
from procurement.states import BidStatus

UNOPENED = (BidStatus.SEALED, BidStatus.WITHDRAWN)
KINDS_OF_TRACE = {"machine": Kind.SAME_MACHINE, "network_address": Kind.SAME_ADDRESS}


def opened_bids_of(tender: Tender) -> list[OpenedBid]:
    """The bids with a comparable price; suppliers go by their codes, lots by their numbers."""
    rows = Bid.objects.filter(lot__tender=tender, comparable_price__isnull=False).values_list(
        "pk", "lot__number", "supplier__code", "comparable_price", "product__pack_quantity", "price_ratio"
    )
    return [
        OpenedBid(bid=pk, lot=lot, supplier=supplier, price=price, step=FEN / (pack * (ratio or Decimal(1))))
        for pk, lot, supplier, price, pack, ratio in rows
        if price is not None
    ]


def evidence_of(tender: Tender) -> Evidence:
    """What is known of the bidders of a tender besides their prices."""
    return Evidence(
        ceilings=dict(Lot.objects.filter(tender=tender).values_list("number", "ceiling_price")),
        files=tuple(_files(tender)),
        traces=tuple(_traces(tender)),
        holdings=tuple(_holdings(tender)),
        contests=tuple(_contests(tender)),
        published=frozenset(TenderDocument.objects.filter(tender=tender).values_list("sha256", flat=True)),
    )


def _files(tender: Tender) -> Iterator[SubmittedFile]:
    documents = BidDocument.objects.filter(bid__lot__tender=tender).exclude(bid__status__in=UNOPENED)
    rows = documents.order_by().values_list("bid__supplier__code", "sha256", "name").distinct()
    return (SubmittedFile(*row) for row in rows)


def _traces(tender: Tender) -> Iterator[Trace]:
    opened = Bid.objects.filter(lot__tender=tender).exclude(status__in=UNOPENED)
    for supplier, *found in opened.order_by().values_list("supplier__code", *KINDS_OF_TRACE).distinct():
        yield from (
            Trace(supplier, kind, value) for kind, value in zip(KINDS_OF_TRACE.values(), found, strict=True) if value
        )


def _holdings(tender: Tender) -> Iterator[Holding]:
    """Owners and representatives; a holder that bids itself is known under its name, its code and its credit code."""
    bidders = Organization.objects.filter(
        pk__in=Bid.objects.filter(lot__tender=tender).exclude(status__in=UNOPENED).order_by().values("supplier")
    )
    labels = bidders.values_list("code", "code", "name", "uscc")
    known = {label: code for code, *names in labels for label in names if label}
    ties = Ownership.objects.filter(organization__in=bidders)
    for supplier, tie, holder, share in ties.values_list("organization__code", "tie", "holder", "share"):
        is_owner = tie == Ownership.Tie.OWNER
        # an owner whose share nobody entered is looked at as if it were all
        yield Holding(supplier, known.get(holder, holder), (share or Decimal(1)) if is_owner else None)


def _contests(tender: Tender) -> Iterator[Contest]:
    """Who bid for the same presentations before, and who came first; this tender's lots with their lowest valid bid."""
    same = Lot.objects.filter(presentation__in=Lot.objects.filter(tender=tender).values("presentation"))
    earlier = same.exclude(tender=tender).filter(awards__isnull=False)
    found = same.filter(Q(tender=tender) | Q(pk__in=earlier.values("pk"))).select_related("presentation__medicine")
    lots = {lot.pk: lot for lot in found}
    bidders: defaultdict[int, set[str]] = defaultdict(set)
    for lot, supplier in (
        Bid.objects.filter(lot__in=lots).exclude(status__in=UNOPENED).order_by().values_list("lot", "supplier__code")
    ):
        bidders[lot].add(supplier)
    for lot, (winner, decided_at) in _firsts(tender, list(lots)).items():
        yield Contest(str(lots[lot].presentation), decided_at, frozenset(bidders[lot]), winner)


def _firsts(tender: Tender, lots: list[int]) -> dict[int, tuple[str, datetime]]:
    """The first in rank of each lot and when that was decided: by its award, in this tender by the evaluation."""
    awarded = (
        Award.objects.filter(lot__in=lots)
        .exclude(lot__tender=tender)
        .order_by("lot", F("bid__evaluation_line__rank").asc(nulls_last=True), "awarded_at")
        .distinct("lot")
        .values_list("lot", "bid__supplier__code", "awarded_at")
    )
    ranked = (
        EvaluationLine.objects.filter(bid__lot__tender=tender)
        .order_by("bid__lot", "rank")
        .distinct("bid__lot")
        .values_list("bid__lot", "bid__supplier__code", "evaluation__evaluated_at")
    )
    return {lot: (winner, at) for rows in (awarded, ranked) for lot, winner, at in rows}
