"""The window for objections to a result."""

from __future__ import annotations

from datetime import datetime

from procurement.models import Objection, Tender
from procurement.queries.rules import rules_of
from procurement.rules.objections import window_end
from procurement.states import ObjectionKind


def objections_heard_until(tender: Tender, at: datetime) -> datetime:
    """Until when objections to the published candidates are heard, as known at ``at``: it grows while one waits."""
    assert tender.candidates_published_at is not None  # asked of published candidates alone
    waits = Objection.objects.filter(tender=tender, kind=ObjectionKind.RESULT).values_list("filed_at", "replied_at")
    return window_end(tender.candidates_published_at, days=rules_of(tender).objection_days, waits=waits, at=at)
