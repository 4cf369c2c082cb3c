"""Despatches and what came of them."""

from __future__ import annotations

from typing import Self

from django.db import models

from catalog.foundation.actor import Actor
from distribution.querysets.parties import sees_everything, visible_orders


class DespatchQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        if sees_everything(actor):
            return self
        return self.filter(visible_orders(actor, "order__"))


class GoodsReturnQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        if sees_everything(actor):
            return self
        return self.filter(visible_orders(actor, "despatch_line__despatch__order__"))


class LotHoldQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Everybody who handles medicines has to know."""
        return self

    def in_force(self) -> Self:
        """Those that were not lifted."""
        return self.filter(lifted_at=None)

    def of_goods(self) -> Self:
        """Those of lots and products themselves; the others stop the ordering in a province alone."""
        return self.filter(province=None)
