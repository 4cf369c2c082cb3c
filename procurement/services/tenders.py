"""Drafting, publishing, closing and concluding a tender."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.accounts.models import User
from catalog.errors import StrengthNotComparable
from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.errors import DomainError, NotAllowed, RuleBroken, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, perform, unit_of_work
from catalog.models import GuidePrice, Presentation, RuleSet
from catalog.queries import rule_set
from catalog.rules.price_ratio import carry
from procurement.errors import (
    CeilingAboveGuidePrice,
    DeadlineNotAhead,
    DemandRoundOpen,
    LotTwice,
    NoDemand,
    NumberNotUsable,
    NumberTaken,
    OpeningKeyMissing,
    SupplyTermEmpty,
    TenderIncomplete,
)
from procurement.models import DemandRound, KeyShare, Lot, LotArea, OpeningKey, Tender, TenderKey
from procurement.policies import may_run_tender, require_person, require_role
from procurement.queries import demand_by_province
from procurement.rules.sealing import new_key_pair, seal, split
from procurement.states import TENDER, DemandStatus, TenderStatus

# A tender is read at an address that ends in its number.
UNUSABLE_IN_AN_ADDRESS = re.compile(r"[\s./?#%\\\x00]")
# Two officers together open a tender; a third holder is the reserve for an absent one.
SHARES_NEEDED = 2


@dataclass(frozen=True, slots=True)
class LotPlan:
    """A lot to be: the presentation whose strength is the reference, and the ceiling as it was decided.

    ``ceiling_price`` is yuan per smallest unit of ``ceiling_presentation``, where that is another strength.
    """

    number: int
    presentation: Presentation
    ceiling_price: Decimal
    max_winners: int
    ceiling_presentation: Presentation | None = None


def draft_tender(
    *,
    number: str,
    title: str,
    demand_round: DemandRound,
    deadline_at: datetime,
    supply_from: date,
    supply_until: date,
    province_ids: Collection[str],
    lots: Sequence[LotPlan],
    actor: Actor,
    at: datetime,
) -> Tender:
    """Draft a tender with its lots; each lot's quantity is the demand of its provinces for its strength group.

    Raises:
        NotAllowed: not an officer of an agency.
        NumberNotUsable, NumberTaken, SupplyTermEmpty, DemandRoundOpen, NoRuleSet
        RulesBroken: with every lot that comes twice, has no demand, or whose ceiling cannot stand.
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
    _refuse_lots_twice(lots)
    rules = rule_set(RuleSet.Kind.PRICE_RATIO, localdate(at))
    with unit_of_work():
        demand_round = lock(DemandRound.objects.all(), pk=demand_round.pk)
        if demand_round.status != DemandStatus.CLOSED:
            raise DemandRoundOpen(round=demand_round, pointer="/demand_round")
        tender = Tender.objects.create(
            number=number,
            title=title,
            agency_id=actor.organization_id,
            demand_round=demand_round,
            rule_set=rules,
            deadline_at=deadline_at,
            supply_from=supply_from,
            supply_until=supply_until,
        )
        broken: list[DomainError] = []
        for plan in lots:
            try:
                _add_lot(tender, plan, province_ids)
            except RuleBroken as error:
                error.pointer = error.pointer or f"/lots/{plan.number}"
                broken.append(error)
        refuse(broken)
        record(actor=actor, action="tender.draft", subject=tender, at=at, changes={"lots": [None, len(lots)]})
    return tender


def _refuse_lots_twice(lots: Sequence[LotPlan]) -> None:
    numbers: set[int] = set()
    presentations: set[int] = set()
    broken: list[DomainError] = []
    for plan in lots:
        if plan.number in numbers or plan.presentation.pk in presentations:
            pointer = f"/lots/{plan.number}"
            broken.append(LotTwice(lot=plan.number, presentation=plan.presentation, pointer=pointer))
        numbers.add(plan.number)
        presentations.add(plan.presentation.pk)
    refuse(broken)


def strength_group(presentation: Presentation) -> list[int]:
    """The presentations that compete in one lot: the same medicine and form in any strength."""
    return list(
        Presentation.objects.filter(medicine=presentation.medicine_id, form=presentation.form).values_list(
            "pk", flat=True
        )
    )


