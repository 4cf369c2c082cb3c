"""Strengths as structured quantities: what one smallest unit of a presentation contains."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from catalog.foundation.text import normalise

MILLIGRAMS = {"kg": Decimal(1_000_000), "g": Decimal(1000), "mg": Decimal(1), "μg": Decimal("0.001")}
ACTIVITY = {"单位": Decimal(1), "万单位": Decimal(10_000), "亿单位": Decimal(100_000_000)}
SPELLINGS = {
    "ug": "μg",
    "µg": "μg",
    "mcg": "μg",
    "iu": "单位",
    "u": "单位",
    "万iu": "万单位",
    "万u": "万单位",
}

_NUMBER = r"(\d+(?:\.\d+)?)"
_MEASURE = re.compile(rf"{_NUMBER}\s*(亿单位|万单位|单位|万iu|万u|iu|u|kg|g|mg|μg|µg|ug|mcg)", re.IGNORECASE)
_VOLUME = re.compile(rf"{_NUMBER}\s*(ml|l)", re.IGNORECASE)
_REMARK = re.compile(r"\([^()]*\)$")


class UnreadableStrength(ValueError):
    """The text is not a strength in the grammar below."""


@dataclass(frozen=True, slots=True)
class Strength:
    """``amount`` of active substance in ``unit`` (``mg`` or ``单位``), in ``volume_ml`` where it is a liquid."""

    amount: Decimal
    unit: str
    volume_ml: Decimal | None = None

    def ratio_to(self, reference: Strength) -> Decimal:
        """X of the price-ratio rules: how many times the reference's content this one has.

        Raises:
            ValueError: the two are not measured alike.
        """
        if self.unit != reference.unit or (self.volume_ml is None) != (reference.volume_ml is None):
            raise ValueError(f"{self} and {reference} cannot be compared")
        return self.amount / reference.amount


def parse_strength(text: str) -> Strength:
    """Read ``0.25g``, ``80万单位``, ``1ml:10mg``, ``0.25g(40万单位)``; mass becomes milligrams.

    A remark in brackets at the end restates the strength in another unit and is not read.

    Raises:
        UnreadableStrength
    """
    plain = _REMARK.sub("", normalise(text))
    volume_ml = None
    if ":" in plain:
        volume_text, plain = plain.split(":", 1)
        volume = _VOLUME.fullmatch(volume_text)
        if volume is None:
            raise UnreadableStrength(text)
        volume_ml = Decimal(volume[1]) * (1000 if volume[2].lower() == "l" else 1)
    measure = _MEASURE.fullmatch(plain)
    if measure is None:
        raise UnreadableStrength(text)
    unit = measure[2].lower()
    unit = SPELLINGS.get(unit, unit)
    if unit in MILLIGRAMS:
        amount, unit = Decimal(measure[1]) * MILLIGRAMS[unit], "mg"
    else:
        amount, unit = Decimal(measure[1]) * ACTIVITY[unit], "单位"
    if amount <= 0 or volume_ml == 0:
        raise UnreadableStrength(text)
    return Strength(amount, unit, volume_ml)
