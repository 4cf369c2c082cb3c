"""Adverse reactions, the signals found in them and the lots that they warn of."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from distribution.querysets.parties import INSTITUTION_ROLES, OFFICERS, SELLERS, shown_to
from distribution.states import ReactionStatus

# An empty condition beside others says nothing.
EVERYTHING = ~Q(pk__in=[])


def made_by(actor: Actor) -> Q:
    """Of a product that the actor's firm makes."""
    return Q(product__manufacturer_id=actor.organization_id)


class AdverseReactionQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Who reported; the maker, who investigates; the officers of the province."""
        return shown_to(
            actor,
            self,
            ((*INSTITUTION_ROLES, *SELLERS), Q(reporter_id=actor.organization_id)),
            ((Role.SUPPLIER_AGENT,), made_by(actor)),
            (OFFICERS, Q(province_id=actor.province)),
        )

    def counted(self) -> Self:
        """Those that statistics count: all but what was set aside."""
        return self.exclude(status=ReactionStatus.SET_ASIDE)

    def late(self) -> Self:
        """Those that were reported after their limit."""
        return self.filter(reported_at__date__gt=F("due_on"))

    def overdue(self, on: date) -> Self:
        """Those that were to be reviewed, or concluded, before the day and are not."""
        unreviewed = Q(status=ReactionStatus.REPORTED, review_by__lt=on)
        return self.filter(unreviewed | Q(status=ReactionStatus.REVIEWED, conclude_by__lt=on))


class SafetySignalQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """All officers, and the maker."""
        return shown_to(actor, self, (OFFICERS, EVERYTHING), ((Role.SUPPLIER_AGENT,), made_by(actor)))

    def current(self) -> Self:
        """Those that the reports still show."""
        return self.filter(faded_at=None)


class LotAlertQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """All officers, the maker, and whoever has or had the lot."""
        keeps = self.model._base_manager.filter(
            product__stock__holder_id=actor.organization_id, product__stock__lot_number__iexact=F("lot_number")
        )
        return shown_to(
            actor,
            self,
            (OFFICERS, EVERYTHING),
            ((Role.SUPPLIER_AGENT,), made_by(actor)),
            ((*INSTITUTION_ROLES, *SELLERS), Q(pk__in=keeps.values("pk"))),
        )
