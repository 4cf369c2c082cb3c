"""Reading strengths: the grammar of the national list and of what sheets write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from catalog.foundation.text import normalise
from catalog.rules.forms import FILLED_BY_WEIGHT, read_form
from catalog.rules.quantities import (
    COUNTED_UNITS,
    MASS,
    NUMBER,
    PERCENT,
    VOLUME,
    in_smallest_unit,
)
from catalog.rules.strength_parts import MEASURE, pattern, read_parts
from catalog.rules.strength_values import (
    CONCENTRATION,
    CONTAINS,
    CONTENT,
    EQUALS,
    FILL,
    Part,
    Strength,
    compound,
    total,
)
from catalog.rules.strength_writing import format_strength

__all__ = [
    "CONCENTRATION",
    "CONTENT",
    "FILL",
    "Part",
    "Strength",
    "UnreadableStrength",
    "compound",
    "format_strength",
    "parse_strength",
]

DOSES = "揿喷吸"
# Behind a slash these say how much is in the container; behind 粒, 支 or 揿 stands what is active.
_FILLED = re.compile(r"[袋听包罐桶盒]")

_COUNTER = rf"素?(?:{COUNTED_UNITS})(?:\([^()]*\))?"


_ONE_MEASURE = pattern(MEASURE)
_COUNT = pattern(rf"({NUMBER})({COUNTED_UNITS})")
_EACH = pattern(rf"每({NUMBER})?({_COUNTER}|ml|mg|g)")
_FILL_WORDS = pattern(r"(?:装量?|净重|重|含?内容物重?)(?=\d)")
_PER_COUNTER = pattern(rf"(.+)/(\d*(?:{COUNTED_UNITS}))")
_PER_MEASURE = pattern(rf"(.+?)/({NUMBER})?(ml|l|g)(?:,({NUMBER}ml)(?:/[支瓶])?)?")
_DOSES_BEFORE = pattern(rf"(?:每[瓶支])?(\d+)([{DOSES}])[:,](每\2.+)")
_DOSES_BEHIND = pattern(rf"(.+/([{DOSES}])),(\d+)\2/[支瓶盒]")
_AREA = pattern(rf"({NUMBER})cm[×x*]({NUMBER})cm")
_RATIO = pattern(rf"{NUMBER}(?::{NUMBER})+")


class UnreadableStrength(ValueError):
    """The text is not a strength in the grammar below."""


def parse_strength(text: str, form: str = "") -> Strength:
    """Read a strength of the national list's grammar; mass becomes milligrams, activity units, volume millilitres.

    ``0.25g``, ``80万单位``, ``1ml:10mg``, ``0.25g(40万单位)``, ``5mg/160mg``, ``10%``, ``1.34mg/ml``, ``每10丸重1.5g``,
    ``每袋装5g(相当于饮片10g)``, ``每1ml相当于饮片1g``, ``2.25g(哌拉西林2.0g与他唑巴坦0.25g)``. The form tells a gel's
    ``10g:0.2g`` from a compound.

    Raises:
        UnreadableStrength
    """
    plain = normalise(text).translate(str.maketrans("[]", "()"))
    approximate = "约" in plain
    plain = plain.replace("约", "")
    coat, _each, behind = plain.partition("每")
    remarks = []
    if behind and coat.endswith("丸") and not any(character.isdigit() for character in coat):
        remarks.append(coat)
        plain = f"每{behind}"
    body, brackets = _trailing_brackets(plain)
    strength = _body(body, by_weight=bool(form) and read_form(form).family in FILLED_BY_WEIGHT)
    if strength is None:
        raise UnreadableStrength(text)
    for bracket in brackets:
        explained = _explained(strength, bracket)
        if explained is None:
            remarks.append(bracket)
        else:
            strength = explained
    if approximate:
        remarks.append("约")
    strength = replace(strength, remark=";".join(filter(None, [strength.remark, *remarks])))
    if not _is_possible(strength):
        raise UnreadableStrength(text)
    return strength


def _is_possible(strength: Strength) -> bool:
    parts = strength.components + ((strength.equivalent,) if strength.equivalent else ())
    amounts = [strength.amount, strength.count, *(part.amount for part in parts)]
    amounts += [size for size in (strength.volume_ml, strength.mass_mg) if size is not None]
    names = [part.name for part in strength.components if part.name]
    return all(amount > 0 for amount in amounts) and len(set(names)) == len(names)


def _body(text: str, *, by_weight: bool) -> Strength | None:
    if match := _DOSES_BEFORE.fullmatch(text):
        inner = _body(match[3], by_weight=by_weight)
        return replace(inner, doses=int(match[1])) if inner else None
    if match := _DOSES_BEHIND.fullmatch(text):
        inner = _body(match[1], by_weight=by_weight)
        return replace(inner, doses=int(match[3])) if inner else None
    if match := _EACH.match(text):
        return _each(match, text[match.end() :])
    if match := _AREA.fullmatch(text):
        return Strength(Decimal(match[1]) * Decimal(match[2]), "cm²", basis=FILL, remark=text)
    return _colon(text, by_weight=by_weight) or _slash(text) or _plain(text)


def _each(match: re.Match[str], rest: str) -> Strength | None:
    count, counter = Decimal(match[1] or 1), match[2]
    measured = counter.lower() in ("ml", "g", "mg")
    if not measured and (words := _FILL_WORDS.match(rest)):
        filled = _filled(rest[words.end() :])
        return replace(filled, count=count, counter=counter) if filled else None
    inner = _contained(rest)
    if inner is None:
        return None
    if not measured:
        has_no_words = _ONE_MEASURE.fullmatch(rest) and counter not in DOSES
        return replace(inner, count=count, counter=counter, basis=FILL if has_no_words else CONTENT)
    counter = counter.lower()
    if counter == "ml":
        return _in_volume(inner, count) if count != 1 else _per(inner, "ml")
    if counter == "g" and count == 1:
        return _per(inner, "g")
    return replace(inner, mass_mg=in_smallest_unit(count, counter)[0])


def _filled(text: str) -> Strength | None:
    """Behind 装 or 重: a weight, a volume, a number of pieces, or a volume with its content."""
    if match := _COUNT.fullmatch(text):
        return Strength(Decimal(match[1]), match[2], basis=FILL)
    if match := _ONE_MEASURE.fullmatch(text):
        return Strength(*in_smallest_unit(Decimal(match[1]), match[2]), basis=FILL)
    return _colon(text, by_weight=False)


def _contained(text: str) -> Strength | None:
    """Behind 每片: what it contains or corresponds to; a first part that corresponds is what was weighed."""
    parts = read_parts(text)
    if not parts:
        return None
    if parts[0].name.startswith(EQUALS) and len(parts) > 1:
        first = parts[0]
        return _with_contents(Strength(first.amount, first.unit, of=first.name), parts[1:])
    return compound(parts)


def _in_volume(inner: Strength | None, volume_ml: Decimal) -> Strength | None:
    return replace(inner, volume_ml=volume_ml) if inner and inner.volume_ml is None else None


def _per(inner: Strength, size: str) -> Strength:
    return replace(inner, unit=f"{inner.unit}/{size}", basis=CONCENTRATION)


def _colon(text: str, *, by_weight: bool) -> Strength | None:
    _first, colon, rest = text.partition(":")
    if not colon:
        return None
    measures = [_ONE_MEASURE.fullmatch(piece) for piece in text.split(":")]
    amounts = [in_smallest_unit(Decimal(match[1]), match[2]) if match else None for match in measures]
    head = amounts[0]
    if head and head[1] == VOLUME:
        parts = read_parts(rest)
        return _in_volume(compound(parts), head[0]) if parts else None
    if head and len(amounts) == 2 and amounts[1]:
        if amounts[1][1] == VOLUME:
            return Strength(*head, volume_ml=amounts[1][0])
        if by_weight and head[1] == MASS:
            return Strength(*amounts[1], mass_mg=head[0])
    parts = read_parts(text)
    return compound(parts) if parts and len(parts) > 1 else None


def _slash(text: str) -> Strength | None:
    if match := _PER_MEASURE.fullmatch(text):
        parts = read_parts(match[1])
        if not parts:
            return None
        inner, count, size = compound(parts), Decimal(match[2] or 1), match[3].lower()
        if match[2] is None and size != "l":
            strength = _per(inner, size)
            return replace(strength, volume_ml=_volume(match[4])) if match[4] else strength
        # 0.5g/0.1g is a compound, 5mg/1g a concentration.
        if match[4] or (size == "g" and count != 1):
            return None
        if size == "g":
            return replace(inner, mass_mg=Decimal(1000))
        return replace(inner, volume_ml=in_smallest_unit(count, size)[0])
    if match := _PER_COUNTER.fullmatch(text):
        parts = read_parts(match[1])
        counter = re.sub(r"^\d+", "", match[2])
        if not parts:
            return None
        inner = compound(parts)
        filled = len(parts) == 1 and (inner.unit == VOLUME or _FILLED.search(counter))
        count = Decimal(match[2].removesuffix(counter) or 1)
        return replace(inner, count=count, counter=counter, basis=FILL if filled else CONTENT)
    return None


def _volume(text: str) -> Decimal:
    match = _ONE_MEASURE.fullmatch(text)
    assert match is not None
    return in_smallest_unit(Decimal(match[1]), match[2])[0]


def _plain(text: str) -> Strength | None:
    if match := _ONE_MEASURE.fullmatch(text):
        amount, unit = in_smallest_unit(Decimal(match[1]), match[2])
        if unit == PERCENT:
            return Strength(amount, unit, basis=CONCENTRATION)
        return Strength(amount, unit, basis=FILL if unit in (VOLUME, "cm²") else CONTENT)
    parts = read_parts(text)
    return compound(parts) if parts else None


def _trailing_brackets(text: str) -> tuple[str, list[str]]:
    brackets: list[str] = []
    while text.endswith(")"):
        depth = 0
        for position in range(len(text) - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(text[position], 0)
            if depth == 0:
                break
        if depth:
            break
        brackets.insert(0, text[position + 1 : -1].strip(";,"))
        text = text[:position]
    return text, [bracket for bracket in brackets if bracket]


def _explained(strength: Strength, bracket: str) -> Strength | None:
    """The strength with what a bracket behind it says; none where the bracket is a remark."""
    if _RATIO.fullmatch(bracket):
        return None
    if match := _ONE_MEASURE.fullmatch(bracket):
        return _restated(strength, Part("", *in_smallest_unit(Decimal(match[1]), match[2])))
    if (match := _PER_COUNTER.fullmatch(bracket)) and (measure := _ONE_MEASURE.fullmatch(match[1])):
        return _restated(strength, Part("", *in_smallest_unit(Decimal(measure[1]), measure[2]), per=match[2]))
    names = bracket.split(":")
    if len(names) == len(strength.components) > 1 and not any(part.name for part in strength.components):
        named = (replace(part, name=name) for part, name in zip(strength.components, names, strict=True))
        return replace(strength, components=tuple(named))
    per, inside = "", bracket
    if match := _EACH.match(bracket):
        per, inside = (match[1] or "1") + match[2], bracket[match.end() :]
        if per == f"{strength.count}{strength.counter}":
            per = ""
    parts = read_parts(inside)
    if not parts:
        return None
    parts = [replace(part, per=per) for part in parts]
    if re.match(r"内?含|其中", inside) or per or parts[0].name.startswith(EQUALS) or strength.counter:
        return _with_contents(strength, parts)
    return _made_of(strength, parts)


def _restated(strength: Strength, part: Part) -> Strength | None:
    has_no_size = strength.volume_ml is None and strength.mass_mg is None and not part.per
    if part.unit == VOLUME and has_no_size and strength.basis != FILL:
        return replace(strength, volume_ml=part.amount)
    if part.unit == MASS and has_no_size and strength.unit == PERCENT:
        return replace(strength, mass_mg=part.amount)
    return replace(strength, equivalent=part) if strength.equivalent is None else None


def _with_contents(strength: Strength, parts: Sequence[Part]) -> Strength | None:
    """A single statement (相当于饮片3g, 含黄芩苷20mg) is the equivalent; several substances are components."""
    corresponding = [part for part in parts if part.name.startswith(EQUALS)]
    contained = [part for part in parts if not part.name.startswith(EQUALS)]
    equivalent = strength.equivalent
    if equivalent is None and corresponding:
        equivalent = corresponding.pop(0)
    if equivalent is None and len(contained) == 1 and not strength.components:
        only = contained.pop()
        equivalent = replace(only, name=only.name if only.name[:1] in ("重", "装") else CONTAINS + only.name)
    if corresponding or (contained and strength.components):
        return None
    return replace(strength, equivalent=equivalent, components=(*strength.components, *contained))


def _made_of(strength: Strength, parts: list[Part]) -> Strength | None:
    """``2.25g(A2.0g与B0.25g)`` is a compound, ``1g(A1mg与B10mg)`` one gram of a cream, ``1ml(…)`` a solution."""
    if strength.components or strength.basis == CONCENTRATION:
        return None
    corresponding = [part for part in parts if part.name.startswith(EQUALS)]
    contents = [part for part in parts if part not in corresponding]
    if strength.unit == VOLUME:
        inner = _with_contents(compound(contents), corresponding)
        return _in_volume(inner, strength.amount)
    if corresponding or strength.unit != MASS or total(parts) == (strength.amount, strength.unit):
        return _with_contents(strength, parts)
    return replace(strength, basis=FILL, components=tuple(parts))
