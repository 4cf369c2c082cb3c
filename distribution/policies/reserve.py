"""Who decides on the reserve, keeps it and releases it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from distribution.models import ReservePlan, ReserveRelease
from distribution.policies.stock import KEEPER_ROLES
from distribution.querysets import OFFICERS


def may_plan_reserve(actor: Actor, province_id: str) -> None:
    """Procurement and health officers of the province.

    Raises:
        NotAllowed
    """
    if not actor.has(*OFFICERS) or actor.province != province_id:
        raise NotAllowed(reason=_("only officers of the province decide on its reserve"))


def may_keep_reserve(actor: Actor, plan: ReservePlan) -> None:
    """Whoever answers for the holder's stock.

    Raises:
        NotAllowed
    """
    if not actor.has(*KEEPER_ROLES) or actor.organization_id != plan.holder_id:
        raise NotAllowed(reason=_("only the holder of a reserve puts in and takes out"))


def may_handle_release(actor: Actor, action: str, release: ReserveRelease) -> None:
    """An officer approves what another ordered, or drops it; the holder issues.

    Raises:
        NotAllowed
    """
    if action == "issue":
        may_keep_reserve(actor, release.plan)
        return
    may_plan_reserve(actor, release.plan.province_id)
    if action == "approve":
        if actor.user_id is None:
            raise NotAllowed(reason=_("approval is given by a named person, not by a system"))
        if actor.user_id == release.ordered_by_id:
            raise NotAllowed(reason=_("nobody approves the release that they ordered; ask another officer"))
