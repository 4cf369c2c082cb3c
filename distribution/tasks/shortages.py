"""The list of what is short, on the worker: every morning whole, and at once what somebody tells of."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.foundation.journal.hearing import hears
from catalog.models import Region, RuleSet
from catalog.queries.rulesets import are_in_force
from distribution.models import ShortageReport, StopNotice
from distribution.services.national_shortages import watch_national_shortages
from distribution.services.shortage_reports import affected_provinces
from distribution.services.shortage_watch import remind_of_follow_ups, watch_shortages


@shared_task(name="distribution.watch_shortages")
def watch_shortages_task() -> int:
    """Bring the lists of all provinces and of the country up to the day; beat calls this every morning."""
    at, platform = timezone.now(), Actor.platform()
    if not are_in_force(RuleSet.Kind.SHORTAGE, RuleSet.Kind.SUPPLY, on=localdate(at)):
        return 0
    provinces = Region.objects.filter(parent=None).order_by("code").values_list("code", flat=True)
    changed = sum(watch_shortages(province_id=province_id, actor=platform, at=at) for province_id in provinces)
    return changed + watch_national_shortages(actor=platform, at=at) + remind_of_follow_ups(at=at)


def _nothing_waits(subject_id: int) -> bool:
    """Looking starts from what is stored: called late it finds the same."""
    return False


@hears("distribution.gather_reported", waits=_nothing_waits)
def gather_reported(report_id: int) -> None:
    """Look at what an institution reported."""
    report = ShortageReport.objects.select_related("product").get(pk=report_id)
    _gather([report.province_id], report.product.presentation_id)


@hears("distribution.gather_stopped", waits=_nothing_waits)
def gather_stopped(notice_id: int) -> None:
    """Look at what a producer stops making, in every province that counts on it."""
    notice = StopNotice.objects.select_related("product").get(pk=notice_id)
    _gather(affected_provinces(notice, timezone.now()), notice.product.presentation_id)


def _gather(province_ids: list[str], presentation_id: int) -> None:
    for province_id in province_ids:
        watch_shortages(
            province_id=province_id, presentation_ids=[presentation_id], actor=Actor.platform(), at=timezone.now()
        )
