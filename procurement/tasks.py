"""Heavy and timed work of tendering: ids in, one service call."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Busy, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from procurement.models import Tender
from procurement.services.evaluations import evaluate_tender
from procurement.services.openings import open_tender
from procurement.services.tenders import close_tender


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


@shared_task(name="procurement.open_tender", autoretry_for=(Busy,), retry_backoff=True, max_retries=10, queue="bulk")
def open_tender_task(event_id: int) -> None:
    """Open a tender whose shares were released; called again for the same event it does nothing."""
    try:
        open_tender(tender_id=Event.objects.get(pk=event_id).subject_id, actor=Actor.platform(), at=timezone.now())
    except WrongState:
        return


@shared_task(
    name="procurement.evaluate_tender",
    autoretry_for=(Busy,),
    retry_backoff=True,
    max_retries=10,
    queue="bulk",
)
def evaluate_tender_task(event_id: int) -> None:
    """Evaluate a tender that was opened; called again for the same event it does nothing."""
    try:
        evaluate_tender(tender_id=Event.objects.get(pk=event_id).subject_id, actor=Actor.platform(), at=timezone.now())
    except WrongState:
        return
