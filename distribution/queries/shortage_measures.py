"""What a province has at hand against a shortage: who stands by, who has some to give, its reserve, its tenders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef
from django.utils.timezone import localdate

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import Product
from distribution.models import ReservePlan, ShortageItem, ShortageReport, StockLot
from distribution.queries.province_stock import spares
from distribution.queries.reserve import SHOWN_OF_PLAN, ReserveStanding, standings
from distribution.queries.rules import supply_rules
from distribution.queries.stock import with_warnings
from distribution.states import StockWarning
from procurement.models import AgreementLine, Tender
from procurement.states import AgreementStatus, Procedure, SupplyRole, TenderStatus

UNUSABLE = (StockWarning.EXPIRED, StockWarning.HELD)


@dataclass(frozen=True, slots=True)
class SpareLot:
    """A lot of somebody who has ``units`` of its product beyond the cover of its usual use."""

    lot: StockLot
    units: int


def backups_of(item: ShortageItem, at: datetime) -> list[AgreementLine]:
    """The main suppliers' lines with a rest that somebody stands by for."""
    standing_by = AgreementLine.objects.filter(
        lot=OuterRef("lot"),
        province=OuterRef("province"),
        role=SupplyRole.BACKUP,
        ended_at=None,
        agreement__status=AgreementStatus.IN_FORCE,
    )
    mains = AgreementLine.objects.in_force(at).filter(Exists(standing_by), agreed_quantity__gt=F("called_off_quantity"))
    mains = mains.filter(province=item.province_id, product__presentation=item.presentation_id, role=SupplyRole.MAIN)
    return list(mains.select_related("agreement__supplier", "product__presentation__medicine").order_by("pk"))


def spare_lots(item: ShortageItem, at: datetime) -> list[SpareLot]:
    """What institutions of the province could give, the most to spare first, of each what expires first."""
    today, rules = localdate(at), supply_rules(localdate(at))
    products = list(Product.objects.filter(presentation=item.presentation_id).values_list("pk", flat=True))
    to_spare = {
        (spare.holder_id, spare.product_id): spare.units
        for spare in spares(item.province_id, at=at, rules=rules, products=products)
        if spare.units > 0
    }
    lots = with_warnings(StockLot.objects.on_hand(), today=today, rules=rules).exclude(warning__in=UNUSABLE)
    lots = lots.filter(plan=None, product__in=products, holder__in={holder for holder, _product in to_spare})
    found = [
        SpareLot(lot, to_spare[lot.holder_id, lot.product_id])
        for lot in lots.select_related("holder").order_by("expires_on", "pk")
        if (lot.holder_id, lot.product_id) in to_spare
    ]
    return sorted(found, key=lambda spare: -spare.units)


def in_need(item: ShortageItem, at: datetime) -> list[Organization]:
    """The institutions that report it, and those that have less than the cover of their usual use."""
    products = list(Product.objects.filter(presentation=item.presentation_id).values_list("pk", flat=True))
    lacking = {
        spare.holder_id
        for spare in spares(item.province_id, at=at, rules=supply_rules(localdate(at)), products=products)
        if spare.units < 0
    }
    reports = ShortageReport.objects.standing().filter(province=item.province_id, product__in=products)
    reporting = set(reports.values_list("institution", flat=True))
    return list(Organization.objects.filter(pk__in=lacking | reporting, is_active=True).order_by("code"))


def reserves_of(item: ShortageItem, at: datetime) -> list[ReserveStanding]:
    """The plans in force of the province that have usable units of it."""
    today = localdate(at)
    plans = ReservePlan.objects.filter(
        province=item.province_id, product__presentation=item.presentation_id, validity__contains=today
    ).select_related(*SHOWN_OF_PLAN)
    return [row for row in standings(plans, today=today, rules=supply_rules(today)).values() if row.usable]


def productions_of(item: ShortageItem, actor: Actor) -> list[Tender]:
    """The agency's tenders for designated production of the medicine that are not over."""
    tenders = Tender.objects.of_agency(actor).filter(
        procedure=Procedure.DESIGNATED_PRODUCTION, lots__presentation__medicine=item.presentation.medicine_id
    )
    return list(tenders.exclude(status=TenderStatus.CANCELLED).distinct())
