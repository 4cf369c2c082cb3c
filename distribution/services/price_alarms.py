"""Price alarms: raised for a quarter, and the suspension of trading that ends when the price has fallen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record_all
from catalog.foundation.money import round_half_up
from catalog.foundation.transitions import lock, unit_of_work
from catalog.models import Product, Region, RuleSet
from catalog.queries.rulesets import rule_set
from catalog.rules.price_alarm_rules import PriceAlarmRules
from distribution.models import LotHold, PriceAlarm
from distribution.services.notices import notify
from distribution.states import HoldKind, NoticeKind
from procurement.queries.price_alarms import graded_prices
from procurement.rules.price_alarms import Graded, quarter_of

# As many decimals as an alarm keeps of its multiple.
SHOWN = Decimal("0.000001")


def watch_price_alarms(*, province_id: str, actor: Actor, at: datetime) -> list[PriceAlarm]:
    """Raise the alarms of the quarter, where that was not yet done, and let trade again what has become cheaper.

    The day decides: prices and rule sets are those in force on it. Called again on a day it changes nothing.

    Raises:
        NoRuleSet: no price alarms, or no price ratios, are in force.
    """
    today = localdate(at)
    rules = rule_set(RuleSet.Kind.PRICE_ALARM, today)
    with unit_of_work():
        # two watches of a province go one after the other
        lock(Region.objects.all(), pk=province_id)
        graded = graded_prices(province_id, today, PriceAlarmRules.read(rules.parameters))
        dear = {item.product_id: item for item in graded if item.is_suspended}
        _resume(province_id, dear, actor, at)
        quarter = quarter_of(today)
        if PriceAlarm.objects.of_quarter(quarter).filter(province=province_id).exists():
            return []
        holds = _suspend(province_id, dear, rules, actor, at)
        alarms = PriceAlarm.objects.bulk_create(
            _alarm(item, province_id, quarter, rules, holds.get(item.product_id), at) for item in graded
        )
        told = [(alarm, {"tier": [None, alarm.tier], "multiple": [None, alarm.multiple]}) for alarm in alarms]
        record_all(actor=actor, action="price_alarm.raise", changes_of=told, at=at)
    return alarms


def _alarm(
    item: Graded, province_id: str, quarter: date, rules: RuleSet, hold: LotHold | None, at: datetime
) -> PriceAlarm:
    return PriceAlarm(
        province_id=province_id,
        product_id=item.product_id,
        quarter=quarter,
        price=item.price,
        comparable_price=item.comparable_price,
        lowest_id=item.lowest_id,
        lowest_price=item.lowest_price,
        multiple=round_half_up(item.multiple, SHOWN),
        tier=item.tier,
        rules=rules,
        drawn_at=at,
        hold=hold,
    )


def _in_force(province_id: str) -> dict[int, LotHold]:
    rows = LotHold.objects.in_force().filter(kind=HoldKind.PRICE_ALARM, province=province_id)
    return {hold.product_id: hold for hold in rows.select_related("product").order_by("pk")}


def _suspend(
    province_id: str, dear: dict[int, Graded], rules: RuleSet, actor: Actor, at: datetime
) -> dict[int, LotHold]:
    """The suspension of every product that is too dear; one that was suspended before stays so."""
    known = _in_force(province_id)
    products = Product.objects.filter(pk__in=dear.keys() - known.keys()).in_bulk()
    made = LotHold.objects.bulk_create(
        LotHold(
            product=products[pk],
            kind=HoldKind.PRICE_ALARM,
            province_id=province_id,
            reason=_("listed at %(multiple)s times the lowest comparable price of the same medicine")
            % {"multiple": f"{round_half_up(dear[pk].multiple):f}"},
            source=rules.source,
            held_at=at,
        )
        for pk in sorted(products)
    )
    _tell("lot_hold.place", NoticeKind.TRADING_SUSPENDED, made, actor, at)
    return known | {hold.product_id: hold for hold in made}


def _resume(province_id: str, dear: Collection[int], actor: Actor, at: datetime) -> None:
    """Let trade again what is no longer too dear, or no longer listed."""
    fallen = [hold for product_id, hold in _in_force(province_id).items() if product_id not in dear]
    for hold in fallen:
        hold.lifted_at = at
        hold.lift_reason = _("the listed price no longer lies that far above the lowest")
    LotHold.objects.bulk_update(fallen, ["lifted_at", "lift_reason"])
    _tell("lot_hold.lift", NoticeKind.TRADING_RESUMED, fallen, actor, at)


def _tell(action: str, kind: NoticeKind, holds: Collection[LotHold], actor: Actor, at: datetime) -> None:
    """Write it down, and tell the makers."""
    for hold in holds:
        notify(
            [hold.product.manufacturer_id],
            kind,
            at=at,
            product=str(hold.product),
            reason=hold.reason,
            source=hold.source,
        )
    record_all(actor=actor, action=action, changes_of=[(hold, {}) for hold in holds], at=at)
