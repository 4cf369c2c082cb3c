"""Why a medicine is on the list: the review that decided, and what it found by each criterion."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from catalog.errors import AlreadyRegistered, ReasonNeeded, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, unit_of_work
from catalog.models import Edition, EditionEntry, SelectionFinding, SelectionReview
from catalog.policies import require_officer
from catalog.states import Criterion


@dataclass(frozen=True, slots=True)
class Finding:
    """What a review found about one criterion of one entry; a reason where it is not met."""

    entry: EditionEntry
    criterion: Criterion
    is_met: bool
    reason: str = ""


def record_review(
    *,
    edition: Edition,
    title: str,
    held_on: date,
    panel: str,
    source: str,
    findings: Collection[Finding],
    actor: Actor,
    at: datetime,
) -> SelectionReview:
    """Record a review with its findings; all or nothing.

    Raises:
        RulesBroken: with a ``ReasonNeeded`` for each criterion that is not met without a reason, and an
            ``UnknownCode`` for each entry that the edition does not have.
        AlreadyRegistered: the review, or a criterion twice.
        NotAllowed
    """
    require_officer(actor)
    with unit_of_work():
        try:
            with transaction.atomic():
                review = SelectionReview.objects.create(
                    edition=edition, title=title, held_on=held_on, panel=panel, source=source
                )
        except IntegrityError as error:
            raise AlreadyRegistered(field="title", value=title, pointer="/title") from error
        _enter(review, findings)
        record(
            actor=actor,
            action="selection_review.record",
            subject=review,
            at=at,
            changes={"findings": [None, len(findings)]},
        )
    return review


def add_findings(*, review_id: int, findings: Collection[Finding], actor: Actor, at: datetime) -> SelectionReview:
    """Add what a review found, entry by entry; all or nothing.

    What it has found is not changed: a later review has the last word.

    Raises:
        RulesBroken: with a ``ReasonNeeded`` for each criterion that is not met without a reason, and an
            ``UnknownCode`` for each entry that the review's edition does not have.
        AlreadyRegistered: the review has judged the criterion of the entry.
        NothingGiven, NotVisible, NotAllowed
    """
    require_officer(actor)
    if not findings:
        raise NothingGiven(pointer="/findings")
    with unit_of_work():
        review = lock(SelectionReview.objects.all(), pk=review_id)
        _enter(review, findings)
        record(
            actor=actor,
            action="selection_review.add_findings",
            subject=review,
            at=at,
            changes={"findings": [None, len(findings)]},
        )
    return review


def _enter(review: SelectionReview, findings: Collection[Finding]) -> None:
    errors: list[DomainError] = [
        ReasonNeeded(pointer=f"/findings/{place}/reason")
        for place, finding in enumerate(findings)
        if not finding.is_met and not finding.reason.strip()
    ]
    errors += [
        UnknownCode(field="entry", value=finding.entry, pointer=f"/findings/{place}/entry")
        for place, finding in enumerate(findings)
        if finding.entry.edition_id != review.edition_id
    ]
    refuse(errors)
    try:
        with transaction.atomic():
            SelectionFinding.objects.bulk_create(
                SelectionFinding(
                    review=review,
                    entry=finding.entry,
                    criterion=finding.criterion,
                    is_met=finding.is_met,
                    reason=finding.reason.strip(),
                )
                for finding in findings
            )
    except IntegrityError as error:
        entries = ", ".join(dict.fromkeys(str(finding.entry) for finding in findings))
        raise AlreadyRegistered(field="findings", value=entries, pointer="/findings") from error
