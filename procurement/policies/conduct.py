"""What is done to conduct records."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from procurement.models import (
    ConductRecord,
)
from procurement.policies.roles import require_person, require_role


def may_record_conduct(actor: Actor, action: str, record: ConductRecord) -> None:
    """A named supervisor, or an officer of the province in which it was recorded.

    The platform proposes what its own figures of deliveries show, and nothing else.

    Raises:
        NotAllowed
    """
    if actor.is_platform and action == "propose" and record.offence == ConductRecord.Offence.FAILED_SUPPLY:
        return
    require_person(actor)
    if actor.has(Role.SUPERVISOR):
        return
    require_role(actor, Role.PROCUREMENT_OFFICER)
    if actor.province != record.recorded_in_id:
        raise NotAllowed(reason=_("conduct in another province is recorded by its officers or a supervisor"))


def may_confirm_conduct(actor: Actor, action: str, record: ConductRecord) -> None:
    """Who may record it, but not the one who proposed it: four eyes over every firm that is barred.

    Raises:
        NotAllowed
    """
    may_record_conduct(actor, action, record)
    if require_person(actor) == record.proposed_by_id:
        raise NotAllowed(reason=_("who proposed the record does not put it into force; a second person does"))
