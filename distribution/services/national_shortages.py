"""What is short in so many provinces that it is the whole country's: two lists, kept by the lists of the provinces."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record_all
from catalog.foundation.transitions import unit_of_work
from catalog.models import Presentation, RuleSet
from distribution.models import NationalShortage, ShortageItem
from distribution.queries.agencies import agency_ids
from distribution.queries.rules import shortage_rules
from distribution.queries.stock import since
from distribution.rules.shortage import national_listing
from distribution.services.notices import notify
from distribution.states import NationalListing, NoticeKind, ShortageGrade

COUNTED = (ShortageGrade.SHORT, ShortageGrade.SEVERE)


def watch_national_shortages(*, actor: Actor, at: datetime) -> int:
    """Bring both national lists up to the lists of the provinces; return how many presentations came, moved or left.

    Done twice it changes nothing more.

    Raises:
        RuleSetMissing
    """
    today = localdate(at)
    rules = shortage_rules(today)
    with unit_of_work():
        # two looks at the country follow each other
        list(RuleSet.objects.in_force(today).filter(kind=RuleSet.Kind.SHORTAGE).select_for_update(no_key=True))
        provinces = _provinces()
        times = _times(since(at, rules.easily_short_months))
        wanted = {
            presentation_id: found
            for presentation_id in provinces.keys() | times.keys()
            if (
                found := national_listing(
                    provinces=len(provinces[presentation_id]), times=times.get(presentation_id, 0), rules=rules
                )
            )
        }
        standing = {row.presentation_id: row for row in NationalShortage.objects.listed().order_by("pk")}
        new = NationalShortage.objects.bulk_create(
            NationalShortage(
                presentation_id=presentation_id,
                listing=listing,
                provinces=provinces[presentation_id],
                checks=[check],
                listed_at=at,
            )
            for presentation_id, (listing, check) in sorted(wanted.items())
            if presentation_id not in standing
        )
        moved: list[tuple[NationalShortage, dict[str, list[Any]]]] = []
        ended: list[tuple[NationalShortage, dict[str, list[Any]]]] = []
        for presentation_id, row in standing.items():
            row.provinces = provinces[presentation_id]
            if presentation_id not in wanted:
                row.ended_at, row.version = at, row.version + 1
                ended.append((row, {"ended_at": [None, at]}))
                continue
            listing, check = wanted[presentation_id]
            row.checks = [check]
            if listing != row.listing:
                moved.append((row, {"listing": [row.listing, listing]}))
                row.listing, row.version = listing, row.version + 1
        NationalShortage.objects.bulk_update(
            standing.values(), ["provinces", "checks", "listing", "ended_at", "version"]
        )
        listed = [(row, {"listing": [None, row.listing]}) for row in new]
        record_all(actor=actor, action="national_shortage.list", changes_of=listed, at=at)
        record_all(actor=actor, action="national_shortage.move", changes_of=moved, at=at)
        record_all(actor=actor, action="national_shortage.end", changes_of=ended, at=at)
        _tell([row for row, _changes in [*listed, *moved] if row.listing == NationalListing.SHORT], at)
    return len(new) + len(moved) + len(ended)


def _provinces() -> defaultdict[int, dict[str, str]]:
    """By presentation, the grade by province where it is short or severely so."""
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    rows = ShortageItem.objects.listed().filter(grade__in=COUNTED).order_by("province")
    for presentation_id, province_id, grade in rows.values_list("presentation", "province", "grade"):
        found[presentation_id][province_id] = grade
    return found


def _times(start: datetime) -> dict[int, int]:
    rows = ShortageItem.objects.filter(opened_at__gte=start, grade__in=COUNTED).order_by()
    return dict(rows.values_list("presentation").annotate(times=Count("pk")))


def _tell(rows: list[NationalShortage], at: datetime) -> None:
    """The agencies of the provinces that are short of it."""
    presentations = Presentation.objects.select_related("medicine").in_bulk([row.presentation_id for row in rows])
    for row in rows:
        recipients = [pk for province_id in row.provinces for pk in agency_ids(province_id)]
        notify(
            recipients,
            NoticeKind.NATIONAL_SHORTAGE,
            at=at,
            presentation=str(presentations[row.presentation_id]),
            provinces=len(row.provinces),
        )
