"""When two spellings of a presentation mean the same thing, and the evidence an officer can judge by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from catalog.foundation.text import normalise
from catalog.rules.forms import read_form
from catalog.rules.packs import split_pack_from_strength
from catalog.rules.quantities import VOLUME
from catalog.rules.strengths import (
    CONCENTRATION,
    CONTENT,
    FILL,
    Part,
    Strength,
    UnreadableStrength,
    parse_strength,
)

KEY_LENGTH = 200
# 约, and the ratio of components, repeat what the numbers say.
_SAYS_NOTHING_NEW = frozenset("0123456789.:约")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing, as written in each of two spellings: their ``form``, ``salt``, ``strength`` or ``pack``."""

    field: str
    one: str
    other: str


def presentation_key(form: str, strength: str) -> str:
    """Equal for two spellings of the same form and strength, at most 200 characters.

    Left out, because lists add them as remarks: the salt in brackets before a form, the restatement in another unit
    (``0.25g(40万单位)``), a pack behind the strength. What is no readable strength is compared as text.
    """
    bare, _pack = split_pack_from_strength(strength)
    try:
        content = _strength_key(parse_strength(bare, form))
    except UnreadableStrength:
        content = f"?{_plain(bare)}"
    key = f"{read_form(form).name.casefold()}|{content}"
    if len(key) <= KEY_LENGTH:
        return key
    return f"{key[: KEY_LENGTH - 41]}#{hashlib.sha256(key.encode()).hexdigest()[:40]}"


def content_of(key: str) -> str:
    """The part of a key that is about the strength alone."""
    return key.partition("|")[2]


def differences(one: tuple[str, str], other: tuple[str, str]) -> list[Difference]:
    """What two presentations (form, strength) write otherwise, whether or not it means the same."""
    mine, theirs = _written(*one), _written(*other)
    return [Difference(field, mine[field], theirs[field]) for field in mine if mine[field] != theirs[field]]


def _written(form: str, strength: str) -> dict[str, str]:
    salt = read_form(form).salt
    bare, pack = split_pack_from_strength(strength)
    plain_form = form.strip()
    if salt:
        plain_form = plain_form.replace("（", "(").replace("）", ")").removeprefix(f"({salt})")
    return {"form": plain_form, "salt": salt, "strength": bare.strip(), "pack": pack.in_words if pack else ""}


def _strength_key(strength: Strength) -> str:
    strength = _as_content(strength)
    is_filled_volume = strength.basis == FILL and strength.unit == VOLUME and strength.count == 1
    remarks = sorted(remark for remark in strength.remark.split(";") if not set(remark) <= _SAYS_NOTHING_NEW)
    restated = strength.equivalent is not None and not strength.equivalent.name
    parts = [_part_key(part, strength.count) for part in strength.components]
    if all(part.name for part in strength.components):
        parts.sort()
    fields = (
        strength.basis,
        strength.of,
        str(Fraction(strength.amount) / Fraction(strength.count)) + strength.unit,
        _size(strength.volume_ml, "ml"),
        _size(strength.mass_mg, "mg"),
        "" if is_filled_volume else strength.counter,
        "" if strength.doses is None else str(strength.doses),
        "+".join(parts),
        "" if restated or strength.equivalent is None else _part_key(strength.equivalent, strength.count),
        ",".join(remarks),
    )
    return _plain(";".join(fields).rstrip(";"))


def _as_content(strength: Strength) -> Strength:
    """``10mg/ml,2ml`` is ``2ml:20mg``."""
    if strength.basis != CONCENTRATION or strength.volume_ml is None or not strength.unit.endswith("/ml"):
        return strength
    volume = strength.volume_ml
    return replace(
        strength,
        basis=CONTENT,
        unit=strength.unit.removesuffix("/ml"),
        amount=strength.amount * volume,
        components=tuple(replace(part, amount=part.amount * volume) for part in strength.components),
    )


def _part_key(part: Part, count: Decimal) -> str:
    amount = Fraction(part.amount) / (1 if part.per else Fraction(count))
    return f"{part.name}={amount}{part.unit}" + (f"/{part.per}" if part.per else "")


def _size(size: Decimal | None, unit: str) -> str:
    return "" if size is None else f"{Fraction(size)}{unit}"


def _plain(text: str) -> str:
    return normalise(text).casefold()
