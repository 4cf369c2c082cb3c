"""Filing purchases with the supervision after they were made.

Small quantities and emergencies are bought without a bidding period (国办发〔2010〕56号) and filed within some working
days of the award; what is filed late is recorded as late, never refused.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Max
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, unit_of_work
from procurement.errors import AlreadyFiled, NothingToFile, TextMissing
from procurement.models import Award, Tender
from procurement.policies import may_run_tender, require_person
from procurement.queries import rules_of
from procurement.rules.working_days import working_days_after
from procurement.states import TenderStatus


def filing_due_on(tender: Tender) -> date | None:
    """The last day for filing: so many working days after the last award; none where nothing is filed or bought."""
    days = rules_of(tender).filing_working_days
    awarded_at = Award.objects.filter(lot__tender=tender).aggregate(last=Max("awarded_at"))["last"]
    if days is None or awarded_at is None:
        return None
    return working_days_after(localdate(awarded_at), days)


def file_purchase(*, tender_number: str, note: str, actor: Actor, at: datetime) -> Tender:
    """File a concluded purchase with the supervision, with what it should know.

    Raises:
        NotVisible, NotAllowed, NothingToFile, AlreadyFiled, TextMissing
    """
    require_person(actor)
    with unit_of_work():
        tender = lock(Tender.objects.visible_to(actor), number=tender_number)
        may_run_tender(actor, "file", tender)
        if tender.status != TenderStatus.CONCLUDED or tender.filing_due_on is None:
            raise NothingToFile(tender=tender.number)
        if tender.filed_at is not None:
            raise AlreadyFiled(tender=tender.number, filed=spoken(tender.filed_at))
        if not note.strip():
            raise TextMissing(pointer="/note")
        tender.filed_at, tender.filing_note = at, note.strip()
        tender.version += 1
        tender.save(update_fields=["filed_at", "filing_note", "version", "updated_at"])
        is_late = localdate(at) > tender.filing_due_on
        told = {"filing_due_on": [None, tender.filing_due_on.isoformat()], "is_late": [None, is_late]}
        record(actor=actor, action="tender.file", subject=tender, at=at, changes=told)
    return tender
