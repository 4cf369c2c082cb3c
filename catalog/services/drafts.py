"""Mending an edition as long as it is a draft: what is said about it, and what it lists by mistake."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import WrongState
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, refuse_stale, unit_of_work
from catalog.models import Edition, EditionEntry
from catalog.policies import may_handle_edition
from catalog.services.periods import period
from catalog.states import EditionStatus


def amend_draft(
    *,
    edition_id: int,
    title: str,
    source: str,
    decision: str,
    decided_on: date | None,
    valid_from: date,
    valid_until: date | None,
    announced_chemical: int | None,
    announced_tcm: int | None,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Edition:
    """Say anew what a draft is called, when it is to hold, and what its decision announced.

    Raises:
        WrongState: it is no draft any more.
        PeriodReversed, NotVisible, NotAllowed, Stale
    """
    said = {
        "title": title,
        "source": source,
        "decision": decision,
        "decided_on": decided_on,
        "validity": period(valid_from, valid_until),
        "announced_chemical": announced_chemical,
        "announced_tcm": announced_tcm,
    }
    with unit_of_work():
        edition = _draft(edition_id, actor, "amend")
        refuse_stale(edition, expected_version)
        changes = {name: [getattr(edition, name), value] for name, value in said.items()}
        changes = {name: [str(old), str(new)] for name, (old, new) in changes.items() if old != new}
        if not changes:
            return edition
        for name in changes:
            setattr(edition, name, said[name])
        edition.version += 1
        edition.save(update_fields=[*changes, "version", "updated_at"])
        record(actor=actor, action="edition.amend", subject=edition, at=at, changes=changes)
    return edition


def take_out_entry(*, entry_id: int, actor: Actor, at: datetime) -> Edition:
    """Take off a draft what does not belong on it.

    Raises:
        WrongState: the edition is no draft any more.
        NotVisible, NotAllowed
    """
    with unit_of_work():
        entry = find(EditionEntry.objects.select_related("medicine"), pk=entry_id)
        edition = _draft(entry.edition_id, actor, "amend")
        record(
            actor=actor,
            action="edition.take_out",
            subject=edition,
            at=at,
            changes={"entry": [f"{entry.get_part_display()} {entry}", None]},
        )
        entry.delete()
    return edition


def _draft(edition_id: int, actor: Actor, action: str) -> Edition:
    edition = lock(Edition.objects.all(), pk=edition_id)
    may_handle_edition(actor, action, edition)
    if edition.status != EditionStatus.DRAFT:
        raise WrongState(
            action=_("mend the draft"),
            status=EditionStatus(edition.status).label,
            allowed=EditionStatus.DRAFT.label,
        )
    return edition
