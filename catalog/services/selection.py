"""Why a medicine is on the list: what a review found by each criterion, and what provinces have added."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from catalog.errors import AlreadyRegistered, PeriodReversed, PeriodTaken, ReasonNeeded, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, unit_of_work
from catalog.models import (
    Edition,
    EditionEntry,
    Medicine,
    Presentation,
    ProvincialAddition,
    Region,
    SelectionFinding,
    SelectionReview,
)
from catalog.policies import require_officer, require_province
from catalog.services.periods import period
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
    errors: list[DomainError] = [
        ReasonNeeded(pointer=f"/findings/{place}/reason")
        for place, finding in enumerate(findings)
        if not finding.is_met and not finding.reason.strip()
    ]
    errors += [
        UnknownCode(field="entry", value=finding.entry, pointer=f"/findings/{place}/entry")
        for place, finding in enumerate(findings)
        if finding.entry.edition_id != edition.pk
    ]
    refuse(errors)
    with unit_of_work():
        try:
            with transaction.atomic():
                review = SelectionReview.objects.create(
                    edition=edition, title=title, held_on=held_on, panel=panel, source=source
                )
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
            raise AlreadyRegistered(field="title", value=title, pointer="/title") from error
        record(
            actor=actor,
            action="selection_review.record",
            subject=review,
            at=at,
            changes={"findings": [None, len(findings)]},
        )
    return review


def add_for_province(
    *,
    province_id: str,
    medicine: Medicine,
    presentations: Collection[Presentation],
    valid_from: date,
    valid_until: date | None,
    decision: str,
    source: str,
    actor: Actor,
    at: datetime,
) -> ProvincialAddition:
    """Add a medicine to the list for one province, in all presentations where none is named.

    Raises:
        NotAllowed: not an officer of the province.
        NotVisible, PeriodReversed
        PeriodTaken: it has been added for the time already.
    """
    require_province(actor, province_id)
    province = find(Region.objects.filter(parent=None), code=province_id)
    validity = period(valid_from, valid_until)
    with unit_of_work():
        try:
            with transaction.atomic():
                addition = ProvincialAddition.objects.create(
                    province=province, medicine=medicine, validity=validity, decision=decision, source=source
                )
        except IntegrityError as error:
            raise PeriodTaken(what=medicine.name, period=validity) from error
        addition.presentations.set(presentations)
        record(
            actor=actor,
            action="provincial_addition.add",
            subject=addition,
            at=at,
            changes={"decision": [None, decision], "presentations": [None, [str(item) for item in presentations]]},
        )
    return addition


def end_addition(*, addition_id: int, on: date, actor: Actor, at: datetime) -> ProvincialAddition:
    """Take a medicine off the province's additions from a day on.

    Raises:
        PeriodReversed: it ends by then already, or does not begin before.
        NotVisible, NotAllowed
    """
    with unit_of_work():
        addition = find(ProvincialAddition.objects.select_for_update(of=("self",), no_key=True), pk=addition_id)
        require_province(actor, addition.province_id)
        former = addition.validity.upper
        if former is not None and former <= on:
            raise PeriodReversed(begin=on, end=former, pointer="/on")
        addition.validity = period(addition.validity.lower, on)
        addition.save(update_fields=["validity"])
        record(
            actor=actor,
            action="provincial_addition.end",
            subject=addition,
            at=at,
            changes={"valid_until": [former, on]},
        )
    return addition
