"""What an edition lists: reading the rows of its sheet, and writing its entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.foundation.imports import (
    Checked,
    DuplicateRow,
    Table,
    check,
)
from catalog.models import Edition, EditionEntry, ListSection, Presentation
from catalog.rules.listing import parse_listing
from catalog.services.edition_columns import COLUMNS, SECTION_COLUMNS
from catalog.services.medicines import register_medicines
from catalog.services.presentations import register_presentations
from catalog.states import ListPart

SECTION_SEPARATOR = " › "
# What a listing says of an entry.
LISTED = (
    "part",
    "number",
    "section",
    "is_repeat",
    "is_group",
    "specialist_guidance",
    "note",
    "forms_text",
    "forms_without_strength",
)


@dataclass(slots=True)
class Listing:
    """What an edition says of one medicine in one section; ``presentations`` are pairs of form and strength."""

    part: str
    number: int
    name: str
    section: tuple[str, ...]
    inn: str = ""
    atc: str = ""
    is_repeat: bool = False
    is_group: bool = False
    specialist: bool = False
    note: str = ""
    forms_text: str = ""
    presentations: list[tuple[str, str]] = field(default_factory=list)
    forms_without_strength: list[str] = field(default_factory=list)

    @property
    def place(self) -> tuple[str, int, str, tuple[str, ...]]:
        """Where it stands in the edition."""
        return self.part, self.number, self.name, self.section


def check_edition_table(table: Table) -> Checked:
    """Check a sheet with one row per medicine, or one per medicine, form and strength.

    Rows of one list number must agree on the medicine, and a medicine has one number.

    Raises:
        MissingColumns
    """
    key = ("part", "number", *SECTION_COLUMNS, "form", "strength")
    checked = check(table, COLUMNS, key=key)
    name_of: dict[tuple[str, int], tuple[int, str]] = {}
    place_of: dict[str, tuple[int, tuple[str, int]]] = {}
    for number, row in checked.rows:
        place = (row["part"], row["number"])
        first, name = name_of.setdefault(place, (number, row["name"]))
        if name != row["name"]:
            checked.add(number, DuplicateRow(row=number, first=first, key=f"{row['part']} · {row['number']}"))
            continue
        first, first_place = place_of.setdefault(row["name"], (number, place))
        if first_place != place:
            checked.add(number, DuplicateRow(row=number, first=first, key=row["name"]))
    return checked


def listings_of(rows: Iterable[dict[str, Any]]) -> list[Listing]:
    """The rows of a checked sheet as entries: those of one medicine in one section become one.

    The first section in which a medicine stands is its own; in any other it is listed again.
    """
    found: dict[tuple[str, int, str, tuple[str, ...]], Listing] = {}
    own_section: dict[tuple[str, int], tuple[str, ...]] = {}
    for row in rows:
        section = section_of(row)
        listing = Listing(part=row["part"], number=row["number"], name=row["name"], section=section)
        listing = found.setdefault(listing.place, listing)
        own = own_section.setdefault((listing.part, listing.number), section) if not row["repeat"] else None
        listing.is_repeat = row["repeat"] or own != section
        listing.inn, listing.atc = listing.inn or row["inn"], listing.atc or row["atc"]
        listing.is_group = listing.is_group or row["group"]
        listing.specialist = listing.specialist or row["specialist"]
        listing.note = listing.note or row["note"]
        _add_forms(listing, row)
    return list(found.values())


def section_of(row: dict[str, Any]) -> tuple[str, ...]:
    """The names of the sections that a row stands in, from the widest on."""
    return tuple(row[name] for name in SECTION_COLUMNS if row[name])


def _add_forms(listing: Listing, row: dict[str, Any]) -> None:
    text = row["forms_and_strengths"]
    if row["form"]:
        if row["strength"]:
            listing.presentations.append((row["form"], row["strength"]))
        else:
            listing.forms_without_strength.append(row["form"])
    if text:
        listing.forms_text = text
        for form in parse_listing(text).forms:
            if not form.strengths:
                listing.forms_without_strength.append(form.form)
            listing.presentations += [(form.form, strength.text) for strength in form.strengths]


def write_entries(edition: Edition, listings: Collection[Listing]) -> list[EditionEntry]:
    """Put entries on a draft, in the order of the listings; part of the caller's transaction.

    An entry that stood there is brought up to date and keeps its findings and, as a group, its members: that of the
    medicine in the same section, or else its own one, which moves.
    """
    medicines = register_medicines(
        {item.name: "" for item in listings} | {item.name: item.inn for item in reversed(list(listings)) if item.inn},
        atc_of_name={item.name: item.atc for item in reversed(list(listings)) if item.atc},
        traditional={item.name for item in listings if item.part == ListPart.TCM},
    )
    presentations = register_presentations(
        [(medicines[item.name].pk, form, strength) for item in listings for form, strength in item.presentations]
    )
    sections = _write_sections(edition, listings)
    places = [(medicines[item.name].pk, sections[item.part, item.section].pk) for item in listings]
    standing = _take_standing(edition, listings, places)
    entries = [
        standing.pop(place) if place in standing else EditionEntry(edition=edition, medicine_id=place[0])
        for place in places
    ]
    for entry, item in zip(entries, listings, strict=True):
        entry.medicine = medicines[item.name]
        entry.part = item.part
        entry.number = item.number
        entry.section = sections[item.part, item.section]
        entry.is_repeat = item.is_repeat
        entry.is_group = item.is_group
        entry.specialist_guidance = item.specialist
        entry.note = item.note
        entry.forms_text = item.forms_text
        entry.forms_without_strength = list(dict.fromkeys(item.forms_without_strength))
    known = [entry for entry in entries if entry.pk]
    EditionEntry.objects.bulk_update(known, LISTED, batch_size=500)
    EditionEntry.objects.bulk_create(entry for entry in entries if not entry.pk)
    EditionEntry.members.through.objects.filter(
        editionentry__in=[entry.pk for entry in known if not entry.is_group]
    ).delete()
    link = EditionEntry.presentations.through
    link.objects.filter(editionentry__in=[entry.pk for entry in known]).delete()
    link.objects.bulk_create(
        link(editionentry_id=entry.pk, presentation_id=presentation_id)
        for entry, item in zip(entries, listings, strict=True)
        for presentation_id in dict.fromkeys(_ids(item, medicines[item.name].pk, presentations))
    )
    return entries


def _take_standing(
    edition: Edition, listings: Collection[Listing], places: Collection[tuple[int, int]]
) -> dict[tuple[int, int], EditionEntry]:
    """The entries that stood there by the place (medicine and section) that each is to have.

    They give up their numbers, which others of them may be given; own entries that the listings move away from are
    deleted.
    """
    own = {place[0]: place for place, item in zip(places, listings, strict=True) if not item.is_repeat}
    standing = list(edition.entries.filter(medicine__in={medicine_id for medicine_id, _section_id in places}))
    wanted = set(places)
    taken = {
        (entry.medicine_id, entry.section_id): entry
        for entry in standing
        if (entry.medicine_id, entry.section_id) in wanted
    }
    left = [
        entry
        for entry in standing
        if not entry.is_repeat and entry.medicine_id in own and (entry.medicine_id, entry.section_id) not in wanted
    ]
    moved = {own[entry.medicine_id]: entry for entry in left if own[entry.medicine_id] not in taken}
    kept = taken | moved
    EditionEntry.objects.filter(pk__in={entry.pk for entry in left} - {entry.pk for entry in moved.values()}).delete()
    # both what numbers and what medicines are unique by is said of own entries alone
    EditionEntry.objects.filter(pk__in=[entry.pk for entry in kept.values()]).update(is_repeat=True)
    return kept


def _ids(item: Listing, medicine_id: int, presentations: dict[tuple[int, str, str], Presentation]) -> Iterable[int]:
    return (presentations[medicine_id, form, strength].pk for form, strength in item.presentations)


def _write_sections(edition: Edition, listings: Collection[Listing]) -> dict[tuple[str, tuple[str, ...]], ListSection]:
    """The sections that the entries stand in, with those above them, made level by level."""
    wanted: dict[tuple[str, tuple[str, ...]], None] = {}
    for item in listings:
        for depth in range(1, len(item.section) + 1):
            wanted[item.part, item.section[:depth]] = None
    sections = {
        (section.part, tuple(section.path.split(SECTION_SEPARATOR))): section for section in edition.sections.all()
    }
    position = len(sections)
    by_depth: dict[int, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for key in wanted:
        if key not in sections:
            by_depth[len(key[1])].append(key)
    for depth in sorted(by_depth):
        new: Sequence[ListSection] = [
            ListSection(
                edition=edition,
                part=part,
                parent=sections[part, names[:-1]] if depth > 1 else None,
                name=names[-1],
                path=SECTION_SEPARATOR.join(names),
                position=position + place,
            )
            for place, (part, names) in enumerate(by_depth[depth])
        ]
        position += len(new)
        for key, section in zip(by_depth[depth], ListSection.objects.bulk_create(new), strict=True):
            sections[key] = section
    return sections
