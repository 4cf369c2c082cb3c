"""The verbs in which tenders, bids and agreements are asked; ``visible_to`` holds who may see which rows."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localdate

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from procurement.states import AgreementStatus, BidStatus, TenderStatus


def sees_everything(actor: Actor) -> bool:
    """Supervisors and the platform's own work."""
    return actor.is_platform or actor.has(Role.SUPERVISOR)


class DemandReportQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The reporter's own; officers those of their province; supervisors all."""
        if sees_everything(actor):
            return self
        own = Q(organization_id=actor.organization_id) if actor.organization_id else Q(pk__in=[])
        if actor.has(Role.PROCUREMENT_OFFICER):
            own |= Q(province_id=actor.province)
        return self.filter(own)


class TenderQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Everybody sees what is published; drafts are the agency's own and the supervisors'."""
        if sees_everything(actor):
            return self
        public = ~Q(status=TenderStatus.DRAFT)
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


class LotQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The lots of the tenders that the actor sees."""
        if sees_everything(actor):
            return self
        public = ~Q(tender__status=TenderStatus.DRAFT)
        if actor.has(Role.PROCUREMENT_OFFICER):
            public |= Q(tender__agency_id=actor.organization_id)
        return self.filter(public)

    def of_agency(self, actor: Actor) -> Self:
        """Those of the tenders that the officer's own agency runs."""
        if actor.is_platform:
            return self
        return self.filter(tender__agency_id=actor.organization_id) if actor.organization_id else self.none()


class BidQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """A supplier's own at any time; officers and supervisors see that a bid exists only once it is opened."""
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
        return self.filter(visible)

    def of_supplier(self, actor: Actor) -> Self:
        """The supplier's own."""
        return self.filter(supplier_id=actor.organization_id) if actor.organization_id else self.none()

    def standing(self) -> Self:
        """Those that were not withdrawn."""
        return self.exclude(status=BidStatus.WITHDRAWN)


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Officers those of their agency, suppliers their own, supervisors all."""
        if sees_everything(actor):
            return self
        visible = Q(pk__in=[])
        if actor.has(Role.PROCUREMENT_OFFICER):
            visible |= Q(agency_id=actor.organization_id)
        if actor.has(Role.SUPPLIER_AGENT):
            visible |= Q(supplier_id=actor.organization_id)
        return self.filter(visible)


class AgreementLineQuerySet(models.QuerySet):
    def in_force(self, at: datetime) -> Self:
        """Lines of agreements that are in force on the day."""
        return self.filter(agreement__status=AgreementStatus.IN_FORCE, agreement__validity__contains=localdate(at))

    def with_remaining(self) -> Self:
        """With ``remaining``: units of the agreed volume not yet called off."""
        return self.annotate(remaining=F("agreed_quantity") - F("called_off_quantity"))

    def visible_to(self, actor: Actor) -> Self:
        """Institutions see what was agreed for their province; others those of the agreements that they see."""
        if sees_everything(actor):
            return self
        visible = Q(pk__in=[])
        if actor.has(Role.BUYER, Role.APPROVER, Role.PHARMACIST):
            visible |= Q(province_id=actor.province)
        if actor.has(Role.PROCUREMENT_OFFICER):
            visible |= Q(agreement__agency_id=actor.organization_id) | Q(province_id=actor.province)
        if actor.has(Role.SUPPLIER_AGENT):
            visible |= Q(agreement__supplier_id=actor.organization_id)
        return self.filter(visible)
