"""Who reads how well was delivered, and who has it judged."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.querysets import INSTITUTION_ROLES, OFFICERS, SELLERS, sees_everything


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose orders somebody may see measured: those of a province, of a firm, of an institution; None for all."""

    province_id: str | None = None
    firm_id: int | None = None
    institution_id: int | None = None


def performance_scope(actor: Actor, province_id: str | None = None) -> Scope:
    """Supervisors measure everything, officers their province, firms and institutions their own orders.

    Raises:
        NotAllowed: nobody of these, or an officer that asks for another province.
    """
    if sees_everything(actor):
        return Scope(province_id)
    if actor.has(*OFFICERS):
        return Scope(_own_province(actor, province_id))
    if actor.has(*SELLERS):
        return Scope(province_id, firm_id=actor.organization_id)
    if actor.has(*INSTITUTION_ROLES):
        return Scope(province_id, institution_id=actor.organization_id)
    raise NotAllowed(reason=_("deliveries are measured for those who take part in them and those who supervise them"))


def require_network_reader(actor: Actor, province_id: str | None) -> str:
    """The province whose supply network an officer or a supervisor asks about; an officer's own where none is named.

    Raises:
        NotAllowed
    """
    if sees_everything(actor):
        if province_id is None:
            raise NotAllowed(reason=_("say which province you ask about"))
        return province_id
    if not actor.has(*OFFICERS):
        raise NotAllowed(reason=_("the gaps of the supply network are for officers and supervisors"))
    return _own_province(actor, province_id)


def _own_province(actor: Actor, province_id: str | None) -> str:
    if province_id not in (None, actor.province):
        raise NotAllowed(reason=_("this is another province's"))
    return actor.province


def may_draw_scorecards(actor: Actor, province_id: str) -> None:
    """Officers of the province, and the platform's timetable.

    Raises:
        NotAllowed
    """
    if actor.is_platform:
        return
    if not actor.has(Role.PROCUREMENT_OFFICER) or actor.province != province_id:
        raise NotAllowed(reason=_("only officers of the province have its scorecards drawn"))
