"""What institutions used, on the worker."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django.utils.timezone import localdate

from catalog.foundation.actor import Actor
from catalog.models import Region
from catalog.rules.months import months_after
from distribution.services.usage import reckon_use


@shared_task(name="distribution.reckon_use")
def reckon_use_task(months: int = 1) -> int:
    """Reckon the last months that are over, province by province; beat calls this on a month's first day.

    With more months, such as after a late list or rule set, those before it are brought up to date.
    """
    first = localdate().replace(day=1)
    provinces = list(Region.objects.filter(parent=None).order_by("code").values_list("pk", flat=True))
    return sum(
        reckon_use(province_id=province_id, month=months_after(first, -back), actor=Actor.platform(), at=timezone.now())
        for back in range(months, 0, -1)
        for province_id in provinces
    )
