"""Drawing the committee of a tender, and replacing who cannot come."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role, Tier
from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.errors import WrongState
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, unit_of_work
from catalog.rules.procedure_rules import CommitteeRule
from procurement.errors import CommitteeDrawn, NoCommitteeForeseen, NoReasonGiven, ScoresSubmitted, TooFewExperts
from procurement.models import Committee, CommitteeMember, Expert, ScoreSheet, Tender
from procurement.policies import may_run_tender, require_person
from procurement.queries.conflicts import bidder_ids, conflicts
from procurement.queries.rules import rules_of
from procurement.rules.draw import Candidate, draw
from procurement.states import ScoreSheetStatus, TenderStatus

RUNS_TENDER = "runs_tender"
NOT_ADMITTED = "not_admitted"


def draw_committee(*, tender_number: str, actor: Actor, at: datetime) -> Committee:
    """Draw the committee of a tender whose technical envelopes are open, from all experts who are in no conflict.

    The random seed is kept with the pool and with who was left out, so that anybody can repeat the draw. Once drawn it
    is not drawn again.

    Raises:
        NotVisible, NotAllowed, WrongState, NoCommitteeForeseen, CommitteeDrawn
        TooFewExperts: with the numbers that are needed and that there are.
    """
    person = require_person(actor)
    with unit_of_work():
        tender = lock(Tender.objects.visible_to(actor).select_related("procedure_rules"), number=tender_number)
        may_run_tender(actor, "draw_committee", tender)
        _require_technical_opened(tender, _("draw the committee"))
        rule = _rule_of(tender)
        drawn_before = Committee.objects.filter(tender=tender).first()
        if drawn_before is not None:
            raise CommitteeDrawn(tender=tender.number, at=spoken(drawn_before.drawn_at))
        experts = list(_admitted())
        excluded = _excluded(experts, tender, {person, tender.published_by_id})
        pool = [_candidate(expert, tender) for expert in experts if expert.pk not in excluded]
        seed = secrets.token_hex(32)
        drawn = _drawn(pool, seed, rule)
        names = {expert.pk: str(expert) for expert in experts}
        committee = Committee.objects.create(
            tender=tender,
            drawn_at=at,
            drawn_by_id=person,
            pool=[_entry(item, names[item.expert]) for item in pool],
            excluded={str(pk): {"name": names[pk], **reason} for pk, reason in excluded.items()},
            seed=seed,
        )
        for number, candidate in enumerate(drawn, start=1):
            _seat(committee, number, candidate)
        members = [names[candidate.expert] for candidate in drawn]
        changes = {"seed": [None, seed], "pool": [None, len(pool)], "members": [None, members]}
        record(actor=actor, action="committee.draw", subject=committee, at=at, changes=changes)
    return committee


def replace_member(*, member_id: int, reason: str, actor: Actor, at: datetime) -> CommitteeMember:
    """Seat the next of the draw in the stead of a member who cannot come.

    Who has submitted their scores is replaced only where a conflict of interest came to light.

    Raises:
        NotVisible, NotAllowed, WrongState, NoReasonGiven, ScoresSubmitted, TooFewExperts
    """
    if not reason.strip():
        raise NoReasonGiven(pointer="/reason")
    members = CommitteeMember.objects.visible_to(actor).sitting()
    seat = find(members.select_related("committee"), pk=member_id)
    with unit_of_work():
        tender = lock(Tender.objects.select_related("procedure_rules"), pk=seat.committee.tender_id)
        may_run_tender(actor, "replace_member", tender)
        _require_technical_opened(tender, _("replace a member of the committee"))
        committee = lock(Committee.objects.all(), tender=tender)
        # whoever is submitting at this moment is waited for
        sheet = lock(ScoreSheet.objects.all(), member=member_id)
        leaving = find(members.select_related("expert__user", "expert__employer"), pk=member_id)
        if sheet.status == ScoreSheetStatus.SUBMITTED and not conflicts([leaving.expert], bidder_ids(tender)):
            raise ScoresSubmitted(expert=leaving.expert.user)
        leaving.left_at, leaving.left_reason = at, reason.strip()
        leaving.save(update_fields=["left_at", "left_reason"])
        came = _seat_next(committee, tender)
        changes = {"members": [str(leaving), str(came)], "reason": [None, reason.strip()]}
        record(actor=actor, action="committee.replace_member", subject=committee, at=at, changes=changes)
    return came


def _seat_next(committee: Committee, tender: Tender) -> CommitteeMember:
    """Repeat the draw without those who left or meanwhile may not come; who is drawn and does not sit yet, comes."""
    members = list(committee.members.all())
    seated = {member.expert_id for member in members}
    pool = [Candidate(entry["expert"], entry["outside"], entry["primary"]) for entry in committee.pool]
    waiting = [item.expert for item in pool if item.expert not in seated]
    experts = list(Expert.objects.filter(pk__in=waiting).select_related("user", "employer"))
    admitted = set(_admitted().filter(pk__in=waiting).values_list("pk", flat=True))
    runners = {committee.drawn_by_id, tender.published_by_id}
    gone = {expert.pk: {"reason": NOT_ADMITTED} for expert in experts if expert.pk not in admitted}
    gone |= _excluded(experts, tender, runners)
    names = {expert.pk: str(expert) for expert in experts}
    committee.excluded |= {str(pk): {"name": names[pk], **reason} for pk, reason in gone.items()}
    committee.save(update_fields=["excluded"])
    left = {member.expert_id for member in members if member.left_at is not None}
    without = left | {int(pk) for pk in committee.excluded}
    drawn = _drawn(pool, committee.seed, _rule_of(tender), without=without)
    [candidate] = [item for item in drawn if item.expert not in seated]
    return _seat(committee, len(members) + 1, candidate)


def _rule_of(tender: Tender) -> CommitteeRule:
    rule = rules_of(tender).committee
    if rule is None:
        raise NoCommitteeForeseen(tender=tender.number)
    return rule


def _require_technical_opened(tender: Tender, action: str) -> None:
    needed = TenderStatus.TECHNICAL_OPENED
    if tender.status != needed:
        raise WrongState(action=action, status=TenderStatus(tender.status).label, allowed=needed.label)


def _admitted() -> Any:
    """Those who may be drawn: admitted, and able to enter as experts."""
    return (
        Expert.objects.filter(
            is_active=True,
            user__is_active=True,
            user__memberships__role=Role.EXPERT,
            user__memberships__organization__is_active=True,
        )
        .select_related("user", "employer")
        .order_by("pk")
        .distinct()
    )


def _excluded(
    experts: Collection[Expert], tender: Tender, runners: Collection[int | None]
) -> dict[int, dict[str, str]]:
    found = {
        pk: {"reason": conflict.tie.value, "firm": conflict.firm}
        for pk, conflict in conflicts(experts, bidder_ids(tender)).items()
    }
    return found | {expert.pk: {"reason": RUNS_TENDER} for expert in experts if expert.user_id in runners}


def _candidate(expert: Expert, tender: Tender) -> Candidate:
    is_primary = expert.employer.tier == Tier.PRIMARY
    return Candidate(expert.pk, is_outside=expert.employer_id != tender.agency_id, is_primary=is_primary)


def _entry(candidate: Candidate, name: str) -> dict[str, Any]:
    return {
        "expert": candidate.expert,
        "name": name,
        "outside": candidate.is_outside,
        "primary": candidate.is_primary,
    }


def _drawn(
    pool: Collection[Candidate], seed: str, rule: CommitteeRule, *, without: Collection[int] = ()
) -> list[Candidate]:
    drawn = draw(pool, seed, rule, without=without)
    if len(drawn) < rule.size:
        there = [item for item in pool if item.expert not in without]
        raise TooFewExperts(
            size=rule.size,
            outside=rule.outside_members,
            primary=rule.primary_members,
            there=len(there),
            there_outside=sum(item.is_outside for item in there),
            there_primary=sum(item.is_primary for item in there),
        )
    return drawn


def _seat(committee: Committee, number: int, candidate: Candidate) -> CommitteeMember:
    member = CommitteeMember.objects.create(
        committee=committee,
        expert_id=candidate.expert,
        number=number,
        is_outside=candidate.is_outside,
        is_primary=candidate.is_primary,
    )
    ScoreSheet.objects.create(member=member)
    return member
