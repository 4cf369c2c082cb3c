"""Entering which firms count as the producer of an overseas medicine, or of their group's."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, unit_of_work
from distribution.errors import DeemedProducerExists, DeemedTermEmpty, ReasonMissing
from distribution.models import DeemedProducer
from distribution.policies import require_officer
from distribution.services.entrustments import shortened
from distribution.states import DeemedGround


def enter_deemed_producer(
    *,
    maker_code: str,
    firm_code: str,
    ground: DeemedGround,
    papers: str,
    valid_from: date,
    valid_until: date | None,
    actor: Actor,
    at: datetime,
) -> DeemedProducer:
    """Enter a firm whose sales count as the maker's, on the maker's papers; ``valid_until`` is exclusive.

    Raises:
        NotAllowed, NotVisible
        ReasonMissing: no papers are named. DeemedTermEmpty
        DeemedProducerExists: the maker has a firm of this kind in the period.
    """
    require_officer(actor)
    firms = Organization.objects.filter(kind__in=(OrganizationKind.SUPPLIER, OrganizationKind.DISTRIBUTOR))
    maker, firm = find(firms, code=maker_code), find(firms.exclude(code=maker_code), code=firm_code)
    if not papers.strip():
        raise ReasonMissing(product=firm.name, pointer="/papers")
    if valid_until is not None and valid_until <= valid_from:
        raise DeemedTermEmpty(begin=valid_from, until=valid_until, pointer="/valid_until")
    with transaction.atomic():
        try:
            with transaction.atomic():
                entry = DeemedProducer.objects.create(
                    maker=maker,
                    firm=firm,
                    ground=ground,
                    papers=papers.strip(),
                    validity=DateRange(valid_from, valid_until),
                )
        except IntegrityError as error:
            raise DeemedProducerExists(maker=maker.name, ground=DeemedGround(ground).label) from error
        record(actor=actor, action="deemed_producer.enter", subject=entry, at=at)
    return entry


def end_deemed_producer(*, entry_id: int, on: date, actor: Actor, at: datetime) -> DeemedProducer:
    """Let the firm count as the producer no more from a day on; invoices of before keep what they were judged by.

    Raises:
        NotAllowed, NotVisible
        TermNotShortened: the day is no later one within its term.
    """
    require_officer(actor)
    with unit_of_work():
        entry = lock(DeemedProducer.objects.select_related("maker", "firm"), pk=entry_id)
        former = entry.validity
        entry.validity = shortened(former, on, at)
        entry.save(update_fields=["validity"])
        changes = {"validity": [str(former), str(entry.validity)]}
        record(actor=actor, action="deemed_producer.end", subject=entry, at=at, changes=changes)
    return entry
