"""Invoices and settlements."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from distribution.querysets.parties import INSTITUTION_ROLES, SELLERS, shown_to
from distribution.states import InvoiceStatus

PROCUREMENT_OFFICERS = (Role.PROCUREMENT_OFFICER,)


class InvoiceQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Who sold and who bought; officers those of their province, and the copies of sales between firms."""
        return shown_to(
            actor,
            self,
            ((*SELLERS, *INSTITUTION_ROLES), Q(seller_id=actor.organization_id) | Q(buyer_id=actor.organization_id)),
            (PROCUREMENT_OFFICERS, Q(province_id=actor.province) | Q(province=None)),
        )


class PayableQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the invoice: the institution, who sold, the officers of the province."""
        return shown_to(
            actor,
            self,
            (INSTITUTION_ROLES, Q(invoice__buyer_id=actor.organization_id)),
            (SELLERS, Q(invoice__seller_id=actor.organization_id)),
            (PROCUREMENT_OFFICERS, Q(invoice__province_id=actor.province)),
        )

    def owed(self) -> Self:
        """What is to be paid and was not yet; nothing of an invoice in dispute."""
        return self.filter(paid_on=None, invoice__status=InvoiceStatus.MATCHED).exclude(amount=0)


class SettlementQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The institution whose debt is settled, who is paid, the officers of the province."""
        return shown_to(
            actor,
            self,
            (INSTITUTION_ROLES, Q(institution_id=actor.organization_id)),
            (SELLERS, Q(payee_id=actor.organization_id)),
            (PROCUREMENT_OFFICERS, Q(province_id=actor.province)),
        )
