"""Who holds which role, and who is a person."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed


def require_role(actor: Actor, role: Role) -> None:
    """Let pass whoever holds the role, and the platform itself.

    Raises:
        NotAllowed
    """
    if not (actor.is_platform or actor.has(role)):
        raise NotAllowed(reason=_("this needs the role “%(role)s”") % {"role": role.label})


def require_person(actor: Actor) -> int:
    """The user id of a named person: decisions are not made by machines.

    Raises:
        NotAllowed
    """
    if actor.user_id is None:
        raise NotAllowed(reason=_("this is decided by a named person, not by a system"))
    return actor.user_id


def require_supplier(actor: Actor) -> int:
    """The id of the supplier whose agent or system the actor is.

    Raises:
        NotAllowed
    """
    if actor.organization_id is None or not actor.has(Role.SUPPLIER_AGENT):
        raise NotAllowed(reason=_("this needs the role “%(role)s”") % {"role": Role.SUPPLIER_AGENT.label})
    return actor.organization_id


def require_institution(actor: Actor) -> int:
    """The id of the institution whose buyer or system the actor is.

    Raises:
        NotAllowed
    """
    if actor.organization_id is None or not actor.has(Role.BUYER):
        raise NotAllowed(reason=_("this needs the role “%(role)s”") % {"role": Role.BUYER.label})
    return actor.organization_id
