"""Who goes on to the commercial envelopes: computed from the sheets, published, open to objection, settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.journal.record import record_all
from catalog.foundation.transitions import find, lock, perform, perform_all, unit_of_work
from procurement.errors import (
    MemberInConflict,
    NoObjectionUpheld,
    NoReasonGiven,
    SheetsOutstanding,
    ShortlistContestable,
)
from procurement.models import Bid, CommitteeMember, Objection, Score, Tender
from procurement.policies import may_decide_shortlist, may_run_tender
from procurement.queries.conflicts import bidder_ids, conflicts
from procurement.queries.rules import rules_of
from procurement.queries.shortlists import shortlist_contestable_until
from procurement.queries.standing import score_lowering_records
from procurement.rules.scoring import Deduction, technical_score, technical_steps
from procurement.rules.shortlist import shortlist
from procurement.services.objections import note_remedy, refuse_while_objected
from procurement.services.scores import scorable_bids
from procurement.states import BID, TENDER, BidStatus, ObjectionStatus, ScoreSheetStatus, TenderStatus


def shortlist_tender(*, tender_id: int, actor: Actor, at: datetime) -> Tender:
    """Compute the technical score of every bid from the submitted sheets and judge each lot by the tender's rules.

    The score of a firm whose conduct lowers it on the day in a province of the lot loses the rules' points, once.

    Raises:
        NotAllowed, WrongState, AlreadyDone
        SheetsOutstanding: with the number of sheets that are missing.
        MemberInConflict: a member's interest came to light; they have to be replaced first.
    """
    with perform(
        "shortlist",
        Tender.objects.select_related("procedure_rules"),
        pk=tender_id,
        machine=TENDER,
        policy=may_run_tender,
        actor=actor,
        at=at,
    ) as tender:
        rules = rules_of(tender)
        assert rules.shortlist is not None  # without one there is no technical envelope to open
        sums = _sums(_members_who_submitted(tender, rules.committee.size if rules.committee else 1))
        by_lot: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
        bids = scorable_bids(tender).defer("envelope", "technical_envelope").in_bulk()
        deductions = _deductions(tender, bids.values(), rules.conduct_deduction, localdate(at))
        for bid in bids.values():
            score, deduction = technical_score(sums[bid.pk].values()), deductions.get(bid.pk)
            by_lot[bid.lot_id][bid.pk] = deduction.lowers(score) if deduction else score
        standings = [(item, scores) for scores in by_lot.values() for item in shortlist(scores, rules.shortlist)]
        # with the supplier, who stands in the name under which the journal keeps a bid
        named = Bid.objects.select_related("supplier").defer("envelope", "technical_envelope")
        for action, passes in (("shortlist", True), ("turn_away", False)):
            chosen = [item.bid for item, _scores in standings if item.passes is passes]
            perform_all(action, named.filter(pk__in=chosen), machine=BID, actor=actor, at=at)
        for item, scores in standings:
            bids[item.bid].technical_score = item.score
            bids[item.bid].technical_finding = {
                "rank": item.rank,
                "passes": item.passes,
                "members": {str(number): str(total) for number, total in sorted(sums[item.bid].items())},
                "steps": technical_steps(
                    sums[item.bid],
                    item,
                    rules.shortlist,
                    bidders=len(scores),
                    deduction=deductions.get(item.bid),
                ),
            }
        Bid.objects.bulk_update(bids.values(), ["technical_score", "technical_finding"], batch_size=1000)
    return tender


def _members_who_submitted(tender: Tender, size: int) -> list[CommitteeMember]:
    """All who sit on the committee.

    Raises:
        SheetsOutstanding, MemberInConflict
    """
    members = list(
        CommitteeMember.objects.filter(committee__tender=tender).sitting().select_related("sheet", "expert__user")
    )
    submitted = sum(member.sheet.status == ScoreSheetStatus.SUBMITTED for member in members)
    if submitted < size:
        raise SheetsOutstanding(missing=size - submitted, size=size)
    experts = {member.expert_id: member.expert for member in members}
    for pk, conflict in conflicts(experts.values(), bidder_ids(tender)).items():
        raise MemberInConflict(expert=experts[pk].user, firm=conflict.firm)
    return members


def _sums(members: list[CommitteeMember]) -> defaultdict[int, dict[int, Decimal]]:
    """The points of each member, by their number, for each bid."""
    sums: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    rows = (
        Score.objects.filter(sheet__member__in=members)
        .order_by()
        .values_list("bid", "sheet__member__number")
        .annotate(total=Sum("points"))
    )
    for bid, number, total in rows:
        sums[bid][number] = total
    return sums


def _deductions(tender: Tender, bids: Collection[Bid], points: Decimal, on: date) -> dict[int, Deduction]:
    """What the conduct of its firm costs a bid: once, by every record that lowers scores on the day."""
    if not points:
        return {}
    lowering = score_lowering_records(tender, bids, on)
    return {bid: Deduction(points, tuple(item.source for item in records)) for bid, records in lowering.items()}


def publish_shortlist(*, tender_number: str, actor: Actor, at: datetime) -> Tender:
    """Publish who goes on and who does not, with the committee; from now on it can be objected to.

    Raises:
        NotVisible, WrongState, AlreadyDone
        NotAllowed: not an officer of the agency, or the one who published the tender.
    """
    with perform(
        "publish_shortlist",
        Tender.objects.visible_to(actor).select_related("procedure_rules"),
        number=tender_number,
        machine=TENDER,
        policy=may_decide_shortlist,
        actor=actor,
        at=at,
    ) as tender:
        tender.shortlist_published_at = at
        tender.objections_until = shortlist_contestable_until(tender, at)
    return tender


def correct_shortlist(*, bid_id: int, advances: bool, reason: str, actor: Actor, at: datetime) -> Bid:
    """After an objection was upheld, put a bid on the published shortlist or take it off, with the reason.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone, NoReasonGiven
        NoObjectionUpheld: to the tender as a whole or to the bid's lot.
    """
    if not reason.strip():
        raise NoReasonGiven(pointer="/reason")
    found = find(Bid.objects.visible_to(actor).select_related("lot"), pk=bid_id)
    with unit_of_work():
        tender = lock(Tender.objects.all(), pk=found.lot.tender_id)
        # what ends the time for it
        TENDER.resolve(tender.status, "assemble")
        with perform(
            "readmit" if advances else "turn_away",
            Bid.objects.visible_to(actor).select_related("lot__tender", "supplier"),
            pk=bid_id,
            machine=BID,
            policy=_may_correct,
            actor=actor,
            at=at,
        ) as bid:
            if not Objection.objects.about(bid.lot).filter(status=ObjectionStatus.UPHELD).exists():
                raise NoObjectionUpheld()
            correction = {"passes": advances, "reason": reason.strip(), "at": at.isoformat()}
            bid.technical_finding = {**bid.technical_finding, "correction": correction}
            note_remedy(bid.lot, reason.strip(), at=at)
    return bid


def _may_correct(actor: Actor, action: str, bid: Bid) -> None:
    may_decide_shortlist(actor, action, bid.lot.tender)


def refuse_contestable(tender: Tender, at: datetime) -> None:
    """Let pass a published shortlist whose time for objections is over, all of them answered and none without remedy.

    Raises:
        ObjectionsUnanswered, UpheldObjections, ShortlistContestable
    """
    if tender.status != TenderStatus.SHORTLIST_PUBLISHED:
        return
    refuse_while_objected(tender)
    until = shortlist_contestable_until(tender, at)
    if at < until:
        raise ShortlistContestable(until=spoken(until), now=spoken(at))


def return_envelopes(tender: Tender, *, actor: Actor, at: datetime) -> int:
    """Destroy the commercial envelopes of who is not on the settled shortlist or whose papers could not be read.

    Their hashes stay. In the caller's transaction, which holds the tender, before its key is put together: nobody can
    open them any more.
    """
    bids = list(
        Bid.objects.filter(
            lot__tender=tender, status__in=[BidStatus.NOT_SHORTLISTED, BidStatus.SPOILED], envelope__isnull=False
        )
        .select_for_update(of=("self",), no_key=True)
        .select_related("supplier")
        .defer("envelope", "technical_envelope")
        .order_by("pk")
    )
    Bid.objects.filter(pk__in=[bid.pk for bid in bids]).update(envelope=None)
    record_all(
        actor=actor,
        action="bid.return_envelope",
        changes_of=[(bid, {"envelope_sha256": [bid.envelope_sha256, ""]}) for bid in bids],
        at=at,
    )
    return len(bids)
