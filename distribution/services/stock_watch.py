"""The daily look at stock and reserve: what should worry their keepers is written down."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.utils.timezone import localdate

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.journal.models import Event
from catalog.foundation.journal.record import record_all
from catalog.foundation.transitions import unit_of_work
from distribution.models import ReservePlan
from distribution.queries import supply_rules
from distribution.queries.province_stock import COUNTED, warning_counts
from distribution.queries.reserve import SHOWN_OF_PLAN, standings

WARN, ALARM = "stock.warn", "reserve_plan.alarm"


def watch_stock(*, province_id: str, actor: Actor, at: datetime) -> int:
    """Write down for each institution of a province how many warnings it has, where they changed since the last time.

    Done twice it writes nothing new; returns for how many institutions something was written.

    Raises:
        RuleSetMissing
    """
    with unit_of_work():
        institutions = Organization.objects.filter(region__code__startswith=province_id[:2]).in_bulk()
        found = warning_counts(province_id, at=at, rules=supply_rules(localdate(at)))
        told = _told(institutions)
        nothing = dict.fromkeys(COUNTED, 0)
        events = record_all(
            actor=actor,
            action=WARN,
            changes_of=[
                (institution, {name: [before[name], now[name]] for name in nothing})
                for pk, institution in institutions.items()
                for before, now in [(told.get(pk, nothing), found.get(pk, nothing))]
                if before != now
            ],
            at=at,
        )
    return len(events)


def _told(institutions: Collection[int]) -> dict[int, dict[str, int]]:
    """What was written last of each institution."""
    last = (
        Event.objects.filter(
            action=WARN,
            subject_type=ContentType.objects.get_for_model(Organization),
            subject_id__in=list(institutions),
        )
        .order_by("subject_id", "-pk")
        .distinct("subject_id")
    )
    return {event.subject_id: {name: now for name, (_before, now) in event.changes.items()} for event in last}


def watch_reserves(*, actor: Actor, at: datetime) -> int:
    """Raise the alarm for every plan in force whose usable units are under its floor, once a day.

    Raises:
        RuleSetMissing
    """
    today = localdate(at)
    with unit_of_work():
        plans = ReservePlan.objects.filter(validity__contains=today).select_related(*SHOWN_OF_PLAN)
        alarmed = Event.objects.filter(action=ALARM, occurred_at__date=today).values("subject_id")
        below = [
            standing
            for standing in standings(plans.exclude(pk__in=alarmed), today=today, rules=supply_rules(today)).values()
            if standing.is_below_floor
        ]
        record_all(
            actor=actor,
            action=ALARM,
            changes_of=[
                (standing.plan, {"usable": [None, standing.usable], "floor": [None, standing.floor]})
                for standing in below
            ],
            at=at,
        )
    return len(below)
