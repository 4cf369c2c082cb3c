"""Who writes, approves and places requisitions."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.models import Requisition
from distribution.policies.roles import require_institution


def may_handle_requisition(actor: Actor, action: str, requisition: Requisition) -> None:
    """Buyers write, submit and cancel; an approver who is not the author approves or sends back; the run places.

    Raises:
        NotAllowed
    """
    if actor.is_platform:
        return
    if action == "place":
        raise NotAllowed(reason=_("only the distribution run places requisitions"))
    role = Role.APPROVER if action in ("approve", "return") else Role.BUYER
    if require_institution(actor, role) != requisition.institution_id:
        raise NotAllowed(reason=_("the requisition is another institution's"))
    if action == "approve":
        if actor.user_id is None:
            raise NotAllowed(reason=_("approval is given by a named person, not by a system"))
        if actor.user_id in (requisition.author_id, requisition.submitter_id):
            raise NotAllowed(reason=_("nobody approves their own requisition; ask another approver"))
        if actor.user_id == requisition.countersigner_id:
            raise NotAllowed(reason=_("it is above the limit of one approver; a second one has to approve it too"))
