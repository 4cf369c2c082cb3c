"""Experts, committees and score sheets."""

from __future__ import annotations

from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Q

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from procurement.querysets.bids import _tenders_of_expert
from procurement.querysets.parties import sees_everything
from procurement.states import (
    ScoreSheetStatus,
)


class ExpertQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Officers and supervisors read the register, an expert their own entry."""
        if sees_everything(actor) or actor.has(Role.PROCUREMENT_OFFICER):
            return self
        return self.filter(user_id=actor.user_id) if actor.has(Role.EXPERT) else self.none()


class ExpertInterestQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Those of the experts whom the actor sees."""
        experts = apps.get_model("procurement", "Expert").objects.visible_to(actor)
        return self.filter(expert__in=experts.order_by().values("pk"))


def _of_committee(actor: Actor, tender: str) -> Q:
    """What belongs to committees whose members the actor knows; ``tender`` leads there.

    The members are secret until the shortlist is published, but not from the agency and the supervisors.
    """
    known = Q(**{f"{tender}__shortlist_published_at__isnull": False})
    if actor.has(Role.PROCUREMENT_OFFICER):
        known |= Q(**{f"{tender}__agency_id": actor.organization_id})
    return known


class CommitteeQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The agency's officers and supervisors; everybody once the shortlist is published."""
        return self if sees_everything(actor) else self.filter(_of_committee(actor, "tender"))

    def of_agency(self, actor: Actor) -> Self:
        """Those of the tenders that the officer's own agency runs."""
        if actor.is_platform:
            return self
        return self.filter(tender__agency_id=actor.organization_id) if actor.organization_id else self.none()


class CommitteeMemberQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Who sees the committee, and each member themself."""
        if sees_everything(actor):
            return self
        known = _of_committee(actor, "committee__tender")
        if actor.has(Role.EXPERT):
            known |= Q(expert__user_id=actor.user_id)
        return self.filter(known)

    def sitting(self) -> Self:
        """Those who were not replaced."""
        return self.filter(left_at=None)


class ScoreSheetQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """A member's own; once all of a committee are submitted, its other members, the agency and supervisors."""
        if actor.is_platform:
            return self
        own = Q(member__expert__user_id=actor.user_id, member__left_at=None)
        readers = Q(pk__isnull=not actor.has(Role.SUPERVISOR))
        if actor.has(Role.PROCUREMENT_OFFICER):
            readers |= Q(member__committee__tender__agency_id=actor.organization_id)
        if actor.has(Role.EXPERT):
            readers |= Q(member__committee__tender__in=_tenders_of_expert(actor))
        disclosed = Q(status=ScoreSheetStatus.SUBMITTED) & readers & ~Q(member__committee__in=self._unfinished())
        return self.filter(own | disclosed if actor.has(Role.EXPERT) else disclosed)

    def of_agency(self, actor: Actor) -> Self:
        """Those that the officer may read, of the tenders that their agency runs."""
        if actor.is_platform:
            return self
        return self.visible_to(actor).filter(member__committee__tender__agency_id=actor.organization_id)

    def standing(self) -> Self:
        """Those of the members who were not replaced."""
        return self.filter(member__left_at=None)

    def _unfinished(self) -> models.QuerySet:
        """The committees on which somebody has not submitted."""
        sheets = self.model._default_manager.filter(status=ScoreSheetStatus.DRAFT, member__left_at=None)
        return sheets.values("member__committee")
