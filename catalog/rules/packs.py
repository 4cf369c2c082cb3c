"""Packs: how many of the smallest units are sold together, as sheets write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from math import prod

from django.utils.translation import gettext_lazy as _

from catalog.foundation.text import normalise
from catalog.rules.quantities import COUNTED_UNITS, MEASURED_UNITS, NUMBER

# From what is taken to what is sold; the first of a pack's units in this order is the one it is counted in.
INNER_TO_OUTER = ("揿", "喷", "吸", "片", "粒", "丸", "贴", "张", "枚", "支", "袋", "包", "板", "管", "瓶", "盒")

_TIMES = re.compile(r"(?<=\S)[×*xX](?=\d)")
_COUNTED = re.compile(rf"(\d+)({COUNTED_UNITS})?(?:/(?:{COUNTED_UNITS}))?")
_CONTAINER = re.compile(rf"/({COUNTED_UNITS}|箱)$")
_AREA = re.compile(rf"{NUMBER}cm[×*xX]{NUMBER}cm")
_MEASURED = re.compile(rf"{NUMBER}(?:{MEASURED_UNITS}|cm)", re.IGNORECASE)


_REFUSAL = _("“%(text)s” is not a pack: write the number of units, such as 20片, 0.25g×24粒/盒 or 12片×2板/盒.")


class UnreadablePack(ValueError):
    """The text does not say how many units a pack holds; its words are translated when they are read."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)

    def __str__(self) -> str:
        return str(_REFUSAL) % {"text": self.text}


@dataclass(frozen=True, slots=True)
class Pack:
    """``quantity`` smallest units, counted in ``unit``, in a ``container``; the ``strength`` is what stood before."""

    quantity: int
    unit: str
    container: str
    strength: str

    @property
    def in_words(self) -> str:
        """``25mg×24片/盒``; the same pack always in the same words."""
        counted = f"{self.quantity}{self.unit}" + (f"/{self.container}" if self.container else "")
        return f"{self.strength}×{counted}" if self.strength else counted


def read_pack(text: str) -> Pack:
    """Read ``25mg×20片``, ``12片×2板/盒`` (24 片), ``0.25g*24粒/盒``, ``10ml×6支``, ``100片/瓶``, ``24``.

    Raises:
        UnreadablePack: no whole positive number of units, or something that is neither a strength nor a number.
    """
    plain = normalise(text)
    area = _AREA.match(plain)
    strength = area[0] if area else ""
    rest = plain[len(strength) :].lstrip("×*xX") if area else plain
    container = ""
    # 6支/盒 has a container; 2ml:10mg/支 is a strength alone.
    if (outer := _CONTAINER.search(rest)) and _COUNTED.fullmatch(_TIMES.split(rest[: outer.start()])[-1]):
        container, rest = outer[1], rest[: outer.start()]
    factors = _TIMES.split(rest)
    if not strength and len(factors) > 1 and not _COUNTED.fullmatch(factors[0]):
        strength, *factors = factors
    counted = [_COUNTED.fullmatch(factor) for factor in factors]
    numbers = [int(Decimal(match[1])) for match in counted if match]
    if len(numbers) != len(factors) or not prod(numbers) or strength.isdigit():
        raise UnreadablePack(text)
    units = [match[2] for match in counted if match and match[2]]
    return Pack(prod(numbers), min(units, key=_place, default=""), container, strength)


def _place(unit: str) -> int:
    return INNER_TO_OUTER.index(unit) if unit in INNER_TO_OUTER else len(INNER_TO_OUTER)


def split_pack_from_strength(text: str) -> tuple[str, Pack | None]:
    """``25mg×20片`` is the strength 25mg in packs of 20; a strength without a pack comes back as it was."""
    try:
        pack = read_pack(text)
    except UnreadablePack:
        return text, None
    return (pack.strength, pack) if pack.unit or pack.strength else (text, None)
