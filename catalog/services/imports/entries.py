"""The entries of an edition of the list out of a file, put on a draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.errors import ListNumberTaken
from catalog.foundation.imports import text_up_to
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock
from catalog.models import Edition, EditionEntry
from catalog.services.edition_columns import COLUMNS, SECTION_COLUMNS
from catalog.services.edition_entries import (
    SECTION_SEPARATOR,
    Listing,
    listings_of,
    section_of,
    write_entries,
)
from catalog.services.imports.kinds import Context, Kind, Option, Planned, Row, compared, refused
from catalog.states import EditionStatus

Place = tuple[str, int, str, tuple[str, ...]]


def draft_of(context: Context) -> Edition:
    """The draft that the file is for.

    Raises:
        NotVisible: there is no such draft.
    """
    return find(Edition.objects.filter(status=EditionStatus.DRAFT), code=context.options["edition"])


@dataclass(slots=True)
class Survey:
    """The file's entries by their place, its rows of one medicine and section taken together.

    ``names`` are the medicines by part and number, ``places`` the part and number by medicine, as first said.
    """

    listings: dict[Place, Listing]
    names: dict[tuple[str, int], str] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)


def survey(rows: Iterable[dict[str, Any]]) -> Survey:
    found = Survey({listing.place: listing for listing in listings_of(rows)})
    for part, number, name, _section in found.listings:
        found.names.setdefault((part, number), name)
        found.places.setdefault(name, (part, number))
    return found


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    standing = {
        (entry.part, entry.number, entry.medicine.name, tuple(entry.section.path.split(SECTION_SEPARATOR))): entry
        for entry in draft_of(context)
        .entries.filter(number__in={row["number"] for _number, row in rows})
        .select_related("medicine", "section")
        .prefetch_related("presentations")
    }
    holders = {
        (part, number): name for (part, number, name, _section), entry in standing.items() if not entry.is_repeat
    }
    planned = []
    for number, row in rows:
        part_and_number = (row["part"], row["number"])
        if context.surveyed.names[part_and_number] != row["name"]:
            key = f"{row['part']} · {row['number']} · {context.surveyed.names[part_and_number]}"
            planned.append(refused(number, ListNumberTaken(row=number, key=key)))
        elif context.surveyed.places[row["name"]] != part_and_number:
            key = " · ".join(map(str, context.surveyed.places[row["name"]]))
            planned.append(refused(number, ListNumberTaken(row=number, key=f"{key} · {row['name']}")))
        elif holders.get(part_and_number, row["name"]) not in (row["name"], *context.surveyed.places):
            key = f"{row['part']} · {row['number']} · {holders[part_and_number]}"
            planned.append(refused(number, ListNumberTaken(row=number, key=key)))
        else:
            listing = context.surveyed.listings[_place_of(row)]
            entry = standing.get(listing.place)
            before = _as_it_stands(entry) if entry else None
            planned.append(compared(number, before, _as_listed(listing, before or {})))
    return planned


def _place_of(row: dict[str, Any]) -> Place:
    return row["part"], row["number"], row["name"], section_of(row)


def _as_it_stands(entry: EditionEntry) -> dict[str, Any]:
    return {
        "specialist": entry.specialist_guidance,
        "repeat": entry.is_repeat,
        "group": entry.is_group,
        "note": entry.note,
        "presentations": sorted(f"{item.form} {item.strength}" for item in entry.presentations.all()),
        "forms_without_strength": sorted(entry.forms_without_strength),
        "inn": entry.medicine.inn,
        "atc": entry.medicine.atc,
    }


def _as_listed(listing: Listing, before: dict[str, Any]) -> dict[str, Any]:
    """As the entry would be; an INN or an ATC code that its medicine has is left alone."""
    return {
        "specialist": listing.specialist,
        "repeat": listing.is_repeat,
        "group": listing.is_group,
        "note": listing.note,
        "presentations": sorted({f"{form} {strength}" for form, strength in listing.presentations}),
        "forms_without_strength": sorted(set(listing.forms_without_strength)),
        "inn": before.get("inn") or listing.inn,
        "atc": before.get("atc") or listing.atc,
    }


def write(rows: Sequence[Row], context: Context) -> None:
    edition = lock(Edition.objects.filter(status=EditionStatus.DRAFT), code=context.options["edition"])
    places = dict.fromkeys(_place_of(row) for _number, row in rows)
    entries = write_entries(edition, [context.surveyed.listings[place] for place in places])
    record(
        actor=context.actor,
        action="edition.fill",
        subject=edition,
        at=context.at,
        changes={"entries": [None, len(entries)]},
    )


def _drafts() -> Iterable[tuple[str, str]]:
    drafts = Edition.objects.filter(status=EditionStatus.DRAFT).order_by("-validity")
    return [(edition.code, str(edition)) for edition in drafts]


ENTRIES = Kind(
    name="entries",
    label=_("entries of the list"),
    help=_("One row per medicine of an edition that is a draft, its forms and strengths as the list writes them."),
    columns=COLUMNS,
    key=("part", "number", *SECTION_COLUMNS, "form", "strength"),
    plan=plan,
    write=write,
    options=[Option("edition", _("draft"), text_up_to(20), choices=_drafts)],
    admit=draft_of,
    survey=survey,
    is_whole=True,
)
