"""Releases from the reserve: ordered by one officer, approved by another, issued by the holder."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import localdate

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, perform, unit_of_work
from distribution.errors import (
    NotEnoughToIssue,
    PlanNotInForce,
    ReasonMissing,
    RecipientUnfit,
    UnitsNotPositive,
)
from distribution.models import ReservePlan, ReserveRelease, StockLot
from distribution.policies import may_handle_release, may_plan_reserve
from distribution.queries import supply_rules
from distribution.queries.reserve import SHOWN_OF_PLAN, standings
from distribution.queries.stock import balances
from distribution.rules.fefo import NotEnough, pick
from distribution.rules.reserve import refill_due_on
from distribution.services.lots import locked_lots, move
from distribution.services.stock import Move, enter_stock
from distribution.states import RELEASE, StockMove


def order_release(
    *, plan_id: int, recipient_code: str, units: int, authority: str, reason: str, actor: Actor, at: datetime
) -> ReserveRelease:
    """Order that units of a plan go to an institution of the province; another officer has to approve.

    Raises:
        NotVisible, NotAllowed, PlanNotInForce
        RulesBroken: no authority or reason, a recipient elsewhere, no units, more than may be used.
    """
    today = localdate(at)
    with unit_of_work():
        plan = find(ReservePlan.objects.visible_to(actor).select_related(*SHOWN_OF_PLAN), pk=plan_id)
        may_plan_reserve(actor, plan.province_id)
        if today not in plan.validity:
            raise PlanNotInForce(plan=plan, on=today)
        institutions = Organization.objects.filter(
            kind=OrganizationKind.INSTITUTION, is_active=True, region__code__startswith=plan.province_id[:2]
        )
        recipient = institutions.filter(code=recipient_code).first()
        usable = standings([plan], today=today, rules=supply_rules(today))[plan.pk].usable
        errors: list[DomainError | None] = [
            ReasonMissing(product=plan, pointer="/authority") if not authority.strip() else None,
            ReasonMissing(product=plan, pointer="/reason") if not reason.strip() else None,
            RecipientUnfit(recipient=recipient_code, pointer="/recipient") if recipient is None else None,
            UnitsNotPositive(what=plan, units=units, pointer="/units") if units < 1 else None,
            NotEnoughToIssue(product=plan.product, wanted=units, available=usable, pointer="/units")
            if units > usable
            else None,
        ]
        refuse([error for error in errors if error is not None])
        assert recipient is not None  # refused above
        release = ReserveRelease.objects.create(
            plan=plan,
            recipient=recipient,
            units=units,
            authority=authority.strip(),
            reason=reason.strip(),
            ordered_by_id=actor.user_id,
            ordered_at=at,
        )
        record(
            actor=actor,
            action="reserve_release.order",
            subject=release,
            at=at,
            changes={"units": [None, units], "recipient": [None, str(recipient)], "authority": [None, authority]},
        )
    return release


def approve_release(
    *, release_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> ReserveRelease:
    """Approve what another officer ordered.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
    """
    with perform(
        "approve",
        ReserveRelease.objects.visible_to(actor).select_related("plan"),
        pk=release_id,
        machine=RELEASE,
        policy=may_handle_release,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as release:
        release.approved_by_id = actor.user_id
    return release


def drop_release(*, release_id: int, reason: str, actor: Actor, at: datetime) -> ReserveRelease:
    """Drop a release that was not issued yet, with a reason.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone, ReasonMissing
    """
    with perform(
        "drop",
        ReserveRelease.objects.visible_to(actor).select_related("plan"),
        pk=release_id,
        machine=RELEASE,
        policy=may_handle_release,
        actor=actor,
        at=at,
    ) as release:
        if not reason.strip():
            raise ReasonMissing(product=release.number, pointer="/reason")
        release.status_reason = reason.strip()
    return release


def issue_release(
    *, release_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> ReserveRelease:
    """Hand the released units out, first expired first, into the institution's stock, and say until when to refill.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        NotEnoughToIssue: the holder has less that may be used.
    """
    today = localdate(at)
    with perform(
        "issue",
        ReserveRelease.objects.visible_to(actor).select_related(*(f"plan__{name}" for name in SHOWN_OF_PLAN)),
        pk=release_id,
        machine=RELEASE,
        policy=may_handle_release,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as release:
        lots = {lot.pk: lot for lot in locked_lots(StockLot.objects.on_hand().filter(plan=release.plan_id))}
        try:
            picks = pick(balances(lots.values()), release.units, today=today)
        except NotEnough as error:
            raise NotEnoughToIssue(
                product=release.plan.product, wanted=error.wanted, available=error.available
            ) from error
        taken = [(lots[picked.id], picked.units) for picked in picks]
        enter_stock(
            [
                *(move(lot, -units) for lot, units in taken),
                *(
                    Move(release.recipient_id, lot.product_id, lot.lot_number, lot.expires_on, units)
                    for lot, units in taken
                ),
            ],
            kind=StockMove.RESERVE_OUT,
            reference=release.number,
            reason=release.reason,
            actor=actor,
            at=at,
        )
        release.issued_at = at
        release.refill_due_on = refill_due_on(today, supply_rules(today).reserve_refill_days)
    return release
