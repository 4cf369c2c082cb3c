"""Shortages: what institutions report, what producers announce, and the list that comes of it."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from distribution.querysets.parties import INSTITUTION_ROLES, OFFICERS, SELLERS, shown_to
from distribution.states import LISTED_SHORTAGE, ShortageStatus

# An empty condition joined by “or” would be none.
EVERY = Q(pk__isnull=False)


class ShortageReportQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The institution's own, and those of the officers' province."""
        return shown_to(
            actor,
            self,
            (INSTITUTION_ROLES, Q(institution_id=actor.organization_id)),
            (OFFICERS, Q(province_id=actor.province)),
        )

    def standing(self) -> Self:
        """Those that the institution did not take back."""
        return self.filter(ended_at=None)


class StopNoticeQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The producer's own; officers of every province those of any producer, since each may buy from it."""
        return shown_to(actor, self, (SELLERS, Q(producer_id=actor.organization_id)), (OFFICERS, EVERY))

    def standing(self, on: date) -> Self:
        """Those that were not taken back and whose product is not made again by the day."""
        return self.filter(Q(resumes_on=None) | Q(resumes_on__gt=on), withdrawn_at=None)


class ShortageItemQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Institutions and officers those of their province."""
        return shown_to(actor, self, ((*INSTITUTION_ROLES, *OFFICERS), Q(province_id=actor.province)))

    def listed(self) -> Self:
        """Those that are not closed."""
        return self.filter(status__in=LISTED_SHORTAGE)

    def overdue(self, on: date) -> Self:
        """Those to be answered before the day, and those whose answer was to be followed up before it."""
        # at most one answer waits for its follow-up
        unfollowed = Q(status=ShortageStatus.ANSWERED, answers__outcome="", answers__follow_up_on__lt=on)
        late = self.model._default_manager.filter(Q(status=ShortageStatus.OPEN, answer_by__lt=on) | unfollowed)
        return self.filter(pk__in=late.order_by().values("pk"))


class NationalShortageQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Whoever has a role: the list is meant for all who buy, make and supervise."""
        return shown_to(actor, self, (Role, EVERY))

    def listed(self) -> Self:
        """Those that stand on a list now."""
        return self.filter(ended_at=None)
