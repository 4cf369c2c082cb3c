"""Which medicines a group on the list stands for: 抗蛇毒血清 is listed, its members are not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import WrongState
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, unit_of_work
from catalog.models import Edition, EditionEntry, Medicine
from catalog.policies import may_handle_edition
from catalog.states import EditionStatus

# The list names the group alone: which medicines belong to it is found as they are registered, so also after the
# edition is published. What a past edition held to be essential is not rewritten.
OPEN_STATES = (EditionStatus.DRAFT, EditionStatus.PUBLISHED, EditionStatus.IN_FORCE)


def set_group_members(*, entry_id: int, medicines: Collection[Medicine], actor: Actor, at: datetime) -> EditionEntry:
    """Say which medicines a group on the list stands for, in place of those named until now.

    Raises:
        NotVisible: no such group.
        WrongState: the edition is superseded or discarded.
        NotAllowed
    """
    with unit_of_work():
        entry = find(EditionEntry.objects.filter(is_group=True).select_related("medicine"), pk=entry_id)
        edition = lock(Edition.objects.all(), pk=entry.edition_id)
        may_handle_edition(actor, "set_members", edition)
        if edition.status not in OPEN_STATES:
            raise WrongState(
                action=_("set the members"),
                status=EditionStatus(edition.status).label,
                allowed=", ".join(str(status.label) for status in OPEN_STATES),
            )
        before = sorted(entry.members.values_list("name", flat=True))
        after = sorted(medicine.name for medicine in medicines)
        if before != after:
            entry.members.set(medicines)
            record(
                actor=actor,
                action="edition_entry.set_members",
                subject=entry,
                at=at,
                changes={"members": [before, after]},
            )
    return entry
