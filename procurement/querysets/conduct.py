"""Conduct records."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import OuterRef, Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.rules.conduct_rules import Effect
from procurement.querysets.parties import sees_everything
from procurement.states import (
    ConductStatus,
)


class ConductRecordQuerySet(models.QuerySet):
    def in_force(self, on: date) -> Self:
        """Those that take effect on the day; a repaired one did so until the day of its repair."""
        return self.filter(status__in=[ConductStatus.IN_FORCE, ConductStatus.REPAIRED], validity__contains=on)

    def barring(self, on: date, province: str | OuterRef) -> Self:
        """Those for which a firm may not take part on the day in the province."""
        there = Q(province=None) | Q(province=province)
        return self.in_force(on).filter(there & Q(effect=Effect.BARRED) | ~there & Q(elsewhere=Effect.BARRED))

    def visible_to(self, actor: Actor) -> Self:
        """Everybody sees what is or was in force; what is only proposed, officers and supervisors."""
        if sees_everything(actor) or actor.has(Role.PROCUREMENT_OFFICER):
            return self
        return self.filter(status__in=[ConductStatus.IN_FORCE, ConductStatus.REPAIRED])
