"""Who says who delivers where, and who must."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from catalog.policies import require_province
from distribution.models import Entrustment


def require_entruster(actor: Actor) -> int:
    """The id of the supplier whose agent or system the actor is.

    Raises:
        NotAllowed
    """
    if not actor.has(Role.SUPPLIER_AGENT) or actor.organization_id is None:
        raise NotAllowed(reason=_("a supplier entrusts its own deliveries"))
    return actor.organization_id


def may_end_entrustment(actor: Actor, entrustment: Entrustment) -> None:
    """The supplier that filed it, or an officer of the province.

    Raises:
        NotAllowed
    """
    if actor.has(Role.SUPPLIER_AGENT) and actor.organization_id == entrustment.supplier_id:
        return
    require_province(actor, entrustment.region.province_id)


def may_give_duties(actor: Actor, provinces: Iterable[str]) -> None:
    """An officer of the province in which all the townships lie.

    Raises:
        NotAllowed
    """
    for province_id in provinces:
        require_province(actor, province_id)
