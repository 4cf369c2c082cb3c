"""Stock on shelves, on the way between institutions, and in the reserve."""

from __future__ import annotations

from datetime import datetime, timedelta

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Product
from distribution.models import ReservePlan, ReserveRelease, StockLot, StockTransfer
from distribution.services.counts import OpeningLot, enter_opening_stock
from distribution.services.issues import Wish, issue_stock
from distribution.services.releases import approve_release, issue_release, order_release
from distribution.services.reserve import FreshLot, decide_reserve_plan, fill_reserve
from distribution.services.transfers import answer_transfer, propose_transfer, send_transfer
from tests.cast import HENAN, ZHONGYUAN, Cast, actor_in
from tests.factories.clock import NOW, TODAY, _numbers


def neighbour(region: str = ZHONGYUAN) -> Organization:
    """Another institution of the hospital's province."""
    number = next(_numbers)
    return Organization.objects.create(
        code=f"HOSP-{number:04d}", kind=OrganizationKind.INSTITUTION, name=f"中原区第{number}医院", region_id=region
    )


def pharmacist_of(institution: Organization) -> Actor:
    """Its system, which may do what pharmacists do."""
    return actor_in(institution, Role.PHARMACIST)


def stock_lot(
    actor: Actor,
    product: Product,
    units: int = 100,
    *,
    lot_number: str = "",
    days: int = 720,
    at: datetime = NOW,
) -> StockLot:
    """A lot on the shelf of the actor's institution that keeps for ``days`` more."""
    opening = OpeningLot(product.code, lot_number or f"L{next(_numbers):04d}", TODAY + timedelta(days=days), units)
    [entry] = enter_opening_stock(lots=[opening], actor=actor, at=at)
    return StockLot.objects.get(pk=entry.lot_id)


def issue(actor: Actor, product: Product, units: int, *, at: datetime = NOW) -> None:
    """To patients, of what expires first."""
    issue_stock(wishes=[Wish(product.code, units)], actor=actor, at=at)


def used(actor: Actor, product: Product, units: int, *, at: datetime = NOW) -> None:
    """Units that were on the shelf and went to patients."""
    stock_lot(actor, product, units, days=9, at=at)
    issue(actor, product, units, at=at)


def proposed_transfer(lot: StockLot, taker: Organization, units: int = 10, *, actor: Actor) -> StockTransfer:
    """Waiting for the taker's word."""
    return propose_transfer(lot_id=lot.pk, taker_code=taker.code, units=units, reason="用量不足", actor=actor, at=NOW)


def agreed_transfer(lot: StockLot, taker: Organization, units: int = 10, *, actor: Actor) -> StockTransfer:
    """Waiting to be sent."""
    proposed = proposed_transfer(lot, taker, units, actor=actor)
    return answer_transfer(transfer_id=proposed.pk, action="agree", actor=pharmacist_of(taker), at=NOW)


def sent_transfer(lot: StockLot, taker: Organization, units: int = 10, *, actor: Actor) -> StockTransfer:
    """On the way."""
    return send(agreed_transfer(lot, taker, units, actor=actor), actor=actor)


def send(transfer: StockTransfer, *, actor: Actor) -> StockTransfer:
    """By the giver's pharmacist."""
    return send_transfer(transfer_id=transfer.pk, actor=actor, at=NOW)


def reserve_plan(cast: Cast, product: Product, units: int = 1000, *, holder: Organization | None = None) -> ReservePlan:
    """The province's, kept by the distributor, in force for a year."""
    return decide_reserve_plan(
        province_id=HENAN,
        product_code=product.code,
        holder_code=(holder or cast.distributor_firm).code,
        units=units,
        valid_from=TODAY - timedelta(days=30),
        valid_until=TODAY + timedelta(days=335),
        authority="豫医药储备〔2026〕1号",
        actor=cast.officer,
        at=NOW,
    )


def fresh(units: int, *, lot_number: str = "", days: int = 720) -> FreshLot:
    """A lot for the reserve."""
    return FreshLot(lot_number or f"R{next(_numbers):04d}", TODAY + timedelta(days=days), units)


def filled_reserve(cast: Cast, product: Product, *lots: FreshLot, units: int = 1000) -> ReservePlan:
    """A plan whose holder has put the lots in; by default one lot of all planned units."""
    plan = reserve_plan(cast, product, units)
    return fill_reserve(plan_id=plan.pk, fresh=lots or [fresh(units)], actor=cast.distributor, at=NOW)


def ordered_release(cast: Cast, plan: ReservePlan, units: int = 100) -> ReserveRelease:
    """Waiting for the second officer."""
    return order_release(
        plan_id=plan.pk,
        recipient_code=cast.hospital.code,
        units=units,
        authority="省卫生健康委",
        reason="暴发疫情",
        actor=cast.officer,
        at=NOW,
    )


def approved_release(cast: Cast, plan: ReservePlan, units: int = 100) -> ReserveRelease:
    """Waiting for the holder."""
    ordered = ordered_release(cast, plan, units)
    return approve_release(release_id=ordered.pk, actor=cast.second_officer, at=NOW)


def issued_release(cast: Cast, plan: ReservePlan, units: int = 100) -> ReserveRelease:
    """In the hospital's stock, to be refilled."""
    approved = approved_release(cast, plan, units)
    return issue_release(release_id=approved.pk, actor=cast.distributor, at=NOW)
