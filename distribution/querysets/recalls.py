"""Recalls, the notices of them and the reports about them."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from distribution.querysets.parties import INSTITUTION_ROLES, OFFICERS, SELLERS, shown_to
from distribution.querysets.reactions import EVERYTHING
from distribution.states import RecallNoticeStatus, RecallStatus

KNOWN = (RecallStatus.OPENED, RecallStatus.NOTIFIED, RecallStatus.CLOSED)


class RecallQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """What was opened is everybody's to know who handles medicines, the public's too where the rules publish its
        class; a proposal is the officers' and the maker's."""
        if not actor.roles and not actor.is_platform:
            return self.filter(is_public=True, status__in=KNOWN)
        return shown_to(
            actor,
            self,
            (Role, Q(status__in=KNOWN)),
            (OFFICERS, EVERYTHING),
            ((Role.SUPPLIER_AGENT,), Q(product__manufacturer_id=actor.organization_id)),
        )

    def overdue(self, at: datetime) -> Self:
        """Those of which a notice, a plan or a progress report was to come before the moment and did not."""
        return self.filter(
            Q(status=RecallStatus.OPENED, notify_by__lte=at)
            | Q(status__in=(RecallStatus.OPENED, RecallStatus.NOTIFIED), plan_by__lte=at, planned_at=None)
            | Q(status=RecallStatus.NOTIFIED, progress_by__lte=at)
        )


class RecallNoticeQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The addressee, the maker, and the officers of the addressee's province."""
        there = Q(recipient__region__code__startswith=actor.province[:2])
        return shown_to(
            actor,
            self,
            ((*INSTITUTION_ROLES, *SELLERS), Q(recipient_id=actor.organization_id)),
            ((Role.SUPPLIER_AGENT,), Q(recall__product__manufacturer_id=actor.organization_id)),
            # a national body is of no province, and every code starts with nothing
            (OFFICERS if actor.province else (), there),
        )

    def unanswered(self) -> Self:
        """Those that nobody has acknowledged."""
        return self.filter(status=RecallNoticeStatus.SENT)


class RecallReportQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The officers, and the maker."""
        return shown_to(
            actor,
            self,
            (OFFICERS, EVERYTHING),
            ((Role.SUPPLIER_AGENT,), Q(recall__product__manufacturer_id=actor.organization_id)),
        )
