"""Handing recorded events to their subscribers: at least once, each message by one worker at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from catalog.foundation.journal.models import Delivery

# A subscriber that has not dealt with a message by then has lost it, with its worker or its broker: send it again.
RESEND_AFTER = timedelta(minutes=10)


def relay(send: Callable[[str, int], None], *, at: datetime, limit: int = 500) -> int:
    """Send up to ``limit`` messages that were never sent, or long ago and in vain; return how many went out.

    A crash between ``send`` and the commit sends the message again: receivers must bear a repeat.
    """
    with transaction.atomic(durable=True):
        due = Q(sent_at=None) | Q(sent_at__lte=at - RESEND_AFTER)
        waiting = list(
            Delivery.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(due, delivered_at=None)
            .order_by("pk")[:limit]
        )
        for delivery in waiting:
            send(delivery.subscriber, delivery.event_id)
        Delivery.objects.filter(pk__in=[delivery.pk for delivery in waiting]).update(sent_at=at)
        return len(waiting)


def acknowledge(subscriber: str, event_id: int, *, at: datetime) -> None:
    """Note that the subscriber has dealt with the event: it is not sent again."""
    acknowledge_all(subscriber, [event_id], at=at)


def acknowledge_all(subscriber: str, event_ids: Collection[int], *, at: datetime) -> None:
    """Note the same of several events."""
    Delivery.objects.filter(subscriber=subscriber, event_id__in=event_ids).update(delivered_at=at)
