"""Who sees what for being who they are."""

from __future__ import annotations

from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor


def sees_everything(actor: Actor) -> bool:
    """Supervisors and the platform's own work."""
    return actor.is_platform or actor.has(Role.SUPERVISOR)


def of_agency(actor: Actor) -> Q:
    """What belongs to a tender of the officer's own agency."""
    is_officer = actor.has(Role.PROCUREMENT_OFFICER) and actor.organization_id is not None
    return Q(tender__agency_id=actor.organization_id) if is_officer else Q(pk__in=[])


def parties_of(actor: Actor, lot: str, bid: str) -> Q:
    """The agency's officers, and the bidder; ``lot`` and ``bid`` lead there."""
    parties = Q(pk__in=[])
    if actor.has(Role.PROCUREMENT_OFFICER):
        parties |= Q(**{f"{lot}__tender__agency_id": actor.organization_id})
    if actor.has(Role.SUPPLIER_AGENT):
        parties |= Q(**{f"{bid}__supplier_id": actor.organization_id})
    return parties
