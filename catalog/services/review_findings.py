"""Adding findings to a review that is recorded: a meeting's minutes are entered entry by entry."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction

from catalog.errors import AlreadyRegistered, ReasonNeeded, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, unit_of_work
from catalog.models import SelectionFinding, SelectionReview
from catalog.policies import require_officer
from catalog.services.selection import Finding


def add_findings(*, review_id: int, findings: Collection[Finding], actor: Actor, at: datetime) -> SelectionReview:
    """Add what a review found; all or nothing. What it has found is not changed: a later review has the last word.

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
        record(
            actor=actor,
            action="selection_review.add_findings",
            subject=review,
            at=at,
            changes={"findings": [None, len(findings)]},
        )
    return review