def _add_lot(tender: Tender, plan: LotPlan, province_ids: Collection[str]) -> None:
    demand = demand_by_province(tender.demand_round, strength_group(plan.presentation), province_ids)
    if not demand:
        raise NoDemand(presentation=plan.presentation, provinces=", ".join(sorted(province_ids)))
    ceiling, evidence = _ceiling(tender, plan)
    _check_guide_price(tender, plan.presentation, ceiling)
    lot = Lot.objects.create(
        tender=tender,
        number=plan.number,
        presentation=plan.presentation,
        quantity=sum(demand.values()),
        ceiling_price=ceiling,
        ceiling_evidence=evidence,
        max_winners=plan.max_winners,
    )
    LotArea.objects.bulk_create(
        LotArea(lot=lot, province_id=province_id, quantity=demand.get(province_id, 0))
        for province_id in sorted(province_ids)
    )


def _ceiling(tender: Tender, plan: LotPlan) -> tuple[Decimal, dict[str, str]]:
    stated_for = plan.ceiling_presentation or plan.presentation
    if stated_for == plan.presentation:
        return plan.ceiling_price, {"price": str(plan.ceiling_price), "strength": plan.presentation.strength}
    source, target = stated_for.content, plan.presentation.content
    if source is None or target is None:
        raise StrengthNotComparable(one=stated_for.strength, other=plan.presentation.strength)
    try:
        carried = carry(
            plan.ceiling_price,
            source=source,
            target=target,
            strength_base=Decimal(tender.rule_set.parameters["strength_base"]),
        )
    except ValueError as error:
        raise StrengthNotComparable(one=stated_for.strength, other=plan.presentation.strength) from error
    return carried.price, {
        "strength": stated_for.strength,
        "carried_to": plan.presentation.strength,
    } | carried.steps


def _check_guide_price(tender: Tender, presentation: Presentation, ceiling: Decimal) -> None:
    """A ceiling lies at or under the dearest guide price per unit of the presentation, where one is in force."""
    prices = [
        row.unit_price for row in GuidePrice.objects.in_force(tender.supply_from).filter(presentation=presentation)
    ]
    if prices and ceiling > max(prices):
        raise CeilingAboveGuidePrice(ceiling=ceiling, presentation=presentation, guide=max(prices))


def publish_tender(*, number: str, holders: Sequence[User], actor: Actor, at: datetime) -> Tender:
    """Publish a draft: make its key pair, give each holder a share of the private half, and forget it.

    ``holders`` are the people who can open it, any two of them together.

    Raises:
        NotVisible, NotAllowed, WrongState
        TenderIncomplete: no lots, or fewer than two different holders.
        DeadlineNotAhead, OpeningKeyMissing
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
        if len({holder.pk for holder in holders}) < SHARES_NEEDED:
            raise TenderIncomplete(problem=_("at least two people must hold the opening key"))
        if tender.deadline_at <= at:
            raise DeadlineNotAhead(deadline=spoken(tender.deadline_at), now=spoken(at))
        tender.published_at, tender.published_by_id = at, person
        _make_key(tender, holders)
    return tender


def _make_key(tender: Tender, holders: Sequence[User]) -> None:
    keys = {key.user_id: key for key in OpeningKey.objects.filter(user__in=holders)}
    for holder in holders:
        if holder.pk not in keys:
            raise OpeningKeyMissing(person=holder)
    pair = new_key_pair()
    tender_key = TenderKey.objects.create(tender=tender, public_key=pair.public, threshold=SHARES_NEEDED)
    shares = split(pair.private, threshold=SHARES_NEEDED, holders=len(keys))
    KeyShare.objects.bulk_create(
        KeyShare(key=tender_key, holder_id=user_id, sealed=seal(share, bytes(key.public_key)))
        for share, (user_id, key) in zip(shares, sorted(keys.items()), strict=True)
    )


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


def cancel_tender(*, number: str, actor: Actor, at: datetime) -> Tender:
    """Cancel a tender that was not opened; its envelopes stay sealed for ever, its key is destroyed.

    Raises:
        NotVisible, NotAllowed, WrongState
    """
    with perform(
        "cancel",
        Tender.objects.visible_to(actor),
        number=number,
        machine=TENDER,
        policy=may_run_tender,
        actor=actor,
        at=at,
    ) as tender:
        TenderKey.objects.filter(tender=tender).update(destroyed_at=at)
        KeyShare.objects.filter(key__tender=tender).update(sealed=None, released=None)
    return tender


def lock_open_tender(number: str, actor: Actor) -> Tender:
    """The tender, locked, so that its deadline and state cannot move while a bid is stored."""
    return lock(Tender.objects.visible_to(actor).exclude(status=TenderStatus.DRAFT), number=number)
