"""What somebody does in an institution."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed


def require_institution(actor: Actor, role: Role) -> int:
    """The id of the actor's institution, for somebody with the role in it.

    Raises:
        NotAllowed
    """
    if not actor.has(role) or actor.organization_id is None:
        raise NotAllowed(reason=_("this needs the role “%(role)s” in the institution") % {"role": role.label})
    return actor.organization_id
