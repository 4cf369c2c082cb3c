"""Scorecards and complaints."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from distribution.querysets.parties import OFFICERS, SELLERS, shown_to
from distribution.states import ComplaintStatus


class ScorecardQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The firm's own, and those of the officers' province."""
        return shown_to(
            actor,
            self,
            (SELLERS, Q(organization_id=actor.organization_id)),
            (OFFICERS, Q(province_id=actor.province)),
        )


class ComplaintQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Who complains; whom it is about, once it was accepted; the officers of the province."""
        known = ~Q(status__in=[ComplaintStatus.FILED, ComplaintStatus.REJECTED])
        parties = Q(complainant_id=actor.organization_id) | known & Q(about_id=actor.organization_id)
        return shown_to(actor, self, (Role, parties), (OFFICERS, Q(province_id=actor.province)))

    def overdue(self, on: date) -> Self:
        """Those that were to be accepted, or to be decided, before the day and are not."""
        waiting = [ComplaintStatus.ACCEPTED, ComplaintStatus.ANSWERED]
        return self.filter(Q(status=ComplaintStatus.FILED, accept_by__lt=on) | Q(status__in=waiting, decide_by__lt=on))
