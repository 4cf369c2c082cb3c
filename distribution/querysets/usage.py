"""The use of essential medicines."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from catalog.foundation.actor import Actor
from distribution.querysets.parties import INSTITUTION_ROLES, OFFICERS, shown_to


class UseFigureQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The institution's own, and those of the officers' province."""
        return shown_to(
            actor,
            self,
            (INSTITUTION_ROLES, Q(institution_id=actor.organization_id)),
            (OFFICERS, Q(province_id=actor.province)),
        )
