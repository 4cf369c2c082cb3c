"""How deliveries went and what stands on the shelves, on the worker."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.models import Region, RuleSet
from catalog.queries.rulesets import are_in_force
from catalog.rules.months import months_after
from distribution.services.scorecards import draw_scorecards
from distribution.services.stock_watch import watch_reserves, watch_stock


@shared_task(name="distribution.draw_scorecards")
def draw_scorecards_task() -> int:
    """Draw up how every firm delivered in the month before, province by province; beat calls this on its first day."""
    last_month = months_after(localdate().replace(day=1), -1)
    if not are_in_force(RuleSet.Kind.DELIVERY_PERFORMANCE, on=last_month):
        return 0
    drawn = 0
    for province_id in Region.objects.filter(parent=None).values_list("pk", flat=True):
        cards = draw_scorecards(province_id=province_id, month=last_month, actor=Actor.platform(), at=timezone.now())
        drawn += len(cards)
    return drawn


@shared_task(name="distribution.watch_stock")
def watch_stock_and_reserve() -> int:
    """Write down what institutions are warned of, and the alarms of the reserve; beat calls this every morning."""
    at, platform = timezone.now(), Actor.platform()
    if not are_in_force(RuleSet.Kind.SUPPLY, on=localdate(at)):
        return 0
    provinces = Region.objects.filter(parent=None).order_by("code").values_list("code", flat=True)
    warned = sum(watch_stock(province_id=province_id, actor=platform, at=at) for province_id in provinces)
    return warned + watch_reserves(actor=platform, at=at)
