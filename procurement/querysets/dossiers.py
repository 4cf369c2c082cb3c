"""Documents, questions, amendments, objections."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from procurement.querysets.parties import of_agency, sees_everything
from procurement.states import (
    AmendmentStatus,
    ObjectionKind,
    ObjectionStatus,
)


class DossierQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Everybody reads the documents of a published tender; those of a proposed amendment the agency alone."""
        if sees_everything(actor):
            return self
        public = Q(tender__published_at__isnull=False)
        published = Q(amendment=None) | Q(amendment__status=AmendmentStatus.PUBLISHED)
        return self.filter(public & published | of_agency(actor))


class AmendmentQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Everybody reads what is published; proposals the agency and supervisors."""
        if sees_everything(actor):
            return self
        return self.filter(Q(status=AmendmentStatus.PUBLISHED) | of_agency(actor))


class ClarificationQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Everybody reads what is answered; a question without an answer who asked it and the agency."""
        if sees_everything(actor):
            return self
        asked = Q(asked_by_id=actor.organization_id) if actor.organization_id else Q(pk__in=[])
        return self.filter(Q(answered_at__isnull=False) | asked | of_agency(actor))


class ObjectionQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Everybody reads objections to a tender; who objected is another question: ``named_to``."""
        return self

    def named_to(self, actor: Actor) -> Self:
        """Those whose objector the actor may know: a supplier its own, officers their agency's, supervisors all."""
        if sees_everything(actor):
            return self
        named = Q(pk__in=[])
        if actor.has(Role.SUPPLIER_AGENT):
            named |= Q(organization_id=actor.organization_id)
        if actor.has(Role.PROCUREMENT_OFFICER):
            named |= Q(tender__agency_id=actor.organization_id)
        return self.filter(named)

    def unanswered(self) -> Self:
        """Those that stop the clock."""
        return self.filter(status=ObjectionStatus.FILED)

    def overdue(self, at: datetime) -> Self:
        """Unanswered ones whose reply should be there."""
        return self.unanswered().filter(reply_due_at__lte=at)

    def about(self, lot: models.Model) -> Self:
        """Those about the lot or about the whole of its tender."""
        return self.filter(Q(lot=lot) | Q(lot=None, tender_id=lot.tender_id))  # type: ignore[attr-defined]

    def without_remedy(self) -> Self:
        """Upheld ones that nothing followed yet: to the documents no amendment, to the rest no other decision."""
        amendments = apps.get_model("procurement", "Amendment").objects
        amended = amendments.filter(tender=OuterRef("tender"), published_at__gt=OuterRef("replied_at"))
        return self.filter(status=ObjectionStatus.UPHELD, remedied_at=None).exclude(
            Exists(amended), kind=ObjectionKind.DOCUMENTS
        )
