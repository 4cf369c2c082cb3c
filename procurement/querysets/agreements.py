"""Agreements and their volumes."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from procurement.querysets.parties import sees_everything
from procurement.states import (
    AgreementStatus,
)


class AgreementQuerySet(models.QuerySet):
    def with_performance(self) -> Self:
        """With ``agreed``, ``called_off`` and ``delivered``: units over all lines, which say how it is performed."""
        return self.annotate(
            agreed=Coalesce(Sum("lines__agreed_quantity"), 0, output_field=models.BigIntegerField()),
            called_off=Coalesce(Sum("lines__called_off_quantity"), 0, output_field=models.BigIntegerField()),
            delivered=Coalesce(Sum("lines__delivered_quantity"), 0, output_field=models.BigIntegerField()),
        )

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
        """Lines of agreements that are in force on the day, with suppliers that are not barred in the province."""
        on = localdate(at)
        barring = apps.get_model("procurement", "ConductRecord").objects.barring(on, OuterRef("province"))
        return self.filter(
            ~Exists(barring.filter(organization=OuterRef("agreement__supplier"))),
            agreement__status=AgreementStatus.IN_FORCE,
            agreement__validity__contains=on,
            ended_at=None,
        )

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
