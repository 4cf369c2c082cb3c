"""Cases of retail prices and price alarms on the worker."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.hearing import hears
from catalog.models import Region, RuleSet
from catalog.queries.rulesets import are_in_force
from distribution.models import RetailSweep
from distribution.services.case_opening import note_checked, note_swept
from distribution.services.price_alarms import watch_price_alarms


def _nothing_waits(subject_id: int) -> bool:
    """What is noted twice changes nothing."""
    return False


@hears("distribution.note_checked", waits=_nothing_waits)
def note_checked_task(report_id: int) -> None:
    """Open, join and end cases after a report was checked."""
    note_checked(report_ids=[report_id], at=timezone.now())


@hears("distribution.note_swept", waits=_nothing_waits)
def note_swept_task(sweep_id: int) -> None:
    """Open, join and end cases after a province was checked anew."""
    note_swept(province_id=RetailSweep.objects.get(pk=sweep_id).province_id, at=timezone.now())


@shared_task(name="distribution.watch_price_alarms")
def watch_price_alarms_task() -> int:
    """Raise the price alarms of a new quarter and end suspensions, province by province; beat calls this every day."""
    if not are_in_force(RuleSet.Kind.PRICE_ALARM, RuleSet.Kind.PRICE_RATIO, on=localdate()):
        return 0
    provinces = Region.objects.filter(parent=None).order_by("code").values_list("code", flat=True)
    platform = Actor.platform()
    return sum(
        len(watch_price_alarms(province_id=province_id, actor=platform, at=timezone.now())) for province_id in provinces
    )
