"""Entering clinical guidelines and the prescription set, with their dosages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from catalog.errors import AlreadyRegistered, PeriodTaken
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import unit_of_work
from catalog.models import DosageEntry, GuidanceDocument, Medicine, Presentation
from catalog.policies import require_officer
from catalog.services.periods import period, until
from catalog.states import GuidanceKind


@dataclass(frozen=True, slots=True)
class NewDosage:
    """How a document says a medicine is given."""

    medicine: Medicine
    indication: str
    dose: str
    presentation: Presentation | None = None
    population: str = ""
    route: str = ""
    frequency: str = ""
    course: str = ""
    caution: str = ""


def enter_guidance(
    *,
    kind: GuidanceKind,
    title: str,
    edition_label: str,
    issuer: str,
    valid_from: date,
    valid_until: date | None,
    source: str,
    dosages: Collection[NewDosage],
    actor: Actor,
    at: datetime,
    address: str = "",
) -> GuidanceDocument:
    """Enter a version of a document with its dosages; the version that stood until then ends where this one begins.

    Raises:
        AlreadyRegistered: the version, or a dosage twice.
        PeriodTaken: another version begins in the period.
        NotAllowed, PeriodReversed
    """
    require_officer(actor)
    validity = period(valid_from, valid_until)
    with unit_of_work():
        GuidanceDocument.objects.in_force(valid_from).filter(
            kind=kind, title=title, validity__startswith__lt=valid_from
        ).update(validity=until(valid_from))
        others = GuidanceDocument.objects.filter(kind=kind, title=title).exclude(edition_label=edition_label)
        if others.filter(validity__overlap=validity).exists():
            raise PeriodTaken(what=title, period=validity)
        try:
            with transaction.atomic():
                document = GuidanceDocument.objects.create(
                    kind=kind,
                    title=title,
                    edition_label=edition_label,
                    issuer=issuer,
                    validity=validity,
                    source=source,
                    address=address,
                )
                add_dosages(document, dosages)
        except IntegrityError as error:
            raise AlreadyRegistered(field="title", value=f"{title} ({edition_label})", pointer="/title") from error
        record(
            actor=actor,
            action="guidance.enter",
            subject=document,
            at=at,
            changes={"dosages": [None, len(dosages)]},
        )
    return document


def add_dosages(document: GuidanceDocument, dosages: Collection[NewDosage]) -> list[DosageEntry]:
    """Put dosages into a document; part of the caller's transaction."""
    return DosageEntry.objects.bulk_create(
        DosageEntry(document=document, **{name: getattr(new, name) for name in NewDosage.__slots__}) for new in dosages
    )
