"""Strengths in writing: one canonical text for each."""

from __future__ import annotations

from decimal import Decimal

from catalog.rules.quantities import MASS
from catalog.rules.strength_values import CONCENTRATION, CONTAINS, EQUALS, FILL, Part, Strength, total


def format_strength(strength: Strength) -> str:
    """The canonical text; ``parse_strength`` reads the same strength from it."""
    inline = (
        strength.basis != FILL
        and not strength.of
        and bool(strength.components)
        and not strength.components[0].per
        and total(strength.components) == (strength.amount, strength.unit.split("/")[0])
    )
    text = _head(strength, "+".join(map(_part_text, strength.components)) if inline else "")
    if strength.basis == CONCENTRATION and strength.volume_ml is not None:
        text += f"({_number(strength.volume_ml)}ml)"
    if strength.basis == CONCENTRATION and strength.mass_mg is not None:
        text += f"({_number(strength.mass_mg)}mg)"
    brackets = [f"({_per_text(strength.equivalent)})"] if strength.equivalent else []
    if strength.components and not inline:
        # What a cream is made of makes it a fill; only then does a second measure restate that.
        brackets.insert(0 if _is_made_of(strength) else len(brackets), f"({_bracket_text(strength)})")
    return text + "".join(brackets) + (f"({strength.remark})" if strength.remark else "")


def _head(strength: Strength, compound: str) -> str:
    unit, _slash, per = strength.unit.partition("/")
    core = compound or f"{strength.of}{_number(strength.amount)}{unit}"
    verb = "" if core.startswith(EQUALS) else CONTAINS
    doses = "" if strength.doses is None else f"{strength.doses}{strength.counter}:"
    each = f"{doses}每{'' if strength.count == 1 else _number(strength.count)}{strength.counter}"
    if strength.basis == CONCENTRATION:
        plain = not per or not (compound or strength.of)
        return (core + (f"/{per}" if per else "")) if plain else f"每1{per}{verb}{core}"
    if strength.mass_mg is not None:
        return f"每{_number(strength.mass_mg)}mg{verb}{core}"
    if strength.volume_ml is not None:
        core = f"{_number(strength.volume_ml)}ml:{core}"
        return f"{each}装{core}" if strength.counter else core
    if not strength.counter:
        return core
    return f"{each}{'装' if strength.basis == FILL else verb}{core}"


def _is_made_of(strength: Strength) -> bool:
    return strength.basis == FILL and strength.unit == MASS and not strength.counter


def _bracket_text(strength: Strength) -> str:
    first = strength.components[0]
    parts = "、".join(map(_part_text, strength.components))
    verb = "" if _is_made_of(strength) or first.name.startswith(EQUALS) else CONTAINS
    return (f"每{first.per}" if first.per else "") + verb + parts


def _part_text(part: Part) -> str:
    return f"{part.name}{_number(part.amount)}{part.unit}" + (f"({part.note})" if part.note else "")


def _per_text(part: Part) -> str:
    if not part.name:
        return _part_text(part) + (f"/{part.per}" if part.per else "")
    return (f"每{part.per}" if part.per else "") + _part_text(part)


def _number(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
