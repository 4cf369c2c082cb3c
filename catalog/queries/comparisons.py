"""What one edition of the list says otherwise than another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from catalog.foundation.text import normalise
from catalog.models import Edition, EditionEntry, Presentation
from catalog.rules.forms import read_form

# 一、 and (二) number the classes of one edition; a class put in between moves them all.
_NUMBERING = re.compile(r"^(?:[一二三四五六七八九十百]+、|\([一二三四五六七八九十百]+\))")
_BETWEEN_SECTIONS = re.compile(r"\s*›\s*")


class Aspect(models.TextChoices):
    """What two editions can say otherwise of a medicine; its number is shown, and says nothing by itself."""

    PRESENTATIONS = "presentations", _("presentations")
    FORMS = "forms", _("dosage forms")
    PART = "part", _("part")
    SECTION = "section", _("section")
    REPEATS = "repeats", _("listed again in")
    SPECIALIST = "specialist", _("under specialist guidance (△)")
    NOTE = "note", _("note")


@dataclass(frozen=True, slots=True)
class Change:
    """One aspect: what only the old edition says, and what only the new one says; a mark is there (△) or not."""

    aspect: Aspect
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """A medicine that both editions list, otherwise."""

    old: EditionEntry
    new: EditionEntry
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The new edition against the old one; each medicine counts once however often it is listed again."""

    old: Edition
    new: Edition
    added: tuple[EditionEntry, ...]
    removed: tuple[EditionEntry, ...]
    changed: tuple[ChangedEntry, ...]
    unchanged: int


def compare_editions(old: Edition, new: Edition) -> Comparison:
    """What the new edition adds, removes and changes, in the order of the lists; two queries however long they are.

    Presentations are compared by their likeness: another spelling of the same form and strength is no change.
    """
    entries: dict[int, dict[int, list[EditionEntry]]] = {old.pk: defaultdict(list), new.pk: defaultdict(list)}
    rows = (
        EditionEntry.objects.filter(edition__in={old.pk, new.pk})
        .select_related("medicine", "section")
        .prefetch_related(Prefetch("presentations", Presentation.objects.only("form", "strength", "likeness")))
        .order_by("part", "number", "is_repeat", "pk")
    )
    for entry in rows:
        entries[entry.edition_id][entry.medicine_id].append(entry)
    before, after = entries[old.pk], entries[new.pk]
    common = [
        ChangedEntry(before[medicine][0], listed[0], _changes(before[medicine], listed))
        for medicine, listed in after.items()
        if medicine in before
    ]
    changed = tuple(item for item in common if item.changes)
    return Comparison(
        old=old,
        new=new,
        added=tuple(listed[0] for medicine, listed in after.items() if medicine not in before),
        removed=tuple(listed[0] for medicine, listed in before.items() if medicine not in after),
        changed=changed,
        unchanged=len(common) - len(changed),
    )


def _changes(old: list[EditionEntry], new: list[EditionEntry]) -> tuple[Change, ...]:
    mine, theirs = _said(old), _said(new)
    changes = []
    for aspect in Aspect:
        before, after = mine[aspect], theirs[aspect]
        if before.keys() != after.keys():
            gone = tuple(text for key, text in before.items() if key not in after)
            come = tuple(text for key, text in after.items() if key not in before)
            changes.append(Change(aspect, gone, come))
    return tuple(changes)


def _said(entries: list[EditionEntry]) -> dict[Aspect, dict[str, str]]:
    """What an edition says of a medicine, by aspect: each statement by its key, in the words of the list."""
    own, *repeats = entries
    listed = [item for entry in entries for item in entry.presentations.all()]
    forms = [*(item.form for item in listed), *(form for entry in entries for form in entry.forms_without_strength)]
    is_specialist = any(entry.specialist_guidance for entry in entries)
    return {
        Aspect.PRESENTATIONS: {
            item.likeness or normalise(f"{item.form}|{item.strength}"): f"{item.form} {item.strength}"
            for item in listed
        },
        Aspect.FORMS: {read_form(form).name: read_form(form).name for form in forms},
        Aspect.PART: {own.part: own.get_part_display()},
        Aspect.SECTION: _sections([own]),
        Aspect.REPEATS: _sections(repeats),
        Aspect.SPECIALIST: {"△": "△"} if is_specialist else {},
        Aspect.NOTE: {normalise(entry.note): entry.note for entry in entries if entry.note},
    }


def _sections(entries: Iterable[EditionEntry]) -> dict[str, str]:
    """The sections by their names without the numbering."""
    paths = [entry.section.path for entry in entries]
    return {
        "›".join(_NUMBERING.sub("", normalise(name)) for name in _BETWEEN_SECTIONS.split(path)): path for path in paths
    }
