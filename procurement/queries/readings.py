"""Whose bids are still sealed: what of a tender is read before its opening is written down."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from django.db.models import Model, QuerySet

from catalog.foundation.journal.readings import watch
from procurement.models import (
    Amendment,
    Bid,
    BidDocument,
    Clarification,
    Committee,
    Lot,
    Notice,
    Objection,
    Score,
    ScoreSheet,
    Tender,
    TenderDocument,
)
from procurement.states import Stage, TenderStatus

# From the publication to the moment at which the prices are known.
SEALED = (
    TenderStatus.PUBLISHED,
    TenderStatus.CLOSED,
    TenderStatus.TECHNICAL_OPENING,
    TenderStatus.TECHNICAL_OPENED,
    TenderStatus.SHORTLISTED,
    TenderStatus.SHORTLIST_PUBLISHED,
    TenderStatus.OPENING,
)
# What belongs to a tender, and how it is reached from there.
PARTS: dict[type[Model], str] = {
    Tender: "pk",
    Lot: "tender",
    Bid: "lot__tender",
    BidDocument: "bid__lot__tender",
    Committee: "tender",
    ScoreSheet: "member__committee__tender",
    Score: "sheet__member__committee__tender",
    TenderDocument: "tender",
    Clarification: "tender",
    Amendment: "tender",
    Objection: "tender",
    Notice: "tender",
}


def watch_sealed_tenders() -> None:
    """Have readings of tenders with sealed bids written down, and of all that belongs to them."""
    for model, path in PARTS.items():
        watch(model, partial(sealed_tenders, model, path))


def sealed_tenders(model: type[Model], path: str, keys: Collection[int]) -> QuerySet[Tender]:
    """The tenders with sealed bids that the records belong to; a listing without envelopes is none."""
    of_records = model._default_manager.filter(pk__in=keys).order_by().values(path)
    return Tender.objects.filter(pk__in=of_records, status__in=SEALED, keys__stage=Stage.COMMERCIAL)
