"""Adding a dosage to a guideline or the prescription set that is entered."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from catalog.errors import AlreadyRegistered, UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, unit_of_work
from catalog.models import DosageEntry, GuidanceDocument
from catalog.policies import require_officer
from catalog.services.guidance import NewDosage, add_dosages


def add_dosage(*, document_id: int, dosage: NewDosage, actor: Actor, at: datetime) -> DosageEntry:
    """Put one more dosage into a document.

    Raises:
        UnknownCode: the presentation is another medicine's.
        AlreadyRegistered: the document gives it already.
        NotVisible, NotAllowed
    """
    require_officer(actor)
    if dosage.presentation is not None and dosage.presentation.medicine_id != dosage.medicine.pk:
        raise UnknownCode(field="presentation", value=dosage.presentation, pointer="/presentation")
    with unit_of_work():
        document = lock(GuidanceDocument.objects.all(), pk=document_id)
        try:
            with transaction.atomic():
                [entry] = add_dosages(document, [dosage])
        except IntegrityError as error:
            value = f"{dosage.medicine} · {dosage.indication}"
            raise AlreadyRegistered(field="dosage", value=value, pointer="/indication") from error
        record(
            actor=actor,
            action="guidance.add_dosage",
            subject=document,
            at=at,
            changes={"dosage": [None, f"{entry}: {entry.dose}"]},
        )
    return entry
