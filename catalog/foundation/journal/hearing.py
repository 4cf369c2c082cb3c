"""Celery tasks that hear of recorded events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.utils import timezone

from catalog.foundation.errors import Busy, WrongState
from catalog.foundation.journal.models import Event
from catalog.foundation.journal.relay import acknowledge


def hears(name: str, *, waits: Callable[[int], bool]) -> Callable[[Callable[[int], object]], Any]:
    """Make a task of a function that takes the id of the record an event is about.

    The event may come twice, late, or after a killed worker. ``waits`` tells whether the record is still in the state
    that the work starts from; if it is not, it has been dealt with. A failure leaves the message to be sent again.
    """

    def make_task(work: Callable[[int], object]) -> Any:
        @shared_task(name=name, autoretry_for=(Busy,), retry_backoff=True, max_retries=10)
        def hear(event_id: int) -> None:
            subject_id = Event.objects.get(pk=event_id).subject_id
            try:
                work(subject_id)
            except WrongState:
                # another worker's doing, unless it was about a part of the record
                if waits(subject_id):
                    raise
            acknowledge(name, event_id, at=timezone.now())

        hear.__doc__ = work.__doc__
        return hear

    return make_task
