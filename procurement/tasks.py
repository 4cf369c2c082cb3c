"""Heavy and timed work of tendering: ids in, one service call."""

from __future__ import annotations

from contextlib import suppress

from celery import shared_task
from django.utils import timezone

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotVisible, WrongState
from catalog.foundation.journal.clocks import trusted_now
from catalog.foundation.journal.hearing import hears, hears_together
from procurement.errors import MemberInConflict, SheetsOutstanding
from procurement.models import Bid, Tender, TenderJob
from procurement.queries.events import tenders_of_events
from procurement.services.evaluations import evaluate_tender
from procurement.services.jobs import visible_work
from procurement.services.notices import send_notices
from procurement.services.openings import open_technical, open_tender
from procurement.services.releases import publish_releases
from procurement.services.screens import screen_tender
from procurement.services.shortlists import shortlist_tender
from procurement.services.tenders import close_tender
from procurement.states import BidStatus, TenderStatus

Work = TenderJob.Work


@shared_task(name="procurement.close_due_tenders")
def close_due_tenders() -> int:
    """Close what is past its deadline; beat calls this every few seconds."""
    at, closed = trusted_now(), 0
    for number in Tender.objects.due(at).values_list("number", flat=True):
        try:
            close_tender(number=number, actor=Actor.platform(), at=at)
            closed += 1
        except (NotVisible, WrongState):
            continue
    return closed


def _is(tender_id: int, status: TenderStatus) -> bool:
    return Tender.objects.filter(pk=tender_id, status=status).exists()


@hears("procurement.open_technical", waits=lambda pk: _is(pk, TenderStatus.TECHNICAL_OPENING))
def open_technical_task(tender_id: int) -> None:
    """Open the technical envelopes of a tender whose shares were released."""
    with visible_work(tender_id, Work.TECHNICAL_OPENING, clock=timezone.now):
        open_technical(tender_id=tender_id, actor=Actor.platform(), at=trusted_now())


@hears("procurement.open_tender", waits=lambda pk: _is(pk, TenderStatus.OPENING))
def open_tender_task(tender_id: int) -> None:
    """Open a tender whose shares were released."""
    # how many bids there are is nobody's to know until they are open
    with visible_work(tender_id, Work.OPENING, clock=timezone.now):
        open_tender(tender_id=tender_id, actor=Actor.platform(), at=trusted_now())


@hears("procurement.evaluate_tender", waits=lambda pk: _is(pk, TenderStatus.OPENED))
def evaluate_tender_task(tender_id: int) -> None:
    """Evaluate a tender that was opened."""
    opened = Bid.objects.filter(lot__tender=tender_id, status=BidStatus.OPENED).count()
    with visible_work(tender_id, Work.EVALUATION, total=opened, clock=timezone.now):
        evaluate_tender(tender_id=tender_id, actor=Actor.platform(), at=timezone.now())


def _awaits_shortlist(sheet_id: int) -> bool:
    return Tender.objects.filter(committee__members__sheet=sheet_id, status=TenderStatus.TECHNICAL_OPENED).exists()


@hears("procurement.shortlist_tender", waits=_awaits_shortlist)
def shortlist_tender_task(sheet_id: int) -> None:
    """Shortlist a tender once the last of its score sheets is submitted.

    What waits for another sheet, or for a member who has to be replaced, is heard of again when that sheet comes.
    """
    tender_id = Tender.objects.get(committee__members__sheet=sheet_id).pk
    with (
        visible_work(tender_id, Work.SHORTLISTING, clock=timezone.now),
        suppress(SheetsOutstanding, MemberInConflict),
    ):
        shortlist_tender(tender_id=tender_id, actor=Actor.platform(), at=timezone.now())


@hears_together("procurement.screen_tender", about=tenders_of_events)
def screen_tender_task(tender_id: int) -> None:
    """Screen the bids of an evaluated tender for collusion."""
    opened = Bid.objects.filter(lot__tender=tender_id, comparable_price__isnull=False).count()
    with visible_work(tender_id, Work.SCREENING, total=opened, clock=timezone.now):
        screen_tender(tender_id=tender_id, actor=Actor.platform(), at=timezone.now())


@hears_together("procurement.publish_releases", about=tenders_of_events)
def publish_releases_task(tender_id: int) -> None:
    """Publish as open data what became public of a tender."""
    with visible_work(tender_id, Work.PUBLICATION, clock=timezone.now) as tell:
        publish_releases(tender_id=tender_id, at=timezone.now(), tell=tell)


@hears_together("procurement.send_notices", about=tenders_of_events)
def send_notices_task(tender_id: int) -> None:
    """Tell the bidders of a tender what concerns them."""
    with visible_work(tender_id, Work.NOTICES, clock=timezone.now):
        send_notices(tender_id=tender_id, at=timezone.now())
