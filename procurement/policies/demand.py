"""What is done to demand."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from procurement.models import (
    DemandReport,
    DemandRound,
)
from procurement.policies.roles import require_person, require_role
from procurement.queries.demand import county_authority_of
from procurement.states import DemandReportStatus


def require_reporter(actor: Actor) -> int:
    """The id of the organization whose demand or use the actor tells: an institution's, or an agency's sum.

    Raises:
        NotAllowed
    """
    if actor.organization_id is None or not actor.has(Role.BUYER, Role.PROCUREMENT_OFFICER):
        raise NotAllowed(reason=_("this needs the role “%(role)s”") % {"role": Role.BUYER.label})
    return actor.organization_id


def may_revise_demand(actor: Actor, action: str, report: DemandReport) -> None:
    """The organization whose report it is: ``report_demand`` looks for no other.

    Raises:
        NotAllowed
    """
    require_reporter(actor)


def may_close_demand_round(actor: Actor, action: str, demand_round: DemandRound) -> None:
    """Officers of the agency that asks.

    Raises:
        NotAllowed
    """
    require_role(actor, Role.PROCUREMENT_OFFICER)
    if demand_round.agency_id != actor.organization_id:
        raise NotAllowed(reason=_("the demand round was opened by another agency"))


def may_confirm_demand(actor: Actor, action: str, report: DemandReport) -> None:
    """The county's health officer, then an officer of the province's agency; nobody confirms what they reported.

    Whose county and province it is, the rows that the actor sees say.

    Raises:
        NotAllowed: also while the county, which comes first, has not confirmed.
    """
    person = require_person(actor)
    require_role(actor, Role.HEALTH_OFFICER if action == "confirm_for_county" else Role.PROCUREMENT_OFFICER)
    if report.reported_by_id == person:
        raise NotAllowed(reason=_("who reported does not confirm; a second officer does"))
    if action == "confirm" and report.status == DemandReportStatus.SUBMITTED:
        authority = county_authority_of(report)
        if authority is not None:
            raise NotAllowed(reason=_("%(authority)s confirms this report first") % {"authority": authority})


def may_return_demand(actor: Actor, action: str, report: DemandReport) -> None:
    """Whoever may confirm it; what the province has confirmed, the province's officers alone.

    Raises:
        NotAllowed
    """
    require_person(actor)
    if report.status == DemandReportStatus.CONFIRMED or not actor.has(Role.HEALTH_OFFICER):
        require_role(actor, Role.PROCUREMENT_OFFICER)
