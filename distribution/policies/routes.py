"""Who says which way a carrier takes."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed


def may_plan_routes(actor: Actor, carrier_id: int, province_id: str) -> None:
    """The carrier itself, and officers of the province that the route lies in.

    Raises:
        NotAllowed
    """
    is_own = actor.organization_id == carrier_id and actor.has(Role.DISTRIBUTOR_AGENT, Role.SUPPLIER_AGENT)
    if not is_own and not (actor.has(Role.PROCUREMENT_OFFICER) and actor.province == province_id):
        raise NotAllowed(reason=_("a carrier plans its own routes, or an officer of the province does"))
