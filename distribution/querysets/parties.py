"""Who sees what for being who they are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor

Rows = TypeVar("Rows", bound=models.QuerySet)
INSTITUTION_ROLES = (Role.BUYER, Role.APPROVER, Role.PHARMACIST)
OFFICERS = (Role.PROCUREMENT_OFFICER, Role.HEALTH_OFFICER)
SELLERS = (Role.SUPPLIER_AGENT, Role.DISTRIBUTOR_AGENT)


def sees_everything(actor: Actor) -> bool:
    """Supervisors and the platform's own work."""
    return actor.is_platform or actor.has(Role.SUPERVISOR)


def shown_to(actor: Actor, rows: Rows, *shares: tuple[Collection[Role], Q]) -> Rows:
    """All rows for who sees everything; for others those that their roles show, by roles and what these show."""
    if sees_everything(actor):
        return rows
    visible = Q(pk__in=[])
    for roles, condition in shares:
        if actor.has(*roles):
            visible |= condition
    return rows.filter(visible)


def visible_orders(actor: Actor, prefix: str = "") -> Q:
    """Who sees an order: who ordered, where the goods go, the supplier, its distributor, the province's officers."""
    visible = Q(pk__in=[])
    if actor.has(*INSTITUTION_ROLES):
        visible |= Q(**{f"{prefix}institution_id": actor.organization_id})
        visible |= Q(**{f"{prefix}recipient_id": actor.organization_id})
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
        return shown_to(
            actor,
            self,
            (INSTITUTION_ROLES, Q(institution_id=actor.organization_id)),
            ((Role.PROCUREMENT_OFFICER,), Q(province_id=actor.province)),
        )


class ProvinceOwnedQuerySet(models.QuerySet):
    """Rows with ``province``: its officers' and supervisors'."""

    def visible_to(self, actor: Actor) -> Self:
        return shown_to(actor, self, ((Role.PROCUREMENT_OFFICER,), Q(province_id=actor.province)))
