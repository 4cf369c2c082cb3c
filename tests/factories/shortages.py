"""What is short, who says so, and what is done about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from catalog.foundation.actor import Actor
from catalog.models import Product
from distribution.models import NationalShortage, ShortageAnswer, ShortageItem, ShortageReport, StopNotice
from distribution.services.national_shortages import watch_national_shortages
from distribution.services.shortage_reports import announce_stop, report_shortage
from distribution.services.shortage_watch import watch_shortages
from distribution.services.shortages import Measure, answer_shortage
from distribution.states import ShortageReason
from tests.cast import HENAN, HUBEI, Cast
from tests.factories.clock import NOW, TODAY
from tests.factories.stock import neighbour, pharmacist_of


def shortage_report(actor: Actor, product: Product, *, units: int = 200, at: datetime = NOW) -> ShortageReport:
    """The actor's institution cannot get the product."""
    return report_shortage(
        product_code=product.code, reason=ShortageReason.NOT_SUPPLIED, units=units, actor=actor, at=at
    )


def stop_notice(actor: Actor, product: Product, *, days: int = 400, at: datetime = NOW, **options: Any) -> StopNotice:
    """The producer stops in so many days."""
    return announce_stop(
        product_code=product.code,
        stops_on=TODAY + timedelta(days=days),
        reason="原料药停供",
        actor=actor,
        at=at,
        **options,
    )


def shortage(cast: Cast, product: Product, *, at: datetime = NOW) -> ShortageItem:
    """On the list of the hospital's province, since the hospital reported it."""
    if not ShortageReport.objects.standing().filter(institution=cast.hospital, product=product).exists():
        shortage_report(cast.pharmacist, product, at=at)
    watch_shortages(province_id=HENAN, actor=cast.platform, at=at)
    return ShortageItem.objects.listed().get(province=HENAN, presentation=product.presentation_id)


def national_shortage(cast: Cast, product: Product, *, at: datetime = NOW) -> NationalShortage:
    """Short in both provinces, each of which has two institutions that report it: easily short."""
    for region in (HENAN, HENAN, HUBEI, HUBEI):
        shortage_report(pharmacist_of(neighbour(region)), product, at=at)
    for province_id in (HENAN, HUBEI):
        watch_shortages(province_id=province_id, actor=cast.platform, at=at)
    watch_national_shortages(actor=cast.platform, at=at)
    return NationalShortage.objects.listed().get(presentation=product.presentation_id)


def answered_shortage(cast: Cast, item: ShortageItem, measure: Measure, **options: Any) -> ShortageAnswer:
    """The officer chose, to be followed up in ten days."""
    wanted = {"reason": "保障供应", "follow_up_on": TODAY + timedelta(days=10), "actor": cast.officer, "at": NOW}
    return answer_shortage(item_id=item.pk, measure=measure, **wanted | options)
