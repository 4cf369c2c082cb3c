"""The numbers of the rules on a day."""

from __future__ import annotations

from datetime import date

from catalog.errors import NoRuleSet
from catalog.models import RuleSet


def rule_set_or_none(kind: RuleSet.Kind, on: date) -> RuleSet | None:
    """The rule set of the kind that holds on the day, where there is one."""
    return RuleSet.objects.in_force(on).filter(kind=kind).first()


def are_in_force(*kinds: RuleSet.Kind, on: date) -> bool:
    """Does a rule set of each of the kinds hold on the day?"""
    # at most one of a kind does
    return RuleSet.objects.in_force(on).filter(kind__in=kinds).count() == len(kinds)


def rule_set(kind: RuleSet.Kind, on: date) -> RuleSet:
    """The rule set of the kind that holds on the day.

    Raises:
        NoRuleSet
    """
    found = rule_set_or_none(kind, on)
    if found is None:
        raise NoRuleSet(kind=kind.label, on=on)
    return found
