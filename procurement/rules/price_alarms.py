"""Which listed prices lie how many times above the lowest of the same medicine (苏医保发〔2021〕64号)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from catalog.foundation.money import round_half_up
from catalog.rules.price_alarm_rules import PriceAlarmRules
from catalog.rules.price_ratio import ratio
from procurement.rules.comparison import EXACT, SNAP, comparable_price
from procurement.states import AlarmTier

RULE = "CN.JS.2021-64.price-alarm"


@dataclass(frozen=True, slots=True)
class Listed:
    """A product that is listed at yuan per pack.

    ``group`` is what it is compared within; ``quantity_ratio`` how many times the content of the group's own measure
    one unit of it has.
    """

    product_id: int
    group: Hashable
    price: Decimal
    pack_quantity: int
    quantity_ratio: Decimal


@dataclass(frozen=True, slots=True)
class Graded:
    """A price above the lowest of its group; comparable prices are yuan per unit at the strength of the lowest.

    They are rounded to be shown; ``multiple``, by which it is judged, is not formed of them.
    """

    product_id: int
    price: Decimal
    comparable_price: Decimal
    lowest_id: int
    lowest_price: Decimal
    multiple: Decimal
    tier: AlarmTier
    is_suspended: bool


def quarter_of(day: date) -> date:
    """The first day of its quarter."""
    return day.replace(month=day.month - (day.month - 1) % 3, day=1)


def tier_of(multiple: Decimal, rules: PriceAlarmRules) -> AlarmTier | None:
    """Exactly twice the lowest is red already; none where the price is not above the lowest."""
    if multiple >= rules.red_3_from:
        return AlarmTier.RED_3
    if multiple >= rules.red_2_from:
        return AlarmTier.RED_2
    if multiple >= rules.red_1_from:
        return AlarmTier.RED_1
    return AlarmTier.YELLOW if multiple > rules.yellow_above else None


def grade(listed: Iterable[Listed], *, strength_base: Decimal, rules: PriceAlarmRules) -> list[Graded]:
    """The prices that raise an alarm, group by group; the lowest of a group, and one that is alone in it, raise none.

    Packs are compared by their units, strengths by the price ratios.
    """
    groups: defaultdict[Hashable, list[Listed]] = defaultdict(list)
    for item in listed:
        groups[item.group].append(item)
    with localcontext(EXACT):
        return [graded for group in groups.values() for graded in _grade_group(group, strength_base, rules)]


def _grade_group(group: list[Listed], base: Decimal, rules: PriceAlarmRules) -> Iterator[Graded]:
    def per_unit(item: Listed) -> Decimal:
        return item.price / item.pack_quantity / ratio(item.quantity_ratio, base)

    lowest = min(group, key=lambda item: (per_unit(item), item.product_id))
    for item in group:
        relative = ratio(item.quantity_ratio / lowest.quantity_ratio, base)
        times = item.price * lowest.pack_quantity / (lowest.price * item.pack_quantity * relative)
        multiple = round_half_up(times, SNAP)
        tier = tier_of(multiple, rules)
        if tier is not None:
            yield Graded(
                product_id=item.product_id,
                price=item.price,
                comparable_price=comparable_price(item.price, item.pack_quantity, relative),
                lowest_id=lowest.product_id,
                lowest_price=comparable_price(lowest.price, lowest.pack_quantity, Decimal(1)),
                multiple=multiple,
                tier=tier,
                is_suspended=multiple >= rules.suspended_from,
            )
