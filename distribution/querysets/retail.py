"""Retail prices, what was found about them, and their files."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from distribution.querysets.parties import INSTITUTION_ROLES, InstitutionOwnedQuerySet, shown_to
from distribution.states import VIOLATIONS


class RetailFindingQuerySet(InstitutionOwnedQuerySet):
    def standing(self) -> Self:
        """Those that no later check has found gone."""
        return self.filter(ended_at=None)

    def violations(self) -> Self:
        """What breaks a rule, without what only asks for a look."""
        return self.filter(verdict__in=VIOLATIONS)


class RetailFileQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Whose it is; the officers of the province."""
        return shown_to(
            actor,
            self,
            (INSTITUTION_ROLES, Q(organization_id=actor.organization_id)),
            ((Role.PROCUREMENT_OFFICER,), Q(province_id=actor.province)),
        )
