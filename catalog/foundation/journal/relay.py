"""Handing recorded events to their subscribers: at least once, each message by one worker at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from catalog.foundation.journal.models import Delivery


def relay(send: Callable[[str, int], None], *, at: datetime, limit: int = 500) -> int:
    """Send up to ``limit`` waiting messages and return how many went out.

    A crash between ``send`` and the commit sends the message again: receivers must bear a repeat.
    """
    with transaction.atomic(durable=True):
        waiting = list(
            Delivery.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(delivered_at=None)
            .order_by("pk")[:limit]
        )
        for delivery in waiting:
            send(delivery.subscriber, delivery.event_id)
        Delivery.objects.filter(pk__in=[delivery.pk for delivery in waiting]).update(delivered_at=at)
        return len(waiting)
