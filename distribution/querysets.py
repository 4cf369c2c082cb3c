"""The verbs in which orders, deliveries and retail prices are asked; ``visible_to`` holds who may see which rows."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor

INSTITUTION_ROLES = (Role.BUYER, Role.APPROVER, Role.PHARMACIST)


def visible_orders(actor: Actor, prefix: str = "") -> Q:
    """Who sees an order: the institution, the supplier, its distributor, the province's officers."""
    visible = Q(pk__in=[])
    if actor.has(*INSTITUTION_ROLES):
        visible |= Q(**{f"{prefix}institution_id": actor.organization_id})
    if actor.has(Role.SUPPLIER_AGENT):
        visible |= Q(**{f"{prefix}supplier_id": actor.organization_id})
    if actor.has(Role.DISTRIBUTOR_AGENT):
        visible |= Q(**{f"{prefix}distributor_id": actor.organization_id})
    if actor.has(Role.PROCUREMENT_OFFICER):
        visible |= Q(**{f"{prefix}province_id": actor.province})
    return visible


class InstitutionOwnedQuerySet(models.QuerySet):
    """Rows with ``institution`` and ``province``: the institution's own, its province's officers', supervisors'."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_platform or actor.has(Role.SUPERVISOR):
            return self
        visible = Q(pk__in=[])
        if actor.has(*INSTITUTION_ROLES):
            visible |= Q(institution_id=actor.organization_id)
        if actor.has(Role.PROCUREMENT_OFFICER):
            visible |= Q(province_id=actor.province)
        return self.filter(visible)


class ProvinceOwnedQuerySet(models.QuerySet):
    """Rows with ``province``: its officers' and supervisors'."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.is_platform or actor.has(Role.SUPERVISOR):
            return self
        return self.filter(province_id=actor.province) if actor.has(Role.PROCUREMENT_OFFICER) else self.none()


class OrderQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        if actor.is_platform or actor.has(Role.SUPERVISOR):
            return self
        return self.filter(visible_orders(actor))


class DespatchQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        if actor.is_platform or actor.has(Role.SUPERVISOR):
            return self
        return self.filter(visible_orders(actor, "order__"))


class EntrustmentQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Entrustments are public: they are filed on the platform for everybody to see."""
        return self
