"""Writing the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from celery import current_app
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import Delivery, Event
from catalog.foundation.journal.subscriptions import subscribers
from catalog.foundation.prepared import prepared_cursor


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
    events = [
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
    ]
    _enter(events, _told(actor, action, at))
    tasks = subscribers(action)
    if events and tasks:
        Delivery.objects.bulk_create(Delivery(event=event, subscriber=name) for event in events for name in tasks)
        # a hint only: should it be lost with the broker, beat finds the waiting message a few seconds later
        transaction.on_commit(_wake_relay, robust=True)
    return events


# By hand, since nothing changes without an entry.
ENTER = """
INSERT INTO journal_event (action, subject_type_id, subject_id, subject_label, user_id, organization_id, channel,
    occurred_at, request_id, changes)
SELECT %(action)s, subject_type, subject, label, %(user)s::bigint, %(organization)s::bigint, %(channel)s,
    %(at)s::timestamptz, %(request)s, changes::jsonb
FROM unnest(%(types)s::integer[], %(subjects)s::bigint[], %(labels)s::text[], %(changes)s::text[])
    WITH ORDINALITY AS told (subject_type, subject, label, changes, place)
ORDER BY place
RETURNING id
"""


def _enter(events: Sequence[Event], told: Mapping[str, Any]) -> None:
    if not events:
        return
    values = {
        **told,
        "types": [event.subject_type_id for event in events],
        "subjects": [event.subject_id for event in events],
        "labels": [event.subject_label for event in events],
        "changes": [json.dumps(event.changes, cls=DjangoJSONEncoder) for event in events],
    }
    with prepared_cursor() as cursor:
        cursor.execute(ENTER, values)
        for event, (key,) in zip(events, cursor.fetchall(), strict=True):
            event.pk = key
            event._state.adding = False


def _told(actor: Actor, action: str, at: datetime) -> dict[str, Any]:
    """What is the same of all entries of one deed."""
    return {
        "action": action,
        "user": actor.user_id,
        "organization": actor.organization_id,
        "channel": actor.channel,
        "request": actor.request_id,
        "at": at,
    }


SELECTED = """
WITH entered AS (
    INSERT INTO journal_event (action, subject_type_id, subject_id, subject_label, user_id, organization_id, channel,
        occurred_at, request_id, changes)
    SELECT %(action)s, %(subject_type)s, told.id, left(told.label, 200), %(user)s::bigint, %(organization)s::bigint,
        %(channel)s, %(at)s::timestamptz, %(request)s, '{{}}'::jsonb
    FROM ({selection}) AS told (id, label)
    RETURNING id
)
INSERT INTO journal_delivery (event_id, subscriber)
SELECT entered.id, name FROM entered CROSS JOIN unnest(%(subscribers)s::text[]) AS name
"""


def record_selected(
    *, actor: Actor, action: str, model: type[models.Model], selection: str, values: Mapping[str, Any], at: datetime
) -> None:
    """Write one entry for each record that a SELECT finds, without reading them: its columns are id and label.

    Raises:
        RuntimeError: called outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a journal entry is written in the transaction that it describes")
    tasks = subscribers(action)
    told = {
        **_told(actor, action, at),
        "subject_type": ContentType.objects.get_for_model(model).pk,
        "subscribers": tasks,
    }
    with connection.cursor() as cursor:
        cursor.execute(SELECTED.format(selection=selection), {**values, **told})
        is_heard = bool(cursor.rowcount)
    if is_heard:
        transaction.on_commit(_wake_relay, robust=True)


def _wake_relay() -> None:
    # nobody waits for a broker that is away
    current_app.send_task("journal.relay", ignore_result=True, retry=False)
