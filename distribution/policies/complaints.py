"""Who complains, who answers and who decides."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.models import Complaint
from distribution.querysets import INSTITUTION_ROLES, OFFICERS, SELLERS

# Whoever acts for an institution or a firm: they complain and are complained about.
PARTIES = (*INSTITUTION_ROLES, *SELLERS)


def require_party(actor: Actor) -> int:
    """The id of the actor's organization, for whoever acts for an institution or a firm.

    Raises:
        NotAllowed
    """
    if not actor.has(*PARTIES) or actor.organization_id is None:
        raise NotAllowed(reason=_("complaints are between institutions, suppliers and distributors"))
    return actor.organization_id


def may_handle_complaint(actor: Actor, action: str, complaint: Complaint) -> None:
    """Officers of the province accept, reject and decide; whom it is about answers; who complains withdraws.

    Raises:
        NotAllowed
    """
    if action == "answer":
        if require_party(actor) != complaint.about_id:
            raise NotAllowed(reason=_("only the one whom the complaint is about answers it"))
    elif action == "withdraw":
        if require_party(actor) != complaint.complainant_id:
            raise NotAllowed(reason=_("only the one who complains withdraws it"))
    elif not actor.has(*OFFICERS) or actor.province != complaint.province_id:
        raise NotAllowed(reason=_("complaints are decided by officers of the province"))
    elif actor.user_id is None:
        raise NotAllowed(reason=_("this is decided by a named person, not by a system"))
