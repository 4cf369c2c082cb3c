"""Editions of the list with what tests of its pages need, made by the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from catalog.foundation.actor import Actor
from catalog.models import Edition, EditionEntry
from catalog.services.edition_entries import Listing, write_entries
from catalog.services.editions import draft_edition, publish_edition
from tests.cast import Cast
from tests.factories import NOW

ANTIBIOTICS = ("一、抗微生物药", "(一)青霉素类")


def listing(number: int = 6, name: str = "阿莫西林", *presentations: tuple[str, str], **changed: Any) -> Listing:
    """What an edition says of a medicine; by default a chemical one among the penicillins, as 0.25 g capsules.

    A group is listed without form and strength.
    """
    values: dict[str, Any] = {"part": "chemical", "section": ANTIBIOTICS} | changed
    listed = presentations or (() if values.get("is_group") else (("胶囊", "0.25g"),))
    return Listing(number=number, name=name, presentations=list(listed), **values)


def drafted(
    code: str, listings: Sequence[Listing], actor: Actor, *, since: int = 2018, announced: int | None = None
) -> Edition:
    """A draft that lists these."""
    edition = draft_edition(
        code=code,
        title=f"国家基本药物目录（{code}年版）",
        source="国卫药政发",
        valid_from=date(since, 11, 1),
        valid_until=None,
        announced_chemical=announced,
        actor=actor,
        at=NOW,
    )
    write_entries(edition, listings)
    return edition


def published(code: str, listings: Sequence[Listing], cast: Cast, *, since: int = 2018) -> Edition:
    """In force since then; the one before ends there."""
    edition = drafted(code, listings, cast.officer, since=since)
    return publish_edition(edition_id=edition.pk, actor=cast.second_officer, at=NOW)


def entry_of(edition: Edition, medicine: str) -> EditionEntry:
    """The medicine's own entry."""
    return edition.entries.get(medicine__name=medicine, is_repeat=False)
