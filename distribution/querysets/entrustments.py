"""Who delivers where."""

from __future__ import annotations

from typing import Self

from django.db import models

from catalog.foundation.actor import Actor


class EntrustmentQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Entrustments are public: they are filed on the platform for everybody to see."""
        return self
