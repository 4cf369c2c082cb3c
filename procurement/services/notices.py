"""Telling bidders what concerns them: each notice once, however often it is called."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils.timezone import localtime

from procurement.models import Amendment, Award, Bid, EvaluationLine, Explanation, Invitation, Notice, Tender
from procurement.states import AmendmentStatus, BidStatus, LotStatus, Stage, TenderStatus

Kind = Notice.Kind

# What a bid can become once its technical envelope was good enough.
PAST_THE_SHORTLIST = [
    *(BidStatus.SHORTLISTED, BidStatus.OPENED, BidStatus.RANKED, BidStatus.SET_ASIDE),
    *(BidStatus.AWARDED, BidStatus.LOST, BidStatus.REVOKED),
]
NOT_CHOSEN = [BidStatus.LOST, BidStatus.SET_ASIDE, BidStatus.SPOILED, BidStatus.REVOKED]


def send_notices(*, tender_id: int, at: datetime) -> int:
    """Send what a tender's bidders should have been told by now and were not; return how many that is.

    What was sent is left out by the database: every award of a national tender calls this anew.
    """
    tender = Tender.objects.get(pk=tender_id)
    sources = (_amended, _shortlisted, _candidates, _to_explain, _awarded, _not_awarded, _cancelled)
    due = [notice for source in sources for notice in source(tender)]
    for notice in due:
        notice.tender, notice.sent_at = tender, at
    # another worker may send the same at this moment
    Notice.objects.bulk_create(due, batch_size=1000, ignore_conflicts=True)
    return len(due)


def _about(bid: Bid, kind: Kind, **facts: object) -> Notice:
    return Notice(
        organization_id=bid.supplier_id,
        kind=kind,
        reference=f"bid-{bid.reference}",
        facts={"lot": bid.lot.number, "bid": str(bid.reference), **facts},
    )


def _untold(kind: Kind, bid: str = "") -> Q:
    """Rows whose bid, at the path ``bid``, has no notice of the kind yet."""
    reference = Concat(Value("bid-"), Cast(OuterRef(f"{bid}reference"), CharField()))
    sent = Notice.objects.filter(organization=OuterRef(f"{bid}supplier"), kind=kind, reference=reference)
    return Q(~Exists(sent))


def _bids(tender: Tender, kind: Kind, **which: object) -> Iterator[Bid]:
    bids = Bid.objects.filter(_untold(kind), lot__tender=tender, **which).select_related("lot")
    return bids.only("reference", "supplier_id", "status", "finding", "lot__number").order_by("pk").iterator()


def _suppliers(tender: Tender, bids: Q, kind: Kind, reference: str) -> list[int]:
    """Who has bid so far, or was invited to, and has not been told."""
    bidders = Bid.objects.filter(bids, lot__tender=tender).exclude(status=BidStatus.WITHDRAWN).order_by()
    invited = Invitation.objects.filter(tender=tender).order_by()
    told = Notice.objects.filter(kind=kind, reference=reference).values_list("organization", flat=True)
    concerned = {*bidders.values_list("supplier", flat=True), *invited.values_list("supplier", flat=True)}
    return sorted(concerned.difference(told))


def _amended(tender: Tender) -> Iterator[Notice]:
    for amendment in Amendment.objects.filter(tender=tender, status=AmendmentStatus.PUBLISHED):
        assert amendment.published_at is not None  # as its status says
        deadline, reference = localtime(amendment.deadline_at).isoformat(), f"amendment-{amendment.pk}"
        for supplier in _suppliers(tender, Q(received_at__lte=amendment.published_at), Kind.AMENDED, reference):
            yield Notice(
                organization_id=supplier,
                kind=Kind.AMENDED,
                reference=reference,
                facts={"text": amendment.text, "deadline_at": deadline},
            )


def _shortlisted(tender: Tender) -> Iterator[Notice]:
    if tender.shortlist_published_at is None or not tender.keys.filter(stage=Stage.TECHNICAL).exists():
        return
    for kind, statuses in (
        (Kind.SHORTLISTED, PAST_THE_SHORTLIST),
        (Kind.NOT_SHORTLISTED, [BidStatus.NOT_SHORTLISTED]),
    ):
        for bid in _bids(tender, kind, status__in=statuses):
            yield _about(bid, kind)


def _candidates(tender: Tender) -> Iterator[Notice]:
    if tender.candidates_published_at is None:
        return
    lines = EvaluationLine.objects.filter(_untold(Kind.CANDIDATE, "bid__"), bid__lot__tender=tender, is_proposed=True)
    for line in lines.select_related("bid__lot").defer("bid__envelope", "bid__technical_envelope"):
        yield _about(line.bid, Kind.CANDIDATE, rank=line.rank)


def _to_explain(tender: Tender) -> Iterator[Notice]:
    asked = Explanation.objects.filter(_untold(Kind.EXPLAIN, "bid__"), bid__lot__tender=tender)
    for explanation in asked.select_related("bid__lot").defer("bid__envelope", "bid__technical_envelope"):
        due = localtime(explanation.due_at).isoformat()
        yield _about(explanation.bid, Kind.EXPLAIN, due_at=due, figures=explanation.figures)


def _awarded(tender: Tender) -> Iterator[Notice]:
    awards = Award.objects.filter(_untold(Kind.AWARDED, "bid__"), lot__tender=tender)
    for award in awards.select_related("bid__lot").defer("bid__envelope", "bid__technical_envelope"):
        yield _about(award.bid, Kind.AWARDED, price=str(award.price))


def _not_awarded(tender: Tender) -> Iterator[Notice]:
    """Those who bid for a lot that is decided; before that an evaluation is nobody's to know."""
    if tender.candidates_published_at is None:
        return
    decided = [LotStatus.AWARDED, LotStatus.FAILED]
    for bid in _bids(tender, Kind.NOT_AWARDED, status__in=NOT_CHOSEN, lot__status__in=decided):
        yield _about(bid, Kind.NOT_AWARDED, status=bid.status, reason=bid.finding.get("reason", ""))


def _cancelled(tender: Tender) -> Iterator[Notice]:
    if tender.status != TenderStatus.CANCELLED or tender.published_at is None:
        return
    reference = f"tender-{tender.pk}"
    for supplier in _suppliers(tender, Q(), Kind.CANCELLED, reference):
        yield Notice(
            organization_id=supplier,
            kind=Kind.CANCELLED,
            reference=reference,
            facts={"reason": tender.cancel_reason},
        )
