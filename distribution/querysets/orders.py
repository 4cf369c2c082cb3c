"""Orders, and what hangs on them."""

from __future__ import annotations

from typing import Self

from django.db import models

from catalog.foundation.actor import Actor
from distribution.querysets.parties import sees_everything, visible_orders
from distribution.states import OPEN_ORDER


class OrderQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        if sees_everything(actor):
            return self
        return self.filter(visible_orders(actor))

    def open(self) -> Self:
        """Those that the supplier still has something to do about."""
        return self.filter(status__in=OPEN_ORDER)


class OfOrderQuerySet(models.QuerySet):
    """Rows with ``order``: whoever sees the order sees them."""

    def visible_to(self, actor: Actor) -> Self:
        if sees_everything(actor):
            return self
        return self.filter(visible_orders(actor, "order__"))


class OrderNoticeQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Notices are the addressee's; supervisors read everything."""
        if sees_everything(actor):
            return self
        return self.filter(recipient_id=actor.organization_id) if actor.roles else self.none()
