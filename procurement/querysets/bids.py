"""Bids, what came with them, and explanations."""

from __future__ import annotations

from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from procurement.querysets.parties import sees_everything
from procurement.states import (
    BidStatus,
)


def _tenders_of_expert(actor: Actor) -> models.QuerySet:
    """The tenders whose committee the person sits on."""
    members = apps.get_model("procurement", "CommitteeMember").objects
    return members.filter(expert__user=actor.user_id, left_at=None).values("committee__tender")


class BidQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """A supplier's own at any time; officers and supervisors see that a bid exists only once it is opened.

        An expert sees the bids of the tenders whose committee they sit on, from the opening of the technical envelopes.
        """
        if actor.is_platform:
            return self
        opened = ~Q(status__in=[BidStatus.SEALED, BidStatus.WITHDRAWN])
        visible = Q(pk__in=[])
        if actor.has(Role.SUPPLIER_AGENT):
            visible |= Q(supplier_id=actor.organization_id)
        if actor.has(Role.SUPERVISOR):
            visible |= opened
        if actor.has(Role.PROCUREMENT_OFFICER):
            visible |= opened & Q(lot__tender__agency_id=actor.organization_id)
        if actor.has(Role.EXPERT):
            committees = Q(lot__tender__in=_tenders_of_expert(actor))
            visible |= opened & committees
        return self.filter(visible)

    def of_supplier(self, actor: Actor) -> Self:
        """The supplier's own."""
        return self.filter(supplier_id=actor.organization_id) if actor.organization_id else self.none()

    def standing(self) -> Self:
        """Those that were not withdrawn."""
        return self.exclude(status=BidStatus.WITHDRAWN)


class BidDocumentQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Those of the bids that the actor sees."""
        bids = apps.get_model("procurement", "Bid").objects.visible_to(actor)
        return self.filter(bid__in=bids.order_by().values("pk"))


class ExplanationQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """A supplier's own; the officers of the agency; supervisors all."""
        if sees_everything(actor):
            return self
        visible = Q(pk__in=[])
        if actor.has(Role.SUPPLIER_AGENT):
            visible |= Q(bid__supplier_id=actor.organization_id)
        if actor.has(Role.PROCUREMENT_OFFICER):
            visible |= Q(bid__lot__tender__agency_id=actor.organization_id)
        return self.filter(visible)
