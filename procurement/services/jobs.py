"""How far workers have come with a tender, for people to see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db.models import F

from catalog.foundation.errors import WrongState
from procurement.models import TenderJob


@contextmanager
def visible_work(
    tender_id: int, name: TenderJob.Work, *, total: int = 0, clock: Callable[[], datetime]
) -> Iterator[Callable[[int, int], None]]:
    """Show a piece of work from its beginning to its end; what it yields tells ``done`` of ``total``.

    Work within one transaction tells it by ``progress``, on a connection of its own.

    Written outside of the work's own transaction: a beginning without an end is what a killed worker leaves. A failure
    is kept, without how far it had come, and goes on. Work that turns out to be done already leaves the row as it was.
    """
    row, is_new = TenderJob.objects.get_or_create(tender_id=tender_id, name=name, defaults={"started_at": clock()})
    rows = TenderJob.objects.filter(pk=row.pk)
    rows.update(started_at=clock(), ended_at=None, done=0, total=total, failure="")
    try:
        yield lambda done, of: _tell(row.pk, done, of)
    except WrongState:
        if is_new:
            rows.delete()
        else:
            row.done, row.ended_at = row.total, row.ended_at or clock()
            row.save(update_fields=["started_at", "ended_at", "done", "total", "failure"])
        raise
    except Exception as error:
        # its text may hold what was just decrypted; the server's log has it
        # and how many bids there are is nobody's to know while they are not open
        rows.update(ended_at=clock(), done=0, total=0, failure=type(error).__name__)
        raise
    rows.update(ended_at=clock(), done=F("total"))


def _tell(job_id: int, done: int, total: int) -> None:
    TenderJob.objects.filter(pk=job_id).update(done=done, total=total)
