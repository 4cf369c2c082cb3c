"""A derivation as an officer reads it, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

STEP_NAMES = {
    "form": gettext_lazy("dosage form"),
    "sugar_free": gettext_lazy("sugar-free"),
    "strength": gettext_lazy("strength"),
    "volume": gettext_lazy("volume"),
    "pack": gettext_lazy("pack quantity"),
    "packing": gettext_lazy("packing material"),
    "floor": gettext_lazy("lowest unit price of an injection"),
    "rounding": gettext_lazy("rounding"),
}


def step_in_words(step: Mapping[str, str]) -> str:
    """One step of a derivation (``Step.as_json``): what was compared, by which ratio, and the price after it."""
    facts = {key: _trimmed(value) for key, value in step.items() if key != "name"}
    facts["step"] = str(STEP_NAMES[step["name"]])
    if "base" in facts:
        return _("%(step)s: X = %(quantity_ratio)s, K = %(base)s^log₂X = %(ratio)s → %(price_after)s") % facts
    if "surcharge" in facts:
        return _("%(step)s: %(surcharge)s yuan → %(price_after)s") % facts
    if "ratio" in facts:
        return _("%(step)s: K = %(ratio)s → %(price_after)s") % facts
    return _("%(step)s → %(price_after)s") % facts


def in_words(steps: Iterable[Mapping[str, str]]) -> str:
    """All steps, one after the other."""
    return "; ".join(step_in_words(step) for step in steps)


def _trimmed(number: str) -> str:
    """Without the zeros that say nothing."""
    return number.rstrip("0").rstrip(".") if "." in number else number
