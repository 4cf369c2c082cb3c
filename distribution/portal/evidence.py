"""A finding's evidence in words: each value that was compared, with its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from distribution.rules.retail import RULES, facts_behind

LABELS = {
    "rule": _("Rule"),
    "price": _("Retail price"),
    "guide_price": _("Guide price"),
    "purchase_price": _("Purchase price"),
    "markup": _("Allowed mark-up"),
    "allowed": _("Highest allowed"),
    "excess": _("Above by"),
    "peer_median": _("Median of its peers"),
    "peer_count": _("Institutions that report it"),
    "usual_from": _("Usual from"),
    "usual_to": _("Usual up to"),
    "observed_on": _("Day"),
    "guide_price_source": _("Guide price decided in"),
    "guide_price_derivation": _("Guide price derived how"),
    "rule_set": _("Rules in force"),
}
MONEY = {
    *("price", "guide_price", "purchase_price", "allowed", "excess"),
    *("peer_median", "usual_from", "usual_to"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One value that was compared: text, or yuan."""

    label: str
    text: str = ""
    amount: Decimal | None = None


def in_words(evidence: Mapping[str, str]) -> list[Fact]:
    """The facts in the order in which a reader wants them; empty ones are left out."""
    evidence = facts_behind(evidence)
    known = [name for name in LABELS if evidence.get(name)]
    others = [name for name in evidence if name not in LABELS]
    return [_fact(name, str(evidence[name])) for name in [*known, *others]]


def _fact(name: str, value: str) -> Fact:
    label = str(LABELS.get(name, name))
    if name in MONEY:
        return Fact(label, amount=Decimal(value))
    if name == "markup":
        return Fact(label, f"{Decimal(value):.0%}")
    if name == "rule":
        return Fact(label, str(RULES.get(value, value)))
    day = parse_date(value) if name == "observed_on" else None
    return Fact(label, date_format(day) if day else value)
