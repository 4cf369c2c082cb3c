"""Cases about retail prices, and what was written in them."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from catalog.foundation.actor import Actor
from distribution.querysets.parties import INSTITUTION_ROLES, OFFICERS, shown_to
from distribution.states import CaseStatus


class RetailCaseQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The officers of the province; the institution, once it was told of it."""
        told = Q(institution_id=actor.organization_id, letters__isnull=False)
        known = self.model._base_manager.filter(told).order_by().values("pk")
        return shown_to(actor, self, (INSTITUTION_ROLES, Q(pk__in=known)), (OFFICERS, Q(province_id=actor.province)))

    def overdue(self, on: date) -> Self:
        """Those in which somebody was to notify, answer or correct before the day, and has not."""
        notified = Q(status=CaseStatus.NOTIFIED, answer_by__lt=on)
        uncorrected = Q(status__in=[CaseStatus.NOTIFIED, CaseStatus.ANSWERED], correct_by__lt=on)
        return self.filter(Q(status=CaseStatus.OPENED, notify_by__lt=on) | notified | uncorrected)


class CaseLetterQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the case."""
        return shown_to(
            actor,
            self,
            (INSTITUTION_ROLES, Q(case__institution_id=actor.organization_id)),
            (OFFICERS, Q(case__province_id=actor.province)),
        )
