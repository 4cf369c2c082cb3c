"""Price alarms."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from catalog.foundation.actor import Actor
from distribution.querysets.parties import INSTITUTION_ROLES, OFFICERS, SELLERS, shown_to


class PriceAlarmQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Officers and institutions of the province; the maker of the product."""
        return shown_to(
            actor,
            self,
            ((*OFFICERS, *INSTITUTION_ROLES), Q(province_id=actor.province)),
            (SELLERS, Q(product__manufacturer_id=actor.organization_id)),
        )

    def of_quarter(self, begin: date) -> Self:
        """Those of the quarter that begins on the day."""
        return self.filter(quarter=begin)
