"""Who reports a shortage, who announces a stop, and who answers."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.models import ShortageItem
from distribution.querysets import INSTITUTION_ROLES, OFFICERS


def require_reporter(actor: Actor) -> int:
    """The id of the actor's institution, for whoever works in it.

    Raises:
        NotAllowed
    """
    if not actor.has(*INSTITUTION_ROLES) or actor.organization_id is None:
        raise NotAllowed(reason=_("only institutions report a shortage"))
    return actor.organization_id


def require_producer(actor: Actor) -> int:
    """The id of the actor's firm, for a supplier's agent.

    Raises:
        NotAllowed
    """
    if not actor.has(Role.SUPPLIER_AGENT) or actor.organization_id is None:
        raise NotAllowed(reason=_("only producers announce a stop of production"))
    return actor.organization_id


def may_handle_shortage(actor: Actor, action: str, item: ShortageItem) -> None:
    """Named officers of the province.

    Raises:
        NotAllowed
    """
    if not actor.has(*OFFICERS) or actor.province != item.province_id:
        raise NotAllowed(reason=_("shortages are answered by officers of the province"))
    if actor.user_id is None:
        raise NotAllowed(reason=_("this is decided by a named person, not by a system"))
