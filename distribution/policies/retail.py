"""Who has retail prices checked, and who hands files of them in."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed


def may_sweep_retail(actor: Actor, province_id: str) -> None:
    """Officers of the province, and the platform's timetable.

    Raises:
        NotAllowed
    """
    if actor.is_platform:
        return
    if not actor.has(Role.PROCUREMENT_OFFICER) or actor.province != province_id:
        raise NotAllowed(reason=_("only officers of the province have its retail prices checked"))


def may_hand_in_retail(actor: Actor) -> None:
    """Pharmacists for their institution, officers for those of their province, the platform's own command.

    Raises:
        NotAllowed
    """
    if not actor.is_platform and not actor.has(Role.PHARMACIST, Role.PROCUREMENT_OFFICER):
        raise NotAllowed(reason=_("retail prices are handed in by pharmacists and by officers of the province"))
