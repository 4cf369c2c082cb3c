"""Presentations of foreign price lists, written in one English string."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from catalog.rules.quantities import PERCENT, VOLUME, in_smallest_unit
from catalog.rules.strengths import CONCENTRATION, FILL, Part, Strength, compound

_N = r"\d[\d,]*(?:\.\d+)?"
_UNIT = r"(?:kcal|mcg|mg|g|IU|units?|mEq|mmol|mL|L|%)(?![a-z])"
# What was weighed, where the strength says it: 300 mg iodine.
_OF = r"(?:\s+(?:elemental(?:\s+[a-z]+)?|iodine|B\d+))?"
_AMOUNT = rf"{_N}\s*{_UNIT}{_OF}"
_NOTE = r"(?:\s*\([^()]*\))?"
_STRENGTH = re.compile(
    rf"(?<![\w.-])(?P<amounts>{_AMOUNT}(?:\s*\+\s*{_AMOUNT})*)(?P<note>{_NOTE})"
    rf"(?:\s*(?:/|\bper\b)\s*(?:(?P<per>\d+(?:\.\d+)?)\s*)?(?P<per_unit>mL|g|dose|vial|tablet)\b)?{_NOTE}"
    rf"(?:,?\s+(?P<size>{_N})\s*(?P<size_unit>mL|L|g|doses|actuations)\b)?",
    re.IGNORECASE,
)
_ONE = re.compile(rf"(?P<number>{_N})\s*(?P<unit>{_UNIT})(?P<of>{_OF})", re.IGNORECASE)
# Calcium (equiv. to 500 mg elemental calcium) Tablet: the bracket is the strength.
_EQUIVALENT = re.compile(r"\(\s*equiv[^()]*?\bto\s+([^()]*)\)", re.IGNORECASE)
_UNNAMED_AMOUNT = re.compile(r"\bper\s+$", re.IGNORECASE)
_DOSE = "揿"


@dataclass(frozen=True, slots=True)
class ForeignPresentation:
    """The parts of the string as written, and the strength as a quantity; none where it could not be read."""

    name: str
    strength_text: str
    form_text: str
    strength: Strength | None


def read_foreign_presentation(text: str) -> ForeignPresentation:
    """Read ``Acetylcysteine 100 mg/mL, 3 mL Respiratory Solution Ampule``; what has no strength is all name.

    ``250 mg/5 mL, 60 mL`` becomes 50 mg/ml in 60 ml. Thousands are separated by commas.
    """
    plain = " ".join(text.split())
    equivalent, found = _EQUIVALENT.search(plain), _STRENGTH.search(plain)
    if equivalent and (found is None or equivalent.start() < found.start()):
        plain = f"{plain[: equivalent.start()]}{equivalent[1]}{plain[equivalent.end() :]}"
        found = _STRENGTH.search(plain)
    if found is None or _UNNAMED_AMOUNT.search(plain[: found.start()]):
        return ForeignPresentation(plain, "", "", None)
    name = re.sub(r"\s*(?:\bequiv\.?\s+to)?[\s,]*$", "", plain[: found.start()], flags=re.IGNORECASE)
    form = plain[found.end() :].strip(" ,")
    return ForeignPresentation(name, found[0].strip(), form, _strength(found))


def _strength(found: re.Match[str]) -> Strength | None:
    parts = [
        Part("-".join(one["of"].split()), *in_smallest_unit(_number(one["number"]), one["unit"]))
        for one in _ONE.finditer(found["amounts"])
    ]
    if any(not part.name.replace("-", "").isalpha() for part in parts):
        parts = [replace(part, name="") for part in parts]
    strength = _in(compound(_of_total(parts, found["note"])), found)
    return strength if strength.amount > 0 else None


def _of_total(parts: list[Part], note: str) -> list[Part]:
    """``100 mg (48.6 mg + 51.4 mg)`` names the sum first."""
    inner = [Part("", *in_smallest_unit(_number(one["number"]), one["unit"])) for one in _ONE.finditer(note)]
    return inner if "+" in note and len(parts) == 1 and len(inner) > 1 else parts


def _in(strength: Strength, found: re.Match[str]) -> Strength:
    per, per_unit = Decimal(found["per"] or 1), (found["per_unit"] or "").lower()
    size, size_unit = found["size"] and _number(found["size"]), (found["size_unit"] or "").lower()
    if strength.unit == VOLUME:
        return replace(strength, basis=FILL)
    if strength.unit == PERCENT and per_unit == "dose":
        return strength
    if per_unit == "dose" or size_unit in ("doses", "actuations"):
        return replace(strength, counter=_DOSE, doses=int(size) if size else None)
    if per_unit in ("ml", "g"):
        strength = _concentration(strength, per, per_unit, alone=size is None or size == per != 1)
    if size and size_unit in ("ml", "l") and strength.volume_ml is None:
        return replace(strength, volume_ml=in_smallest_unit(size, size_unit)[0])
    if size and size_unit == "g":
        return replace(strength, mass_mg=in_smallest_unit(size, size_unit)[0])
    return strength


def _concentration(strength: Strength, per: Decimal, unit: str, *, alone: bool) -> Strength:
    """So much in one millilitre or gram; in ``per`` of them where that is all there is, or no finite number."""
    amounts = [_divided(amount, per) for amount in (strength.amount, *(part.amount for part in strength.components))]
    if (alone and per != 1) or None in amounts:
        size = in_smallest_unit(per, unit)[0]
        return replace(strength, volume_ml=size) if unit == "ml" else replace(strength, mass_mg=size)
    amount, *of_parts = [value for value in amounts if value is not None]
    components = (replace(part, amount=value) for part, value in zip(strength.components, of_parts, strict=True))
    return replace(
        strength,
        amount=amount,
        unit=f"{strength.unit}/{unit}",
        basis=CONCENTRATION,
        components=tuple(components),
    )


def _divided(amount: Decimal, by: Decimal) -> Decimal | None:
    quotient = amount / by
    return quotient if Fraction(quotient) == Fraction(amount) / Fraction(by) else None


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))
