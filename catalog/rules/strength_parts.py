"""The substances of a compound and the statements beside a strength, each with its amount."""

from __future__ import annotations

import re
from decimal import Decimal

from catalog.rules.quantities import MEASURED_UNITS, NUMBER, in_smallest_unit
from catalog.rules.strength_values import Part

MEASURE = rf"({NUMBER})({MEASURED_UNITS})"


def pattern(expression: str) -> re.Pattern[str]:
    """Units are read without regard to case."""
    return re.compile(expression, re.IGNORECASE)


# A vitamin's number belongs to its name: 维生素D3125国际单位 are 125 units of vitamin D3.
_NAMED = pattern(rf"(维生素(?:D[23]|K[1-4]|B12|B[1267])|.*?){MEASURE}(?:\((.+)\))?")
_NAMED_BEHIND = pattern(rf"{MEASURE}([^\W\d][^\d]*)")
# Not inside brackets.
_BETWEEN_PARTS = re.compile(r"([、,;:+/与和及])(?![^(]*\))")
_LETTER = re.compile(r"[^\W\d_]")


def read_parts(text: str) -> list[Part]:
    """``含A5mg、B3mg与C1g``, ``5mg:3mg``, ``400mg索磷布韦和100mg维帕他韦``; nothing where a piece is no amount."""
    parts: list[Part] = []
    held = ""
    pieces = _BETWEEN_PARTS.split(text)
    for piece, separator in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        if not piece:
            return []
        # A piece without an amount is half of a name: 相当于饮片、原药材3g.
        held += piece
        if part := _part(held):
            parts.append(part)
            held = ""
        else:
            held += separator
    is_uniform = len({bool(part.name) for part in parts}) == 1
    return parts if is_uniform and not held else []


def _part(text: str) -> Part | None:
    plain = re.sub(r"^(?:内?含有?|其中|每[^\d]*含)", "", text)
    if match := _NAMED.fullmatch(plain):
        name = match[1]
        if name and not _is_name(name):
            return None
        return Part(name, *in_smallest_unit(Decimal(match[2]), match[3]), note=match[4] or "")
    if match := _NAMED_BEHIND.fullmatch(plain):
        return Part(match[3], *in_smallest_unit(Decimal(match[1]), match[2]))
    return None


def _is_name(text: str) -> bool:
    outside = re.sub(r"\(.*?\)", "", text)
    ends_well = not outside[-1:].isdigit() or text.startswith("维生素")
    return bool(_LETTER.search(text)) and ends_well and not re.search(r"[,;:+/=]", outside)
