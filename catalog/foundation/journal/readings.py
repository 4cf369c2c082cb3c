"""Writing down who looked at what is still to be opened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import HttpRequest
from rest_framework.request import Request

from catalog.foundation.actor import Actor
from catalog.foundation.journal.attempts import address_of
from catalog.foundation.journal.models import Reading

# Of records by their keys: what they are part of and is still to be opened.
Sealed = Callable[[Collection[int]], Iterable[models.Model]]

_watched: dict[type[models.Model], Sealed] = {}


def watch(model: type[models.Model], sealed: Sealed) -> None:
    """Have whoever reads records of the model written down, for whatever ``sealed`` says they are part of."""
    _watched[model] = sealed


def is_watched(model: type[models.Model]) -> bool:
    """Is it written down who reads records of the model?"""
    return model in _watched


def note_readings(
    model: type[models.Model],
    keys: Iterable[int],
    *,
    actor: Actor,
    request: HttpRequest | Request,
    at: datetime,
) -> None:
    """Write one reading per sealed record, page and minute; nothing of records that nobody watches.

    ``keys`` are not read unless the model is watched.
    """
    sealed = _watched.get(model)
    if sealed is None:
        return
    wanted = set(keys)
    if not wanted:
        return
    Reading.objects.bulk_create(
        [
            Reading(
                minute=at.replace(second=0, microsecond=0),
                user_id=actor.user_id,
                organization_id=actor.organization_id,
                channel=actor.channel,
                network_address=address_of(request),
                subject_type=ContentType.objects.get_for_model(subject),
                subject_id=subject.pk,
                subject_label=str(subject)[:200],
                page=request.get_full_path()[:300],
            )
            for subject in sealed(wanted)
        ],
        # the same page in the same minute is one reading
        ignore_conflicts=True,
    )
