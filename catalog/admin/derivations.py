"""A derived ceiling as a table that can be followed with a pocket calculator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from catalog.foundation.web.admin import link_to, table, yuan
from catalog.foundation.web.admin.values import EMPTY
from catalog.models import GuidePrice
from catalog.rules.derivation_words import STEP_NAMES


def derivation_table(representative: GuidePrice, steps: Iterable[Mapping[str, str]]) -> SafeString:
    """From the representative's price step by step to the derived one."""
    name = f"{representative.presentation} × {representative.pack_quantity}"
    first = [link_to(representative, _("Representative: %(name)s") % {"name": name}), EMPTY, EMPTY, EMPTY]
    rows = [[*first, yuan(representative.price, 4)], *(_row(step) for step in steps)]
    headers = [_("step"), _("quantity ratio X"), _("rule"), _("price ratio K"), _("price after (yuan per pack)")]
    return table(headers, rows)


def _row(step: Mapping[str, str]) -> list[Any]:
    rule = EMPTY
    if "base" in step:
        rule = f"K = {_plain(step['base'])}^log₂X"
    elif "surcharge" in step:
        rule = yuan(Decimal(step["surcharge"]), 4)
    ratios = [_plain(step[key]) if key in step else EMPTY for key in ("quantity_ratio", "ratio")]
    name = capfirst(str(STEP_NAMES[step["name"]]))
    return [name, ratios[0], rule, ratios[1], yuan(Decimal(step["price_after"]), 4)]


def _plain(number: str) -> str:
    """Without the zeros that say nothing."""
    return number.rstrip("0").rstrip(".") if "." in number else number
