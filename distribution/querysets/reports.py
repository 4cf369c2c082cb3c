"""The files of reports of supervision."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from distribution.querysets.parties import shown_to


class SupervisionReportFileQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the report sees its files."""
        return shown_to(actor, self, ((Role.PROCUREMENT_OFFICER,), Q(report__province_id=actor.province)))
