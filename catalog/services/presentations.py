"""Registering presentations, with what can be read from their form and strength."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from catalog.models import Presentation
from catalog.rules.forms import read_form
from catalog.rules.likeness import presentation_key
from catalog.rules.packs import split_pack_from_strength
from catalog.rules.strengths import Strength, UnreadableStrength, parse_strength

# From 50 ml on an injection is a large-volume one (Chinese Pharmacopoeia, general chapter 0102); its name does not say.
LARGE_VOLUME_ML = 50


def register_presentations(
    wanted: Collection[tuple[int, str, str]],
) -> dict[tuple[int, str, str], Presentation]:
    """The presentations (medicine id, form, strength), registered where they were not yet.

    The spelling of a presentation that was merged into another one gives the other.
    """
    Presentation.objects.bulk_create(
        (read_presentation(medicine_id, form, strength) for medicine_id, form, strength in dict.fromkeys(wanted)),
        ignore_conflicts=True,
    )
    found = Presentation.objects.filter(medicine_id__in={key[0] for key in wanted}).select_related(
        "medicine", "merged_into__medicine"
    )
    return {(item.medicine_id, item.form, item.strength): item.merged_into or item for item in found}


def read_presentation(medicine_id: int, form: str, strength: str) -> Presentation:
    """A presentation, not saved, with the fields that are read from its form and its strength.

    A strength that cannot be read as a quantity, or is none that a medicine could have, is kept as text and cannot be
    compared with another one.
    """
    read = read_form(form)
    presentation = Presentation(
        medicine_id=medicine_id,
        form=form,
        strength=strength,
        salt=read.salt,
        family=read.family,
        likeness=presentation_key(form, strength)[:200],
    )
    bare, _pack = split_pack_from_strength(strength)
    try:
        content = parse_strength(bare, form)
    except UnreadableStrength:
        return presentation
    volume_ml = content.amount if content.unit == "ml" else content.volume_ml
    if read.family == "small_injection" and volume_ml is not None and volume_ml >= LARGE_VOLUME_ML:
        presentation.family = "large_injection"
    if _can_be_kept(content):
        presentation.amount, presentation.amount_unit = content.amount, content.unit
        presentation.volume_ml, presentation.basis = content.volume_ml, content.basis
    return presentation


def _can_be_kept(content: Strength) -> bool:
    """Does the database hold the amount and the volume, and more than nothing of each?"""
    volume_ml = content.volume_ml if content.volume_ml is not None else Decimal(1)
    return Decimal("0.000001") <= content.amount < 10**12 - 1 and Decimal("0.001") <= volume_ml < 10**9 - 1
