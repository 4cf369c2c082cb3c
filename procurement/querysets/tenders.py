"""Tenders, lots, flags and notices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from procurement.querysets.parties import of_agency, sees_everything
from procurement.states import (
    TenderStatus,
)


class TenderQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Everybody sees what is published; drafts are the agency's own and the supervisors'."""
        if sees_everything(actor):
            return self
        public = Q(published_at__isnull=False)
        if actor.has(Role.PROCUREMENT_OFFICER):
            public |= Q(agency_id=actor.organization_id)
        return self.filter(public)

    def of_agency(self, actor: Actor) -> Self:
        """Those that the officer's own agency runs."""
        if actor.is_platform:
            return self
        return self.filter(agency_id=actor.organization_id) if actor.organization_id else self.none()

    def due(self, at: datetime) -> Self:
        """Published ones whose deadline has passed."""
        return self.filter(status=TenderStatus.PUBLISHED, deadline_at__lte=at)

    def to_be_filed(self) -> Self:
        """Purchases that are filed with the supervision after they were made, filed or not."""
        return self.filter(filing_due_on__isnull=False)

    def filing_overdue(self, on: date) -> Self:
        """Those not filed whose last day has passed."""
        return self.filter(filed_at=None, filing_due_on__lt=on)


class LotQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The lots of the tenders that the actor sees."""
        if sees_everything(actor):
            return self
        public = Q(tender__published_at__isnull=False)
        if actor.has(Role.PROCUREMENT_OFFICER):
            public |= Q(tender__agency_id=actor.organization_id)
        return self.filter(public)

    def of_agency(self, actor: Actor) -> Self:
        """Those of the tenders that the officer's own agency runs."""
        if actor.is_platform:
            return self
        return self.filter(tender__agency_id=actor.organization_id) if actor.organization_id else self.none()


class ScreenFlagQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Supervisors, and the officers of the agency: whom a flag names is not told."""
        return self if sees_everything(actor) else self.filter(of_agency(actor))


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Whom it was sent to; the agency and supervisors, but for what would tell who has bid before the opening.

        Of an amendment and of a cancellation a bidder is told while its bid is sealed.
        """
        if actor.is_platform:
            return self
        own = Q(organization_id=actor.organization_id) if actor.has(Role.SUPPLIER_AGENT) else Q(pk__in=[])
        read = of_agency(actor) | Q(pk__isnull=not actor.has(Role.SUPERVISOR))
        return self.filter(own | read & ~Q(kind__in=["amended", "cancelled"]))
