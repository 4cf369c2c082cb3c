"""Demand and past use."""

from __future__ import annotations

from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat, Left

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.foundation.actor import Actor
from procurement.querysets.parties import sees_everything
from procurement.states import (
    DemandReportStatus,
)


def health_authorities(code: OuterRef | Value) -> models.QuerySet:
    """The authorities with a health officer over a region, by its code: the county's, the prefecture's, the province's.

    Codes nest: 410102 lies in 4101xx, and that in 41xxxx.
    """
    return apps.get_model("accounts", "Organization").objects.filter(
        kind=OrganizationKind.AUTHORITY,
        is_active=True,
        memberships__role=Role.HEALTH_OFFICER,
        memberships__user__is_active=True,
        region__code__in=[code, Concat(Left(code, 4), Value("00")), Concat(Left(code, 2), Value("0000"))],
    )


def _of_institutions_under(actor: Actor) -> Q:
    """What institutions of the actor's county, prefecture or province told; agencies answer to no county."""
    own = Exists(health_authorities(OuterRef("organization__region_id")).filter(pk=actor.organization_id))
    return Q(own, organization__kind=OrganizationKind.INSTITUTION)


class DemandReportQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The reporter's own; officers those of their province; the county's authority its own; supervisors all."""
        if sees_everything(actor):
            return self
        own = Q(organization_id=actor.organization_id) if actor.organization_id else Q(pk__in=[])
        if actor.has(Role.PROCUREMENT_OFFICER):
            own |= Q(province_id=actor.province)
        if actor.has(Role.HEALTH_OFFICER):
            own |= _of_institutions_under(actor)
        return self.filter(own)

    def waiting_for_province(self) -> Self:
        """Confirmed by the county; and those submitted that no authority on the platform confirms before."""
        counties = Exists(health_authorities(OuterRef("organization__region_id")))
        direct = ~Q(organization__kind=OrganizationKind.INSTITUTION) | ~Q(counties)
        return self.filter(
            Q(status=DemandReportStatus.COUNTY_CONFIRMED) | Q(direct, status=DemandReportStatus.SUBMITTED)
        )


class PriorUseQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """An organization's own; officers those of their province; the county's authority its own; supervisors all."""
        if sees_everything(actor):
            return self
        own = Q(organization_id=actor.organization_id) if actor.organization_id else Q(pk__in=[])
        if actor.has(Role.PROCUREMENT_OFFICER) and actor.province:
            own |= Q(organization__region__code__startswith=actor.province[:2])
        if actor.has(Role.HEALTH_OFFICER):
            own |= _of_institutions_under(actor)
        return self.filter(own)
