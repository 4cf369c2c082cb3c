"""Who reads how much of essential medicines is used, and who has it reckoned."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.querysets import INSTITUTION_ROLES, OFFICERS, sees_everything


def may_reckon_use(actor: Actor, province_id: str) -> None:
    """Officers of the province, and the platform's timetable.

    Raises:
        NotAllowed
    """
    if actor.is_platform:
        return
    if not actor.has(*OFFICERS) or actor.province != province_id:
        raise NotAllowed(reason=_("only officers of the province have its use of medicines reckoned"))


def use_scope(actor: Actor, province_id: str | None) -> tuple[str | None, int | None]:
    """The province and the institution whose use somebody may read; none of either for all.

    Supervisors read everything, officers their province, institutions themselves.

    Raises:
        NotAllowed: nobody of these, or an officer that asks for another province.
    """
    if sees_everything(actor):
        return province_id, None
    if actor.has(*OFFICERS):
        if province_id not in (None, actor.province):
            raise NotAllowed(reason=_("this is another province's"))
        return actor.province, None
    if actor.has(*INSTITUTION_ROLES):
        return actor.province, actor.organization_id
    raise NotAllowed(reason=_("the use of medicines is for institutions, officers and supervisors"))
