"""The dated rules that orders, deliveries and invoices are judged by."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

from catalog.foundation.prepared import prepared_cursor
from catalog.models import RuleSet
from catalog.queries.rulesets import rule_set_or_none
from catalog.rules.delivery_rules import DeliveryRules
from catalog.rules.invoicing_rules import InvoicingRules
from catalog.rules.order_screen_rules import OrderScreenRules
from catalog.rules.recall_rules import RecallRules
from catalog.rules.safety_rules import SafetyRules
from catalog.rules.shortage_rules import ShortageRules
from catalog.rules.supply_rules import SupplyRules
from catalog.rules.use_share_rules import UseShareRules
from distribution.errors import RuleSetMissing

Rules = TypeVar("Rules", SupplyRules, InvoicingRules, DeliveryRules, ShortageRules, RecallRules, SafetyRules)


def supply_rules(on: date) -> SupplyRules:
    """What holds on the day for ordering, delivery and acceptance.

    Raises:
        RuleSetMissing
    """
    return _read(RuleSet.Kind.SUPPLY, SupplyRules, on)


def invoicing_rules(on: date) -> InvoicingRules:
    """What holds on the day for invoices and payment.

    Raises:
        RuleSetMissing
    """
    return _read(RuleSet.Kind.INVOICING, InvoicingRules, on)


def delivery_rules(on: date) -> DeliveryRules:
    """What deliveries of the day are measured by.

    Raises:
        RuleSetMissing
    """
    return _read(RuleSet.Kind.DELIVERY_PERFORMANCE, DeliveryRules, on)


def shortage_rules(on: date) -> ShortageRules:
    """By which medicines are short on the day.

    Raises:
        RuleSetMissing
    """
    return _read(RuleSet.Kind.SHORTAGE, ShortageRules, on)


def use_share_rules(on: date) -> tuple[UseShareRules, RuleSet | None]:
    """What share of use the rules of the day ask for; the usual numbers without a rule set where none is in force."""
    found = rule_set_or_none(RuleSet.Kind.USE_SHARE, on)
    return (UseShareRules() if found is None else UseShareRules.read(found.parameters)), found


def order_screen_rules(on: date) -> tuple[OrderScreenRules, RuleSet | None]:
    """Which patterns of orders are told of on the day; the usual numbers without a rule set where none is in force."""
    found = rule_set_or_none(RuleSet.Kind.ORDER_SCREENS, on)
    return (OrderScreenRules() if found is None else OrderScreenRules.read(found.parameters)), found


def safety_rules(on: date) -> SafetyRules:
    """By which adverse reactions are reported on the day, and warn.

    Raises:
        RuleSetMissing
    """
    return _read(RuleSet.Kind.SAFETY, SafetyRules, on)


def recall_rules(on: date) -> RecallRules:
    """By which recalls that are opened on the day run.

    Raises:
        RuleSetMissing
    """
    return _read(RuleSet.Kind.RECALL, RecallRules, on)


def source_of(kind: RuleSet.Kind, on: date) -> str:
    """Where the rules of a kind that are in force on the day are written; empty where there are none."""
    return RuleSet.objects.in_force(on).filter(kind=kind).values_list("source", flat=True).first() or ""


# By hand, since it is asked with every order; at most one of a kind is in force.
IN_FORCE = "(SELECT parameters::text FROM catalog_ruleset WHERE kind = %(kind)s AND validity @> %(on)s::date)"


def _read(kind: RuleSet.Kind, rules: type[Rules], on: date) -> Rules:
    with prepared_cursor() as cursor:
        cursor.execute(f"SELECT {IN_FORCE}", {"kind": kind.value, "on": on})
        return understand(kind, rules, cursor.fetchone()[0], on)


def understand(kind: RuleSet.Kind, rules: type[Rules], parameters: str | None, on: date) -> Rules:
    """What the text of a rule set that is in force on the day says.

    Raises:
        RuleSetMissing: there is none.
    """
    if parameters is None:
        raise RuleSetMissing(kind=kind.label, on=on)
    read: Rules = _read_once(rules.read, parameters)
    return read


@lru_cache(maxsize=32)
def _read_once(read: Callable[[Any], Any], parameters: str) -> Any:
    # the same text says the same, and what it says is never changed
    return read(json.loads(parameters))
