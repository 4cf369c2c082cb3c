"""The window for objections to a published shortlist."""

from __future__ import annotations

from datetime import datetime

from procurement.models import Objection, Tender
from procurement.queries.rules import rules_of
from procurement.rules.objections import window_end


def shortlist_contestable_until(tender: Tender, at: datetime) -> datetime:
    """Until when objections to the published shortlist are heard, as known at ``at``: it grows while one waits."""
    assert tender.shortlist_published_at is not None  # asked of published shortlists alone
    since = tender.shortlist_published_at
    waits = Objection.objects.filter(tender=tender, filed_at__gte=since).values_list("filed_at", "replied_at")
    return window_end(since, days=rules_of(tender).objection_days, waits=waits, at=at)
