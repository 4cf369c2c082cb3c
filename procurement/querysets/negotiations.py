"""Negotiations and urgent purchases."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from procurement.querysets.parties import parties_of, sees_everything
from procurement.states import (
    LotStatus,
    NegotiationStatus,
)


class NegotiationQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The agency, the bidder and supervisors; everybody those that led to an award."""
        if sees_everything(actor):
            return self
        result = Q(status=NegotiationStatus.AGREED, lot__status=LotStatus.AWARDED)
        return self.filter(parties_of(actor, "lot", "bid") | result)

    def of_supplier(self, actor: Actor) -> Self:
        """Those with the supplier itself."""
        return self.filter(bid__supplier_id=actor.organization_id) if actor.organization_id else self.none()


class NegotiationRoundQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """What was said is read by the agency, the bidder and supervisors alone."""
        if sees_everything(actor):
            return self
        return self.filter(parties_of(actor, "negotiation__lot", "negotiation__bid"))


class EmergencyPurchaseQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """An institution's own; officers those of their province's institutions; supervisors all."""
        if sees_everything(actor):
            return self
        own = Q(institution_id=actor.organization_id) if actor.organization_id else Q(pk__in=[])
        if actor.has(Role.PROCUREMENT_OFFICER) and actor.province:
            own |= Q(institution__region__code__startswith=actor.province[:2])
        return self.filter(own)
