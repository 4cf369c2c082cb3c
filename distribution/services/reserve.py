"""The province's reserve of medicines: its plans, and what their holders put in and rotate."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.errors import UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.journal.models import Event
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, unit_of_work
from catalog.models import Product, Region
from catalog.rules.months import months_after
from catalog.services.periods import period
from distribution.errors import (
    HolderUnfit,
    LifeTooShort,
    LotNotUsable,
    NotDueForRotation,
    PlanNotInForce,
    ReasonMissing,
    ReservePlanExists,
    RotationShort,
    UnitsNotPositive,
)
from distribution.models import ReservePlan, ReserveRelease, StockLot
from distribution.policies import may_keep_reserve, may_plan_reserve
from distribution.queries import holds_on, supply_rules
from distribution.queries.reserve import SHOWN_OF_PLAN, open_refills
from distribution.queries.stock import balances
from distribution.rules.reserve import lots_to_rotate
from distribution.services.entrustments import shortened
from distribution.services.lots import locked_lots, move
from distribution.services.stock import Move, enter_stock
from distribution.states import StockMove

HOLDERS = (OrganizationKind.INSTITUTION, OrganizationKind.SUPPLIER, OrganizationKind.DISTRIBUTOR)


@dataclass(frozen=True, slots=True)
class FreshLot:
    """Units of a lot that go into the reserve; ``expires_on`` is its last day of use."""

    lot_number: str
    expires_on: date
    units: int


def decide_reserve_plan(
    *,
    province_id: str,
    product_code: str,
    holder_code: str,
    units: int,
    valid_from: date,
    valid_until: date,
    authority: str,
    actor: Actor,
    at: datetime,
) -> ReservePlan:
    """Have a holder keep units of a product for the province; ``valid_until`` is the first day without.

    Raises:
        NotAllowed, NotVisible, PeriodReversed
        RulesBroken: an unknown product, a holder that keeps none, no units.
        ReservePlanExists: the holder has one for the product in a part of the time.
    """
    may_plan_reserve(actor, province_id)
    province = find(Region.objects.filter(parent=None), code=province_id)
    product = Product.objects.filter(code=product_code).first()
    holder = Organization.objects.filter(code=holder_code, kind__in=HOLDERS, is_active=True).first()
    errors = [
        UnknownCode(field="product", value=product_code, pointer="/product") if product is None else None,
        HolderUnfit(holder=holder_code, pointer="/holder") if holder is None else None,
        UnitsNotPositive(what=product_code, units=units, pointer="/units") if units < 1 else None,
    ]
    refuse([error for error in errors if error is not None])
    assert product is not None and holder is not None  # refused above
    with unit_of_work():
        try:
            with transaction.atomic():
                plan = ReservePlan.objects.create(
                    province=province,
                    product=product,
                    holder=holder,
                    units=units,
                    validity=period(valid_from, valid_until),
                    authority=authority.strip(),
                )
        except IntegrityError as error:
            raise ReservePlanExists(holder=holder, product=product) from error
        record(
            actor=actor,
            action="reserve_plan.decide",
            subject=plan,
            at=at,
            changes={"units": [None, units], "authority": [None, authority.strip()]},
        )
    return plan


def end_reserve_plan(*, plan_id: int, on: date, reason: str, actor: Actor, at: datetime) -> ReservePlan:
    """End a plan before its time, from a day on; what lies under it waits for the plan that follows.

    Raises:
        NotVisible, NotAllowed, ReasonMissing
        TermNotShortened: the day is no later one within its term.
    """
    with unit_of_work():
        plan = lock(ReservePlan.objects.visible_to(actor).select_related(*SHOWN_OF_PLAN), pk=plan_id)
        may_plan_reserve(actor, plan.province_id)
        if not reason.strip():
            raise ReasonMissing(product=plan, pointer="/reason")
        former = plan.validity
        plan.validity, plan.version = shortened(former, on, at), plan.version + 1
        plan.save(update_fields=["validity", "version", "updated_at"])
        changes = {"validity": [str(former), str(plan.validity)], "reason": [None, reason.strip()]}
        record(actor=actor, action="reserve_plan.end", subject=plan, at=at, changes=changes)
    return plan


def fill_reserve(*, plan_id: int, fresh: Sequence[FreshLot], actor: Actor, at: datetime) -> ReservePlan:
    """Put stock into the reserve; what was released before counts as replaced by it, the longest due first.

    An institution takes it from its own stock, a firm from outside the platform.

    Raises:
        NotVisible, NotAllowed, PlanNotInForce, NothingGiven
        RulesBroken: no units, too short a life, a held lot, more than the institution has.
    """
    with unit_of_work():
        plan = _plan_of_keeper(plan_id, actor, at)
        refills = list(open_refills(plan.pk).select_for_update(no_key=True, of=("self",)))
        _check_fresh(plan, fresh, localdate(at))
        event = _record(plan, "reserve_plan.fill", actor, at, sum(lot.units for lot in fresh))
        enter_stock(
            _into_reserve(plan, fresh),
            kind=StockMove.RESERVE_IN,
            reference=f"reserve-{event.pk}",
            actor=actor,
            at=at,
        )
        _note_refills(refills, sum(lot.units for lot in fresh))
    return plan


def _note_refills(releases: Sequence[ReserveRelease], units: int) -> None:
    for release in releases:
        refilled = min(units, release.units - release.refilled_units)
        release.refilled_units += refilled
        release.version += 1
        units -= refilled
        if not units:
            break
    ReserveRelease.objects.bulk_update(releases, ["refilled_units", "version"])


def rotate_reserve(
    *, plan_id: int, lot_ids: Collection[int], fresh: Sequence[FreshLot], actor: Actor, at: datetime
) -> ReservePlan:
    """Take lots that are due out of the reserve, whole, against at least as many fresh units, in one act.

    An institution takes the old ones into its own stock and the fresh ones from it.

    Raises:
        NotVisible, NotAllowed, PlanNotInForce, NothingGiven
        RulesBroken: a lot that is not due, no units, too short a life, a held lot.
        RotationShort: fewer fresh units than go out.
    """
    today = localdate(at)
    months = supply_rules(today).reserve_rotation_months
    with unit_of_work():
        plan = _plan_of_keeper(plan_id, actor, at)
        # those of its own stock as well, in one order with whoever issues them
        of_holder = StockLot.objects.on_hand().filter(holder=plan.holder_id, product=plan.product_id)
        lots = {lot.pk: lot for lot in locked_lots(of_holder) if lot.plan_id == plan.pk}
        due = {balance.id for balance in lots_to_rotate(balances(lots.values()), today=today, months=months)}
        strange = sorted(set(lot_ids) - due)
        refuse([NotDueForRotation(lot=lots[pk].lot_number if pk in lots else pk, pointer="/lots") for pk in strange])
        _check_fresh(plan, fresh, today)
        old = [lots[pk] for pk in sorted(set(lot_ids))]
        leaving, coming = sum(lot.units for lot in old), sum(lot.units for lot in fresh)
        if coming < leaving:
            raise RotationShort(old=leaving, fresh=coming, pointer="/fresh")
        event = _record(plan, "reserve_plan.rotate", actor, at, coming)
        reference = f"rotation-{event.pk}"
        moves = [move(lot, -lot.units) for lot in old]
        if _keeps_own_stock(plan):
            moves += [Move(plan.holder_id, lot.product_id, lot.lot_number, lot.expires_on, lot.units) for lot in old]
        enter_stock(moves, kind=StockMove.ROTATION, reference=reference, actor=actor, at=at)
        enter_stock(_into_reserve(plan, fresh), kind=StockMove.RESERVE_IN, reference=reference, actor=actor, at=at)
    return plan


def carry_over_reserve(*, plan_id: int, actor: Actor, at: datetime) -> ReservePlan:
    """Bring what lies under the holder's plans that have ended over to the plan that follows them.

    Raises:
        NotVisible, NotAllowed, PlanNotInForce
        NothingGiven: nothing lies under an ended plan of the province for the product.
    """
    with unit_of_work():
        plan = _plan_of_keeper(plan_id, actor, at)
        old = locked_lots(
            StockLot.objects.on_hand().filter(
                holder=plan.holder_id,
                product=plan.product_id,
                plan__province=plan.province_id,
                plan__validity__fully_lt=plan.validity,
            )
        )
        if not old:
            raise NothingGiven(pointer="/lots")
        event = _record(plan, "reserve_plan.carry_over", actor, at, sum(lot.units for lot in old))
        moves = [move(lot, -lot.units) for lot in old]
        moves += [replace(move(lot, lot.units), plan_id=plan.pk) for lot in old]
        enter_stock(moves, kind=StockMove.RESERVE_IN, reference=f"carry-over-{event.pk}", actor=actor, at=at)
    return plan


def _plan_of_keeper(plan_id: int, actor: Actor, at: datetime) -> ReservePlan:
    plan = lock(ReservePlan.objects.visible_to(actor).select_related(*SHOWN_OF_PLAN), pk=plan_id)
    may_keep_reserve(actor, plan)
    if localdate(at) not in plan.validity:
        raise PlanNotInForce(plan=plan, on=localdate(at))
    return plan


def _check_fresh(plan: ReservePlan, fresh: Sequence[FreshLot], today: date) -> None:
    """What goes in is not due for rotation on the same day."""
    if not fresh:
        raise NothingGiven(pointer="/fresh")
    least = months_after(today, supply_rules(today).reserve_rotation_months) - timedelta(days=1)
    holds = holds_on([plan.product_id])
    broken: list[DomainError] = []
    for index, lot in enumerate(fresh):
        pointer = f"/fresh/{index}"
        if lot.units < 1:
            broken.append(UnitsNotPositive(what=lot.lot_number, units=lot.units, pointer=f"{pointer}/units"))
        if lot.expires_on < least:
            broken.append(
                LifeTooShort(
                    lot=lot.lot_number, expires_on=lot.expires_on, least=least, pointer=f"{pointer}/expires_on"
                )
            )
        if hold := holds.of(plan.product_id, lot.lot_number):
            broken.append(
                LotNotUsable(
                    product=plan.product,
                    lot=lot.lot_number,
                    why=hold.get_kind_display(),
                    pointer=f"{pointer}/lot_number",
                )
            )
    refuse(broken)


def _into_reserve(plan: ReservePlan, fresh: Sequence[FreshLot]) -> list[Move]:
    moves = [Move(plan.holder_id, plan.product_id, lot.lot_number, lot.expires_on, lot.units, plan.pk) for lot in fresh]
    if _keeps_own_stock(plan):
        moves += [Move(plan.holder_id, plan.product_id, lot.lot_number, lot.expires_on, -lot.units) for lot in fresh]
    return moves


def _keeps_own_stock(plan: ReservePlan) -> bool:
    return plan.holder.kind == OrganizationKind.INSTITUTION


def _record(plan: ReservePlan, action: str, actor: Actor, at: datetime, units: int) -> Event:
    return record(actor=actor, action=action, subject=plan, at=at, changes={"units": [None, units]})
