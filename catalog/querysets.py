"""The verbs in which the catalogue is asked."""

from __future__ import annotations

from datetime import date
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import OrganizationKind
from catalog.foundation.actor import Actor
from catalog.states import BINDING, ProductStatus

M = TypeVar("M", bound=models.Model)


class InForceQuerySet(models.QuerySet[M]):
    """Rows with a half-open ``validity`` in days."""

    def in_force(self, on: date) -> Self:
        """Those that hold on the day."""
        return self.filter(validity__contains=on)


class EditionQuerySet(InForceQuerySet[M]):
    def in_force(self, on: date) -> Self:
        """The one that holds on the day; a draft holds on none."""
        return super().in_force(on).filter(status__in=BINDING)


class ProductQuerySet(models.QuerySet[M]):
    def trading(self) -> Self:
        """Those that may be bought."""
        return self.filter(status=ProductStatus.TRADING)


class AdjustmentQuerySet(models.QuerySet[M]):
    """Rows of one province each: its officers' business, and the supervisors' to read."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's province; all for the platform and for who supervises."""
        if actor.is_platform or actor.kind == OrganizationKind.SUPERVISION:
            return self
        return self.filter(province=actor.province) if actor.province else self.none()


class ImportQuerySet(models.QuerySet[M]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's own organization; all for the platform and for who supervises."""
        if actor.is_platform or actor.kind == OrganizationKind.SUPERVISION:
            return self
        return self.filter(organization=actor.organization_id) if actor.organization_id else self.none()


class MedicineQuerySet(models.QuerySet):
    def search(self, words: str) -> Self:
        """Those whose Chinese name, INN or pinyin initials contain the words."""
        words = words.strip()
        if not words:
            return self
        return self.filter(Q(name__icontains=words) | Q(inn__icontains=words) | Q(initials__istartswith=words))
