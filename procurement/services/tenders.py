"""Drafting, publishing, closing and concluding a tender."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization, User
from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.errors import DomainError, NotAllowed, RuleBroken, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from catalog.models import RuleSet
from catalog.queries import rule_set
from catalog.rules.procedure_rules import ProcedureRules
from procurement.errors import (
    BiddingPeriodTooShort,
    DeadlineNotAhead,
    DemandRoundOpen,
    LotsAwarded,
    NothingToRetender,
    NumberNotUsable,
    NumberTaken,
    ReasonMissing,
    SupplyTermEmpty,
    TenderIncomplete,
)
from procurement.models import Award, DemandRound, Invitation, KeyShare, Tender, TenderKey
from procurement.policies import may_cancel_tender, may_run_tender, require_person, require_role
from procurement.queries import rules_of
from procurement.services.lots import LotPlan, add_lot, refuse_lots_twice, refuse_too_many_kinds, tendered_before
from procurement.services.tender_keys import LEAST_SHARES, make_key, refuse_holders
from procurement.states import TENDER, DemandStatus, LotStatus, Procedure, Stage, TenderStatus

# A tender is read at an address that ends in its number.
UNUSABLE_IN_AN_ADDRESS = re.compile(r"[\s./?#%\\\x00]")

# Of the lot of the query around it.
STANDING_AWARDS = Award.objects.filter(lot=OuterRef("pk"), revoked_at=None)


def draft_tender(
    *,
    number: str,
    title: str,
    demand_round: DemandRound | None,
    deadline_at: datetime,
    supply_from: date,
    supply_until: date,
    province_ids: Collection[str],
    lots: Sequence[LotPlan],
    procedure: Procedure = Procedure.VOLUME_BASED,
    invited: Collection[Organization] = (),
    urgency_reason: str = "",
    retender_of: Tender | None = None,
    actor: Actor,
    at: datetime,
) -> Tender:
    """Draft a tender with its lots, bound to the rules of its procedure that are in force on the day.

    Each lot's quantity is the confirmed demand of its provinces for its strength group, or what its plan states.

    Raises:
        NotAllowed: not an officer of an agency, or the demand round is another agency's.
        NumberNotUsable, NumberTaken, SupplyTermEmpty, DemandRoundOpen, NoRuleSet, ScopeExceeded
        RulesBroken: with every lot that comes twice, has no demand, whose demand is tendered already, or whose ceiling
            cannot stand.
    """
    require_role(actor, Role.PROCUREMENT_OFFICER)
    if actor.organization_id is None:
        raise NotAllowed(reason=_("a tender is led by a province's agency"))
    if supply_until <= supply_from:
        raise SupplyTermEmpty(begin=supply_from, until=supply_until, pointer="/supply_until")
    if UNUSABLE_IN_AN_ADDRESS.search(number) or not number:
        raise NumberNotUsable(number=number, pointer="/number")
    if Tender.objects.filter(number=number).exists():
        raise NumberTaken(number=number, pointer="/number")
    refuse_lots_twice(lots)
    rules = rule_set(RuleSet.Kind.PRICE_RATIO, localdate(at))
    procedure_rules = rule_set(RuleSet.Kind(procedure), localdate(at))
    refuse_too_many_kinds(lots, ProcedureRules.read(procedure_rules.parameters))
    with unit_of_work():
        broken: list[DomainError] = []
        if demand_round is not None:
            demand_round = lock(DemandRound.objects.all(), pk=demand_round.pk)
            if demand_round.agency_id != actor.organization_id:
                raise NotAllowed(reason=_("the demand round was opened by another agency"))
            if demand_round.status != DemandStatus.CLOSED:
                raise DemandRoundOpen(round=demand_round, pointer="/demand_round")
            broken += tendered_before(demand_round, lots, province_ids)
        tender = Tender.objects.create(
            number=number,
            title=title,
            agency_id=actor.organization_id,
            procedure=procedure,
            procedure_rules=procedure_rules,
            demand_round=demand_round,
            rule_set=rules,
            urgency_reason=urgency_reason,
            retender_of=retender_of,
            deadline_at=deadline_at,
            supply_from=supply_from,
            supply_until=supply_until,
        )
        for plan in lots:
            try:
                add_lot(tender, plan, province_ids)
            except RuleBroken as error:
                error.pointer = error.pointer or f"/lots/{plan.number}"
                broken.append(error)
        refuse(broken)
        Invitation.objects.bulk_create(Invitation(tender=tender, supplier=supplier) for supplier in invited)
        record(actor=actor, action="tender.draft", subject=tender, at=at, changes={"lots": [None, len(lots)]})
    return tender


def publish_tender(
    *, number: str, holders: Sequence[User], threshold: int = LEAST_SHARES, actor: Actor, at: datetime
) -> Tender:
    """Publish a draft: make a key pair for each envelope, give each holder a share of the private half, forget it.

    ``holders`` are the people who can open it, ``threshold`` of them together; an officer and a supervisor are among
    them.

    Raises:
        NotVisible, NotAllowed, WrongState
        TenderIncomplete: no lots; nobody invited to designated production; not enough holders, none of the agency or of
            the supervision, or somebody else.
        DeadlineNotAhead, BiddingPeriodTooShort, OpeningKeyMissing
    """
    person = require_person(actor)
    with perform(
        "publish",
        Tender.objects.visible_to(actor),
        number=number,
        machine=TENDER,
        policy=may_run_tender,
        actor=actor,
        at=at,
    ) as tender:
        if not tender.lots.exists():
            raise TenderIncomplete(problem=_("it has no lots"))
        if tender.procedure == Procedure.SMALL_QUANTITY and not tender.urgency_reason.strip():
            raise TenderIncomplete(problem=_("it does not say why the purchase is urgent"))
        if tender.procedure == Procedure.DESIGNATED_PRODUCTION and not tender.invitations.exists():
            raise TenderIncomplete(problem=_("it invites nobody, and designated production is not open to all"))
        rules = rules_of(tender)
        if tender.deadline_at <= at:
            raise DeadlineNotAhead(deadline=spoken(tender.deadline_at), now=spoken(at))
        if tender.deadline_at < at + timedelta(days=rules.least_bidding_days):
            raise BiddingPeriodTooShort(
                deadline=spoken(tender.deadline_at),
                least=rules.least_bidding_days,
                earliest=spoken(at + timedelta(days=rules.least_bidding_days)),
            )
        tender.published_at, tender.published_by_id = at, person
        if tender.procedure != Procedure.DIRECT_LISTING:
            refuse_holders(tender, holders, threshold)
            stages = [Stage.TECHNICAL, Stage.COMMERCIAL] if rules.shortlist else [Stage.COMMERCIAL]
            for stage in stages:
                make_key(tender, stage, holders, threshold)
    return tender


def close_tender(*, number: str, actor: Actor, at: datetime) -> Tender:
    """Close a published tender whose deadline has passed; before it nothing can.

    Raises:
        NotVisible: there is no such tender to close: not yours, not due, or closed before.
        NotAllowed
    """
    with perform(
        "close",
        Tender.objects.due(at) if actor.is_platform else Tender.objects.visible_to(actor).due(at),
        number=number,
        machine=TENDER,
        policy=may_run_tender,
        actor=actor,
        at=at,
    ) as tender:
        pass
    return tender


def cancel_tender(*, number: str, reason: str = "", actor: Actor, at: datetime) -> Tender:
    """Cancel a tender; envelopes that were not opened stay sealed for ever, its keys are destroyed.

    Raises:
        NotVisible, WrongState
        NotAllowed: not a named officer of the agency; after an opening, the one who published it.
        LotsAwarded: an award stands. ReasonMissing: no reason, of a tender that was published.
    """
    with perform(
        "cancel",
        Tender.objects.visible_to(actor),
        number=number,
        machine=TENDER,
        policy=may_cancel_tender,
        actor=actor,
        at=at,
    ) as tender:
        awarded = tender.lots.filter(Exists(STANDING_AWARDS)).values_list("number", flat=True)
        if awarded:
            raise LotsAwarded(tender=tender.number, lots=", ".join(map(str, awarded)))
        tender.cancel_reason = reason.strip()
        if tender.published_at is not None and not tender.cancel_reason:
            raise ReasonMissing(difference=_("a published tender is cancelled"), pointer="/reason")
        TenderKey.objects.filter(tender=tender, destroyed_at=None).update(destroyed_at=at)
        KeyShare.objects.filter(key__tender=tender).update(sealed=None, released=None)
    return tender


def retender(
    *,
    number: str,
    new_number: str,
    deadline_at: datetime,
    supply_from: date,
    supply_until: date,
    actor: Actor,
    at: datetime,
) -> Tender:
    """Draft a tender anew from the lots of another that failed, or from those not awarded of one that was cancelled.

    Raises:
        NotVisible, NotAllowed, NothingToRetender, NumberNotUsable, NumberTaken, SupplyTermEmpty, NoRuleSet
        RulesBroken: with every lot whose ceiling can no longer stand, or whose demand is tendered again already.
    """
    former = find(Tender.objects.of_agency(actor), number=number)
    lots = former.lots.select_related("presentation__medicine").prefetch_related("areas").order_by("number")
    if former.status == TenderStatus.CANCELLED:
        lots = lots.exclude(Exists(STANDING_AWARDS))
    else:
        lots = lots.filter(status=LotStatus.FAILED)
    plans = [
        LotPlan(
            number=lot.number,
            presentation=lot.presentation,
            ceiling_price=lot.ceiling_price,
            max_winners=lot.max_winners,
            quantities={area.province_id: area.quantity for area in lot.areas.all()},
        )
        for lot in lots
    ]
    if not plans:
        raise NothingToRetender(tender=former.number)
    return draft_tender(
        number=new_number,
        title=former.title,
        demand_round=former.demand_round,
        deadline_at=deadline_at,
        supply_from=supply_from,
        supply_until=supply_until,
        province_ids={province for plan in plans for province in plan.quantities or ()},
        lots=plans,
        procedure=Procedure(former.procedure),
        invited=[invitation.supplier for invitation in former.invitations.select_related("supplier")],
        urgency_reason=former.urgency_reason,
        retender_of=former,
        actor=actor,
        at=at,
    )


def lock_open_tender(number: str, actor: Actor) -> Tender:
    """The tender, locked, so that its deadline and state cannot move while a bid is stored."""
    return lock(Tender.objects.visible_to(actor).filter(published_at__isnull=False), number=number)
