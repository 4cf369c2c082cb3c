"""Who has reports of supervision made."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed


def may_ask_for_report(actor: Actor, province_id: str) -> None:
    """Officers of the province, and the platform's timetable.

    Raises:
        NotAllowed
    """
    if actor.is_platform:
        return
    if not actor.has(Role.PROCUREMENT_OFFICER) or actor.province != province_id:
        raise NotAllowed(reason=_("only officers of the province have its reports made"))
