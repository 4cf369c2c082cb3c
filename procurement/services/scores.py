"""Scoring the technical envelopes: drafts are saved, a full sheet is submitted and stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, perform, unit_of_work
from procurement.errors import MemberInConflict, NotScorable, PointsOutOfRange, ScoresMissing
from procurement.models import Bid, Expert, Score, ScoreSheet, Tender
from procurement.policies import may_score
from procurement.queries.conflicts import bidder_ids, conflicts
from procurement.queries.rules import rules_of
from procurement.querysets import BidQuerySet
from procurement.states import SCORE_SHEET, BidStatus

# By bid and code of the criterion; none takes back what was saved.
Points = Mapping[tuple[int, str], Decimal | None]


def save_scores(*, sheet_id: int, points: Points, actor: Actor, at: datetime) -> ScoreSheet:
    """Keep some scores of one's own sheet until it is submitted; what is not named stays as it was.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone: another's sheet, or submitted.
        MemberInConflict
        RulesBroken: with every score that is not one of this tender's, or out of its range.
    """
    with unit_of_work():
        sheet = lock(ScoreSheet.objects.visible_to(actor), pk=sheet_id)
        may_score(actor, "save", sheet)
        SCORE_SHEET.resolve(sheet.status, "submit")
        tender = _tender_of(sheet)
        _refuse_conflict(sheet, tender)
        _refuse_unfit(points, tender)
        taken_back = [key for key, value in points.items() if value is None]
        for bid, criterion in taken_back:
            sheet.scores.filter(bid=bid, criterion=criterion).delete()
        Score.objects.bulk_create(
            [
                Score(sheet=sheet, bid_id=bid, criterion=criterion, points=value)
                for (bid, criterion), value in points.items()
                if value is not None
            ],
            update_conflicts=True,
            unique_fields=["sheet", "bid", "criterion"],
            update_fields=["points"],
        )
        sheet.version += 1
        sheet.save(update_fields=["version", "updated_at"])
        # the journal is read by officers: it says that something was scored, not what
        record(actor=actor, action="score_sheet.save", subject=sheet, at=at, changes={"scores": [None, len(points)]})
    return sheet


def submit_scores(*, sheet_id: int, actor: Actor, at: datetime) -> ScoreSheet:
    """Submit one's own sheet once every bid is scored by every criterion; it cannot be changed after that.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone, MemberInConflict
        ScoresMissing: with their number.
    """
    with perform(
        "submit",
        ScoreSheet.objects.visible_to(actor),
        pk=sheet_id,
        machine=SCORE_SHEET,
        policy=may_score,
        actor=actor,
        at=at,
    ) as sheet:
        tender = _tender_of(sheet)
        _refuse_conflict(sheet, tender)
        count = scorable_bids(tender).count() * len(rules_of(tender).criteria)
        missing = count - sheet.scores.count()
        if missing:
            raise ScoresMissing(missing=missing, count=count)
        sheet.submitted_at = at
    return sheet


def scorable_bids(tender: Tender) -> BidQuerySet:
    """The bids whose technical envelope could be read."""
    return Bid.objects.filter(lot__tender=tender, status=BidStatus.TECHNICAL_OPENED)


def _tender_of(sheet: ScoreSheet) -> Tender:
    tenders = Tender.objects.select_related("procedure_rules")
    return tenders.get(committee__members=sheet.member_id)


def _refuse_conflict(sheet: ScoreSheet, tender: Tender) -> None:
    expert = Expert.objects.select_related("user").get(seats=sheet.member_id)
    found = conflicts([expert], bidder_ids(tender)).get(expert.pk)
    if found is not None:
        raise MemberInConflict(expert=expert.user, firm=found.firm)


def _refuse_unfit(points: Points, tender: Tender) -> None:
    criteria = {criterion.code: criterion for criterion in rules_of(tender).criteria}
    bids = set(scorable_bids(tender).values_list("pk", flat=True))
    broken: list[DomainError] = []
    for (bid, code), value in points.items():
        pointer = f"/scores/{bid}/{code}"
        criterion = criteria.get(code)
        if criterion is None or bid not in bids:
            broken.append(NotScorable(bid=bid, criterion=code, pointer=pointer))
        elif value is not None and not _is_in_range(value, criterion.points):
            most = criterion.points
            broken.append(PointsOutOfRange(criterion=criterion.title, most=most, points=value, pointer=pointer))
    refuse(broken)


def _is_in_range(value: Decimal, most: Decimal) -> bool:
    return value.is_finite() and 0 <= value <= most and value == value.quantize(Decimal("0.01"))
