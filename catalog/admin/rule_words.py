"""The parameters of a rule set as an officer reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.accounts.kinds import Tier
from catalog.admin.shares import percent
from catalog.foundation.web.admin import table
from catalog.models import RuleSet
from catalog.rules.forms import FORMS

# The Chinese name of each family of forms, as the price-ratio rules call it.
FAMILIES: dict[str, str] = {}
for _family, _names in FORMS:
    FAMILIES.setdefault(_family, _names[0])
PACKING = {
    "glass": gettext_lazy("glass bottle"),
    "plastic": gettext_lazy("plastic bottle"),
    "soft_bag": gettext_lazy("soft bag"),
}


def parameters_in_words(rules: RuleSet) -> SafeString:
    """The tables of the rule set's kind."""
    readers = {
        RuleSet.Kind.PRICE_RATIO: _price_ratio,
        RuleSet.Kind.RETAIL_CHECK: _retail_check,
        RuleSet.Kind.REIMBURSEMENT: _reimbursement,
    }
    tables = readers.get(RuleSet.Kind(rules.kind), _as_stated)(rules.parameters)
    return format_html_join("", '<div class="pb-4">{}</div>', ((item,) for item in tables))


def _as_stated(given: Mapping[str, Any]) -> Sequence[SafeString]:
    """The names and values of a kind whose parameters are many and not the same in every set."""
    rows = [(name, json.dumps(value, ensure_ascii=False)) for name, value in _places(given)]
    return [table([_("parameter"), _("value")], rows)]


def _places(given: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with its place: the names above it with points between them."""
    for name, value in sorted(given.items()):
        if isinstance(value, Mapping):
            yield from _places(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _price_ratio(given: Mapping[str, Any]) -> Sequence[SafeString]:
    bases = [
        (_("strength: the price ratio for twice the content"), given["strength_base"]),
        (_("volume: the price ratio for twice the volume"), given["volume_base"]),
        (_("pack: the price ratio for twice the units, of the forms named below"), given["pack_base"]),
        (_("sugar-free: the price ratio to the kind with sugar"), given["sugar_free"]),
    ]
    if given.get("injection_floor") is not None:
        bases.append((_("the least that an injection costs (yuan per unit)"), given["injection_floor"]))
    packs = "、".join(FAMILIES.get(family, family) for family in given["pack_families"])
    return [
        table([_("ratio"), _("value")], [(capfirst(name), number) for name, number in bases]),
        table(
            [_("packs of other forms are in proportion; rebated by the pack ratio are")],
            [[packs or _("none")]],
        ),
        table(
            [_("dosage form"), _("price ratio to the plain tablet")],
            [(_family_name(family), number) for family, number in _ascending(given["form_ratios"])],
            _("Ratios of dosage forms"),
        ),
        table(
            [_("packing material"), _("yuan above glass")],
            [(PACKING.get(name, name), number) for name, number in _ascending(given["packing_material"])],
            _("Packing of large-volume injections"),
        ),
        table(
            [_("prices from (yuan)"), _("are rounded to (yuan)")],
            [tuple(pair) for pair in given["rounding"]],
            _("Rounding"),
        ),
    ]


def _ascending(numbers: Mapping[str, str]) -> list[tuple[str, str]]:
    """By their numbers; the database keeps names in an order of its own."""
    return sorted(numbers.items(), key=lambda item: (Decimal(item[1]), item[0]))


def _family_name(family: str) -> str:
    return f"{FAMILIES[family]} ({family})" if family in FAMILIES else family


def _retail_check(given: Mapping[str, Any]) -> Sequence[SafeString]:
    rows = [(_("all other institutions"), percent(given["markup"]))]
    for tier in Tier:
        if tier.value and f"markup_{tier}" in given:
            rows.insert(-1, (str(tier.label), percent(given[f"markup_{tier}"])))
    if len(rows) == 1:
        rows = [(_("all institutions"), rows[0][1])]
    return [table([_("institutions"), _("mark-up allowed on the purchase price")], rows)]


def _reimbursement(given: Mapping[str, Any]) -> Sequence[SafeString]:
    points = (Decimal(given["least_bonus"]) * 100).normalize()
    text = _("%(points)s percentage points above the rate for other medicines") % {"points": f"{points:f}"}
    return [table([_("the rate for essential medicines is clearly higher from")], [[text]])]
