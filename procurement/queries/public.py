"""What everybody may read of a tender's bids, and from when on."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, CharField, Count, F, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from procurement.models import Bid, Lot, Opening, Tender
from procurement.states import BidStatus, LotStatus, Stage, TenderStatus

# Sealed, or taken back sealed.
UNSEEN = (BidStatus.SEALED, BidStatus.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """How far a tender is public: who has bid, at which prices, and what the evaluation made of it.

    Who has bid is told by the first opening, prices by that of the commercial envelopes, ranks and verdicts with the
    candidates; standing offers of a direct listing become public one by one, as they are listed.
    """

    bidders: bool
    prices: bool
    shortlist: bool
    results: bool


def disclosed(tender: Tender) -> Disclosed:
    """What of a tender is public now."""
    stages = set(Opening.objects.filter(tender=tender).values_list("stage", flat=True))
    return Disclosed(
        bidders=bool(stages),
        prices=Stage.COMMERCIAL in stages,
        shortlist=tender.shortlist_published_at is not None,
        results=tender.candidates_published_at is not None or tender.status == TenderStatus.CONCLUDED,
    )


def public_bids(tender: Tender, shown: Disclosed) -> QuerySet[Bid]:
    """The bids of which something is public: none before the first opening."""
    bids = Bid.objects.filter(lot__tender=tender).exclude(status__in=UNSEEN)
    return bids.defer("envelope", "technical_envelope", "receipt") if shown.bidders else bids.none()


def public_lots(tender: Tender, shown: Disclosed) -> QuerySet[Lot]:
    """The lots with ``area_count``, ``bid_count`` (none before an opening) and ``shown_status``.

    What the evaluation made of a lot is not told before the candidates are published.
    """
    counted = public_bids(tender, shown).filter(lot=OuterRef("pk")).order_by().values("lot")
    bid_count = Subquery(counted.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
    status = (
        F("status")
        if shown.results
        else Case(
            When(status=LotStatus.AWARDED, then=F("status")), default=Value(LotStatus.OPEN), output_field=CharField()
        )
    )
    return (
        Lot.objects.filter(tender=tender)
        .select_related("presentation__medicine")
        .annotate(
            area_count=Count("areas"),
            bid_count=Coalesce(bid_count, 0) if shown.bidders else Value(None, output_field=IntegerField()),
            shown_status=status,
        )
        .order_by("number")
    )
