"""Publishing open data: the OCDS releases of a tender, each stored once and never changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from procurement.models import Release
from procurement.queries.ocds_facts import facts_of
from procurement.rules.ocds.facts import Publisher
from procurement.rules.ocds.package import NothingPublic, releases
from procurement.rules.ocds.values import Json

# A release of a national opening has tens of megabytes.
STORED_AT_ONCE = 20


def publish_releases(
    *, tender_id: int, at: datetime, tell: Callable[[int, int], None] = lambda _done, _total: None
) -> int:
    """Store a release for every moment at which something of the tender became public; return how many were new.

    What is stored stays as it is; a run that was cut off is finished by the next. ``tell`` hears how far it has come.
    """
    facts = facts_of(tender_id, site=settings.PUBLIC_URL)
    stored = set(Release.objects.filter(tender_id=tender_id).values_list("release_id", flat=True))
    try:
        written = releases(facts, published_at=at, publisher=Publisher(**settings.PUBLISHER), stored=stored)
    except NothingPublic:
        return 0
    new = [_release(tender_id, document) for document in written]
    for start in range(0, len(new), STORED_AT_ONCE):
        tell(start, len(new))
        # another worker may store the same at this moment
        Release.objects.bulk_create(new[start : start + STORED_AT_ONCE], ignore_conflicts=True)
    return len(new)


def _release(tender_id: int, document: Json) -> Release:
    return Release(
        tender_id=tender_id,
        release_id=document["id"],
        tags=document["tag"],
        published_at=datetime.fromisoformat(document["date"]),
        document=document,
    )
