"""Which tender a journal entry is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.apps import apps

from catalog.foundation.journal.models import Event

# How each kind of record leads to its tender.
TENDER_OF = {
    "tender": "pk",
    "lot": "tender",
    "bid": "lot__tender",
    "award": "lot__tender",
    "agreement": "tender",
    "agreementline": "agreement__tender",
    "amendment": "tender",
    "clarification": "tender",
    "explanation": "bid__lot__tender",
}


def tenders_of_events(event_ids: Collection[int]) -> dict[int, int]:
    """The id of the tender of each event, in one query for each kind of record."""
    events: defaultdict[str, dict[int, int]] = defaultdict(dict)
    found = Event.objects.filter(pk__in=event_ids).values_list("pk", "subject_type__model", "subject_id")
    for pk, kind, subject in found:
        events[kind][pk] = subject
    tenders: dict[int, int] = {}
    for kind, subjects in events.items():
        rows = apps.get_model("procurement", kind)._default_manager.filter(pk__in=set(subjects.values()))
        of = dict(rows.values_list("pk", TENDER_OF[kind]))
        tenders |= {pk: of[subject] for pk, subject in subjects.items()}
    return tenders
