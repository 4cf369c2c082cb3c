"""Writing the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from celery import current_app
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction

from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import Delivery, Event
from catalog.foundation.journal.subscriptions import subscribers


def record(
    *,
    actor: Actor,
    action: str,
    subject: models.Model,
    at: datetime,
    changes: Mapping[str, Any] | None = None,
) -> Event:
    """Write one entry, and one waiting message per subscriber, in the transaction that they describe.

    Raises:
        RuntimeError: called outside a transaction.
    """
    [event] = record_all(actor=actor, action=action, changes_of=[(subject, changes or {})], at=at)
    return event


def record_all(
    *,
    actor: Actor,
    action: str,
    changes_of: Sequence[tuple[models.Model, Mapping[str, Any]]],
    at: datetime,
) -> list[Event]:
    """Write one entry for each of many records to which the same was done, as one statement.

    Raises:
        RuntimeError: called outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a journal entry is written in the transaction that it describes")
    events = Event.objects.bulk_create(
        Event(
            action=action,
            subject_type=ContentType.objects.get_for_model(subject),
            subject_id=subject.pk,
            subject_label=str(subject)[:200],
            user_id=actor.user_id,
            organization_id=actor.organization_id,
            channel=actor.channel,
            occurred_at=at,
            request_id=actor.request_id,
            changes=dict(changes),
        )
        for subject, changes in changes_of
    )
    tasks = subscribers(action)
    if events and tasks:
        Delivery.objects.bulk_create(Delivery(event=event, subscriber=name) for event in events for name in tasks)
        # a hint only: should it be lost with the broker, beat finds the waiting message a few seconds later
        transaction.on_commit(_wake_relay, robust=True)
    return events


def _wake_relay() -> None:
    current_app.send_task("journal.relay")
