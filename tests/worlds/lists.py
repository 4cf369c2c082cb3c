"""Something in the lists of the admin: a year of tenders, and what distribution keeps, as many times as wanted."""

from __future__ import annotations

from datetime import timedelta

from catalog.accounts.models import Organization
from catalog.models import Township
from catalog.rules.months import months_after
from distribution.models import Order, Payable, PriceAlarm
from distribution.services.counts import Found, count_stock
from distribution.services.deemed import enter_deemed_producer
from distribution.services.retail_files import hand_in_retail_file
from distribution.services.retail_sweeps import execute_sweep, request_sweep
from distribution.services.routes import plan_route
from distribution.services.scorecards import draw_scorecards
from distribution.services.shortages import Redistribution
from distribution.states import DeemedGround
from procurement.models import AgreementLine
from tests import factories
from tests.cast import HENAN, ZHONGYUAN, Cast, organization_of
from tests.distribution.measured import REFUSED, measured_order
from tests.factories import NOW, TODAY


def make_year(cast: Cast) -> None:
    """Goods received and all that follows, a tender evaluated, one under way, a draft."""
    factories.licence(cast.supplier_firm)
    factories.ownership(cast.supplier_firm)
    factories.conduct_record(cast, firm=cast.distributor_firm)
    supply(cast, "阿莫西林")
    factories.entrustment(cast)
    factories.evaluated_tender(cast, [factories.lot_plan(factories.presentation("布洛芬"))])
    factories.tender_with_bids(cast, [factories.lot_plan(factories.presentation("头孢氨苄"))])
    factories.drafted_tender(cast, [factories.lot_plan(factories.presentation("阿奇霉素"))])


def supply(cast: Cast, medicine: str) -> None:
    """One row more in each list of distribution but the entrustments."""
    [line] = factories.agreement_lines(cast, [medicine])
    firm = organization_of(factories.firm(f"{medicine}制药有限公司"))
    deliver(cast, line)
    keep(cast, line)
    plan_network(cast, firm)
    supervise(cast, line, firm)


def deliver(cast: Cast, line: AgreementLine) -> Order:
    """Goods received, one pack to go back, the invoice settled too late; a lot held; a retail price too high."""
    receipt = factories.receipt(cast, {line: 10})
    order = receipt.despatch.order
    factories.goods_return(cast, receipt.despatch.lines.get(), 1)
    factories.invoice(cast, order)
    Payable.objects.update(due_on=TODAY - timedelta(days=1))
    factories.settlement(cast)
    factories.hold(cast.officer, line.product, "HELD")
    factories.notified_case(cast, line.product)
    return order


def keep(cast: Cast, line: AgreementLine) -> None:
    """A lot counted, a part of it offered to a neighbour; a reserve with a release."""
    lot = factories.stock_lot(cast.pharmacist, line.product)
    count_stock(found=[Found(lot.pk, 99, "破损")], actor=cast.pharmacist, at=NOW)
    factories.proposed_transfer(lot, factories.neighbour(), actor=cast.pharmacist)
    factories.ordered_release(cast, factories.filled_reserve(cast, line.product))


def plan_network(cast: Cast, firm: Organization) -> None:
    """A township with a duty and a route to it; the firm's sales count as the supplier's or another's."""
    number = Township.objects.count()
    place = factories.township(f"{ZHONGYUAN}{100 + number}", f"{number}镇")
    factories.duty(cast, place)
    plan_route(
        carrier_id=cast.distributor_firm.pk,
        county_code=ZHONGYUAN,
        name=f"{number}线",
        townships=[place.code],
        actor=cast.distributor,
        at=NOW,
    )
    enter_deemed_producer(
        maker_code=firm.code,
        firm_code=cast.rival_firm.code,
        ground=DeemedGround.SALES_COMPANY,
        papers="集团授权书",
        valid_from=TODAY,
        valid_until=None,
        actor=cast.officer,
        at=NOW,
    )


def supervise(cast: Cast, line: AgreementLine, firm: Organization) -> None:
    """A complaint about the firm, and a scorecard of the month in which it refused an order."""
    last_month = months_after(TODAY.replace(day=1), -1)
    refused_at = NOW.replace(year=last_month.year, month=last_month.month, day=10)
    measured_order(cast.hospital, [(line, REFUSED)], placed_at=refused_at, supplier=firm)
    draw_scorecards(province_id=HENAN, month=last_month, actor=cast.officer, at=NOW)
    factories.complaint(cast, about=firm, at=NOW - timedelta(days=1))
    hand_in_retail_file(file_name=f"{line.product.code}.csv", content=b"x", actor=cast.officer, at=NOW)
    sweep = request_sweep(province_id=HENAN, actor=cast.officer, at=NOW)
    execute_sweep(sweep_id=sweep.pk, actor=cast.platform, at=NOW)
    # each time of a quarter before
    factories.price_alarm(cast, f"{line.product.code}片", at=NOW - timedelta(days=95 * PriceAlarm.objects.count()))
    factories.use_figure(cast, line.product)
    factories.supervision_report(cast)
    fall_short(cast, line)
    endanger(cast, line)


def endanger(cast: Cast, line: AgreementLine) -> None:
    """Reactions to the product make a signal, and crowd on a lot; another lot is recalled."""
    factories.safety_signal(cast, line.product)
    factories.lot_alert(cast, line.product, "WARNED")
    factories.stock_lot(cast.pharmacist, line.product, lot_number="RECALLED")
    factories.notified_recall(cast, line.product, "RECALLED")


def fall_short(cast: Cast, line: AgreementLine) -> None:
    """The producer stops, two provinces report it: a shortage of each, one answered, and one of the country."""
    factories.stop_notice(cast.supplier, line.product)
    factories.national_shortage(cast, line.product)
    item = factories.shortage(cast, line.product)
    lot = factories.stock_lot(factories.pharmacist_of(factories.neighbour()), line.product)
    factories.answered_shortage(cast, item, Redistribution(lot.pk, cast.hospital.code, 10))
