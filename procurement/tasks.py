"""Heavy and timed work of tendering: ids in, one service call."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotVisible, WrongState
from catalog.foundation.journal.hearing import hears
from procurement.models import Tender
from procurement.services.evaluations import evaluate_tender
from procurement.services.openings import open_tender
from procurement.services.tenders import close_tender
from procurement.states import TenderStatus


@shared_task(name="procurement.close_due_tenders")
def close_due_tenders() -> int:
    """Close what is past its deadline; beat calls this every few seconds."""
    at, closed = timezone.now(), 0
    for number in Tender.objects.due(at).values_list("number", flat=True):
        try:
            close_tender(number=number, actor=Actor.platform(), at=at)
            closed += 1
        except (NotVisible, WrongState):
            continue
    return closed


def _is(tender_id: int, status: TenderStatus) -> bool:
    return Tender.objects.filter(pk=tender_id, status=status).exists()


@hears("procurement.open_tender", waits=lambda pk: _is(pk, TenderStatus.OPENING))
def open_tender_task(tender_id: int) -> None:
    """Open a tender whose shares were released."""
    open_tender(tender_id=tender_id, actor=Actor.platform(), at=timezone.now())


@hears("procurement.evaluate_tender", waits=lambda pk: _is(pk, TenderStatus.OPENED))
def evaluate_tender_task(tender_id: int) -> None:
    """Evaluate a tender that was opened."""
    evaluate_tender(tender_id=tender_id, actor=Actor.platform(), at=timezone.now())
