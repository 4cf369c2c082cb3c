"""Celery tasks that hear of recorded events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from celery import shared_task
from django.utils import timezone

from catalog.foundation.errors import Busy, WrongState
from catalog.foundation.journal.models import Delivery, Event
from catalog.foundation.journal.relay import acknowledge, acknowledge_all


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


def hears_together(
    name: str, *, about: Callable[[Collection[int]], Mapping[int, int]]
) -> Callable[[Callable[[int], object]], Any]:
    """Make a task of a function that takes the id of a record, whichever of its parts the events are about.

    ``about`` says of the events, by their ids, which record each concerns. One run deals with all messages about the
    record that wait when it begins: a thousand parts decided one after the other are not a thousand runs. The work
    starts from what is stored and does twice what it does once.
    """

    def make_task(work: Callable[[int], object]) -> Any:
        @shared_task(name=name, autoretry_for=(Busy,), retry_backoff=True, max_retries=10)
        def hear(event_id: int) -> None:
            # read before the work: what is committed while it runs waits for a run of its own
            messages = Delivery.objects.filter(subscriber=name, delivered_at=None)
            concerns = about(set(messages.values_list("event_id", flat=True)))
            if event_id not in concerns:
                return
            record_id = concerns[event_id]
            work(record_id)
            done = [event for event, concerned in concerns.items() if concerned == record_id]
            acknowledge_all(name, done, at=timezone.now())

        hear.__doc__ = work.__doc__
        return hear

    return make_task
