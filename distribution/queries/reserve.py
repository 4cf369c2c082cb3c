"""How the reserve stands: what is usable, what is due, and where it fell under its floor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import F

from catalog.rules.supply_rules import SupplyRules
from distribution.models import ReservePlan, ReserveRelease, StockLot
from distribution.queries.stock import balances, with_holds
from distribution.querysets import ReserveReleaseQuerySet
from distribution.rules.reserve import floor_units, lots_to_rotate
from distribution.states import ReleaseStatus

# What it takes to name a plan.
SHOWN_OF_PLAN = ("product__presentation__medicine", "product__manufacturer", "holder")


@dataclass(frozen=True, slots=True)
class ReserveStanding:
    """Units of a plan that are there and that may be used, its floor, and the lots that are due for rotation."""

    plan: ReservePlan
    units: int
    usable: int
    floor: int
    due_lots: tuple[StockLot, ...]

    @property
    def is_below_floor(self) -> bool:
        """Fewer usable units than the floor; the alarm."""
        return self.usable < self.floor


def standings(plans: Collection[ReservePlan], *, today: date, rules: SupplyRules) -> dict[int, ReserveStanding]:
    """How each of the plans stands, by its id; one query for all lots."""
    lots: defaultdict[int | None, dict[int, StockLot]] = defaultdict(dict)
    for lot in with_holds(StockLot.objects.on_hand().filter(plan__in=[plan.pk for plan in plans])):
        lots[lot.plan_id][lot.pk] = lot
    return {plan.pk: _standing(plan, lots[plan.pk], today, rules) for plan in plans}


def stand(plans: Collection[ReservePlan], *, today: date, rules: SupplyRules) -> None:
    """Give each of the plans its ``standing``."""
    found = standings(plans, today=today, rules=rules)
    for plan in plans:
        plan.standing = found[plan.pk]  # type: ignore[attr-defined]


def _standing(plan: ReservePlan, lots: dict[int, StockLot], today: date, rules: SupplyRules) -> ReserveStanding:
    known = balances(lots.values())
    due = lots_to_rotate(known, today=today, months=rules.reserve_rotation_months)
    return ReserveStanding(
        plan=plan,
        units=sum(lot.units for lot in known),
        usable=sum(lot.units for lot in known if lot.may_be_issued(today)),
        floor=floor_units(plan.units, rules.reserve_floor_share),
        due_lots=tuple(lots[balance.id] for balance in due),
    )


def overdue_refills(releases: ReserveReleaseQuerySet, today: date) -> ReserveReleaseQuerySet:
    """What was issued and is not wholly replaced although the day for it is past."""
    return releases.filter(status=ReleaseStatus.ISSUED, refill_due_on__lt=today, refilled_units__lt=F("units"))


def open_refills(plan_id: int) -> ReserveReleaseQuerySet:
    """What was issued of a plan and is not wholly replaced, the longest due first."""
    return ReserveRelease.objects.filter(
        plan=plan_id, status=ReleaseStatus.ISSUED, refilled_units__lt=F("units")
    ).order_by("issued_at", "pk")
