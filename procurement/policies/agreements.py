"""What is done to agreements and urgent purchases."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from procurement.models import (
    Agreement,
    EmergencyPurchase,
)
from procurement.policies.roles import require_person, require_role


def may_judge_purchase(actor: Actor, action: str, purchase: EmergencyPurchase) -> None:
    """A named officer of the institution's province, whose purchases are the ones they see.

    Raises:
        NotAllowed
    """
    require_person(actor)
    require_role(actor, Role.PROCUREMENT_OFFICER)


def may_run_agreement(actor: Actor, action: str, agreement: Agreement) -> None:
    """Officers of the agency that concluded it.

    Raises:
        NotAllowed
    """
    require_role(actor, Role.PROCUREMENT_OFFICER)
    if not actor.is_platform and agreement.agency_id != actor.organization_id:
        raise NotAllowed(reason=_("the agreement is another agency's"))
