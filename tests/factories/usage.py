"""What institutions used in a month."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.timezone import localtime

from catalog.foundation.actor import Actor
from catalog.models import Product
from catalog.rules.months import months_after
from distribution.models import UseFigure
from distribution.services.usage import reckon_use
from tests.cast import HENAN, Cast
from tests.factories.clock import NOW, TODAY
from tests.factories.stock import neighbour, pharmacist_of, used

LAST_MONTH: date = months_after(TODAY.replace(day=1), -1)


def on_day(day: date) -> datetime:
    """In the morning."""
    return localtime(NOW).replace(year=day.year, month=day.month, day=day.day, hour=9)


def use_figure(cast: Cast, product: Product, units: int = 24, *, by: Actor | None = None) -> UseFigure:
    """Of last month: of the pharmacist's institution, else of another one of Henan that used nothing else."""
    keeper = by or pharmacist_of(neighbour())
    used(keeper, product, units, at=on_day(LAST_MONTH + timedelta(days=9)))
    reckon_use(province_id=HENAN, month=LAST_MONTH, actor=cast.officer, at=NOW)
    return UseFigure.objects.get(institution=keeper.organization_id, month=LAST_MONTH)
