"""The register of experts from which committees are drawn."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from catalog.accounts.kinds import Role
from catalog.accounts.models import Membership, Organization, User
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, unit_of_work
from procurement.errors import ExpertTwice, InterestTwice, NotAnExpert
from procurement.models import Expert, ExpertInterest
from procurement.policies import may_keep_expert, require_person


def register_expert(*, user: User, employer: Organization, specialty: str, actor: Actor, at: datetime) -> Expert:
    """Put a person who holds the role of an expert at the employer on the register, and let them into the admin.

    Raises:
        NotAllowed, NotAnExpert, ExpertTwice
    """
    may_keep_expert(actor, employer)
    if not Membership.objects.filter(user=user, organization=employer, role=Role.EXPERT).exists():
        raise NotAnExpert(person=user, employer=employer, pointer="/user")
    with unit_of_work():
        try:
            with transaction.atomic():
                expert = Expert.objects.create(user=user, employer=employer, specialty=specialty)
        except IntegrityError:
            raise ExpertTwice(person=user, pointer="/user") from None
        changes = {"specialty": [None, specialty], "is_staff": [user.is_staff, True]}
        # scores are filled in there; what the person sees follows from the role
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        record(actor=actor, action="expert.register", subject=expert, at=at, changes=changes)
    return expert


def admit_expert(*, expert_id: int, is_active: bool, actor: Actor, at: datetime) -> Expert:
    """Say whether an expert may be drawn from now on; committees that they sit on stay as they are.

    Raises:
        NotVisible, NotAllowed
    """
    with unit_of_work():
        expert = lock(Expert.objects.visible_to(actor).select_related("employer", "user"), pk=expert_id)
        may_keep_expert(actor, expert.employer)
        if expert.is_active != is_active:
            expert.is_active = is_active
            expert.save(update_fields=["is_active"])
            changes = {"is_active": [not is_active, is_active]}
            record(actor=actor, action="expert.admit", subject=expert, at=at, changes=changes)
    return expert


def declare_interest(
    *, expert_id: int, organization: Organization, description: str, actor: Actor, at: datetime
) -> ExpertInterest:
    """Record that an expert has an interest in a firm: the expert themself declares it, or an officer who knows of it.

    Raises:
        NotVisible, NotAllowed, InterestTwice
    """
    person = require_person(actor)
    expert = find(Expert.objects.visible_to(actor).select_related("employer", "user"), pk=expert_id)
    if expert.user_id != person:
        may_keep_expert(actor, expert.employer)
    with unit_of_work():
        try:
            with transaction.atomic():
                interest = ExpertInterest.objects.create(
                    expert=expert, organization=organization, description=description, declared_at=at
                )
        except IntegrityError:
            raise InterestTwice(expert=expert.user, firm=organization, pointer="/organization") from None
        changes = {"organization_id": [None, organization.pk], "description": [None, description]}
        record(actor=actor, action="expert.declare_interest", subject=expert, at=at, changes=changes)
    return interest
