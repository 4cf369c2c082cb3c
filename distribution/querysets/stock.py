"""Stock, transfers and the reserve."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from catalog.foundation.actor import Actor
from distribution.querysets.parties import INSTITUTION_ROLES, OFFICERS, SELLERS, shown_to

KEEPERS = (*INSTITUTION_ROLES, *SELLERS)


class StockLotQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Whoever keeps it; the officers of the province where it lies."""
        there = Q(holder__region__code__startswith=actor.province[:2]) | Q(plan__province_id=actor.province)
        return shown_to(
            actor,
            self,
            (KEEPERS, Q(holder_id=actor.organization_id)),
            # a national body is of no province, and every code starts with nothing
            (OFFICERS if actor.province else (), there),
        )

    def on_hand(self) -> Self:
        """Those of which something is left."""
        return self.filter(units__gt=0)


class StockTransferQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Who gives, who takes, and the officers of the province."""
        parties = Q(giver_id=actor.organization_id) | Q(taker_id=actor.organization_id)
        return shown_to(actor, self, (INSTITUTION_ROLES, parties), (OFFICERS, Q(province_id=actor.province)))


class ReservePlanQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The holder, and the officers of the province whose reserve it is."""
        return shown_to(
            actor,
            self,
            (KEEPERS, Q(holder_id=actor.organization_id)),
            (OFFICERS, Q(province_id=actor.province)),
        )


class ReserveReleaseQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The holder, the institution that receives it, and the officers of the province."""
        parties = Q(plan__holder_id=actor.organization_id) | Q(recipient_id=actor.organization_id)
        return shown_to(actor, self, (KEEPERS, parties), (OFFICERS, Q(plan__province_id=actor.province)))
