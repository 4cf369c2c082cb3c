"""What is listed in a province, made comparable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.models import Presentation, ProcurementPrice, Product, RuleSet
from catalog.queries.rulesets import rule_set, rule_set_or_none
from catalog.rules.price_alarm_rules import PriceAlarmRules
from catalog.rules.ratio_rules import RatioRules
from catalog.rules.strengths import Strength
from catalog.states import ProductStatus
from procurement.rules.price_alarms import Graded, Listed, grade


def graded_prices(province_id: str, on: date, rules: PriceAlarmRules) -> list[Graded]:
    """The listed prices of the province that raise an alarm on the day; two queries however many there are.

    Raises:
        NoRuleSet: no price ratios are in force.
    """
    ratios = RatioRules.read(rule_set(RuleSet.Kind.PRICE_RATIO, on).parameters)
    return grade(_comparable(_rows(province_id, on)), strength_base=ratios.strength_base, rules=rules)


def suspended_offer(product: Product, price: Decimal, province_id: str, on: date) -> Graded | None:
    """What an offer per pack would be at once if it were listed in the province on the day: suspended, or nothing.

    Nothing also where no rules about price alarms, or none about price ratios, are in force.
    """
    rules = rule_set_or_none(RuleSet.Kind.PRICE_ALARM, on)
    ratio_rules = rule_set_or_none(RuleSet.Kind.PRICE_RATIO, on)
    if rules is None or ratio_rules is None:
        return None
    ratios = RatioRules.read(ratio_rules.parameters)
    others = _rows(province_id, on).filter(product__presentation__medicine=product.presentation.medicine_id)
    offered = (product.pk, price, product.pack_quantity, product.presentation_id)
    graded = grade(
        _comparable([offered, *others.exclude(product=product.pk)]),
        strength_base=ratios.strength_base,
        rules=PriceAlarmRules.read(rules.parameters),
    )
    return next((item for item in graded if item.product_id == product.pk and item.is_suspended), None)


def _rows(province_id: str, on: date) -> Any:
    return (
        ProcurementPrice.objects.in_force(on)
        .filter(province=province_id, product__status=ProductStatus.TRADING)
        .order_by("product")
        .values_list("product", "price", "product__pack_quantity", "product__presentation")
    )


def _comparable(rows: Iterable[tuple[int, Decimal, int, int]]) -> list[Listed]:
    rows = list(rows)
    groups = _groups({presentation_id for *_others, presentation_id in rows})
    return [
        Listed(product_id, group, price, pack_quantity, quantity_ratio)
        for product_id, price, pack_quantity, presentation_id in rows
        for group, quantity_ratio in [groups[presentation_id]]
    ]


def _groups(presentation_ids: set[int]) -> dict[int, tuple[Hashable, Decimal]]:
    """The group of each presentation, and its quantity ratio to the first of the group.

    One medicine, salt and kind of form whose strengths are measured alike; what cannot be read is alone with its
    likes.
    """
    firsts: defaultdict[Hashable, list[tuple[int, Strength]]] = defaultdict(list)
    found: dict[int, tuple[Hashable, Decimal]] = {}
    for item in Presentation.objects.filter(pk__in=presentation_ids).order_by("pk"):
        content = item.content
        if content is None:
            found[item.pk] = ((item.medicine_id, item.likeness or item.pk), Decimal(1))
            continue
        alike = firsts[item.medicine_id, item.salt, item.family]
        for first, reference in alike:
            try:
                found[item.pk] = (first, content.ratio_to(reference))
            except ValueError:
                continue
            break
        else:
            alike.append((item.pk, content))
            found[item.pk] = (item.pk, Decimal(1))
    return found
