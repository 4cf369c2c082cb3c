"""From the basket to the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.timezone import localdate

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import (
    Product,
    RuleSet,
)
from distribution.models import (
    Despatch,
    DistributionRun,
    Entrustment,
    Order,
    OrderLine,
    Receipt,
    Requisition,
    RetailReport,
)
from distribution.services.despatches import advise_despatch
from distribution.services.entrustments import file_entrustment
from distribution.services.found_lots import Received
from distribution.services.orders import LineAnswer, confirm_order
from distribution.services.receipts import receive_despatch
from distribution.services.requisitions import (
    Wanted,
    approve_requisition,
    draft_requisition,
    submit_requisition,
)
from distribution.services.retail import ReportedPrice, report_retail_prices
from distribution.services.runs import execute_run, request_run
from distribution.services.sent_lots import Sent
from procurement.models import AgreementLine
from procurement.services.agreements import conclude_agreements
from procurement.services.awards import Winner, award_lot
from tests.cast import HENAN, HUBEI, PLAIN, Cast
from tests.factories.catalog import guide_price, presentation, rule_set
from tests.factories.clock import NOW, TODAY, _numbers
from tests.factories.procurement import agreement_lines, bid_of, lot_plan, tender_with_candidates


def requisition(
    cast: Cast,
    packs: Mapping[AgreementLine, int] | None = None,
    *,
    actor: Actor | None = None,
    at: datetime = NOW,
) -> Requisition:
    """A draft of the buyer: by default ten packs of the one agreed product."""
    wanted = packs if packs is not None else dict.fromkeys(agreement_lines(cast, at=at), 10)
    lines = [Wanted(line.pk, number) for line, number in wanted.items()]
    return draft_requisition(lines=lines, actor=actor or cast.buyer, at=at)


def submitted_requisition(
    cast: Cast, packs: Mapping[AgreementLine, int] | None = None, *, at: datetime = NOW
) -> Requisition:
    """Waiting for the approver."""
    draft = requisition(cast, packs, at=at)
    return submit_requisition(requisition_id=draft.pk, actor=cast.buyer, at=at)


def approved_requisition(
    cast: Cast, packs: Mapping[AgreementLine, int] | None = None, *, at: datetime = NOW
) -> Requisition:
    """Waiting for the run."""
    submitted = submitted_requisition(cast, packs, at=at)
    return approve_requisition(requisition_id=submitted.pk, actor=cast.approver, at=at)


def run(cast: Cast, *, province_id: str = HENAN, at: datetime = NOW) -> DistributionRun:
    """A finished run of the province."""
    requested = request_run(province_id=province_id, actor=cast.platform, at=at)
    return execute_run(run_id=requested.pk, actor=cast.platform, at=at)


def entrustment(
    cast: Cast, region: str = HENAN, *, distributor: Organization | None = None, at: datetime = NOW
) -> Entrustment:
    """The supplier's deliveries in the region are the distributor's."""
    return file_entrustment(
        distributor_code=(distributor or cast.distributor_firm).code,
        region_code=region,
        valid_from=at.date() - timedelta(days=1),
        valid_until=at.date() + timedelta(days=365),
        actor=cast.supplier,
        at=at,
    )


def placed_order(cast: Cast, packs: Mapping[AgreementLine, int] | None = None, *, at: datetime = NOW) -> Order:
    """The hospital's order, waiting for the supplier's answer."""
    approved = approved_requisition(cast, packs, at=at)
    run(cast, at=at)
    return Order.objects.get(requisition=approved)


def confirmed_order(cast: Cast, packs: Mapping[AgreementLine, int] | None = None, *, at: datetime = NOW) -> Order:
    """Confirmed in full."""
    order = placed_order(cast, packs, at=at)
    answers = [LineAnswer(line.pk, line.packs) for line in order.lines.all()]
    return confirm_order(order_id=order.pk, answers=answers, actor=cast.supplier, at=at)


def sent(line: OrderLine, packs: int | None = None, *, lot_number: str = "L001", days: int = 720) -> Sent:
    """Packs of one lot that keep for ``days``; by default all that were confirmed."""
    return Sent(
        line_id=line.pk,
        lot_number=lot_number,
        expires_on=TODAY + timedelta(days=days),
        packs=line.confirmed_packs if packs is None else packs,
    )


def sender(cast: Cast, order: Order) -> Actor:
    """Whoever brings the order: the entrusted distributor, or the supplier."""
    return cast.supplier if order.distributor_id is None else cast.distributor


def despatch(cast: Cast, packs: Mapping[AgreementLine, int] | None = None, *, at: datetime = NOW) -> Despatch:
    """On the way: all of a confirmed order under one delivery note."""
    order = confirmed_order(cast, packs, at=at)
    lines = [sent(line) for line in order.lines.all()]
    return advise_despatch(
        order_id=order.pk, reference=f"DN{next(_numbers):04d}", sent=lines, actor=sender(cast, order), at=at
    )


def receipt(cast: Cast, packs: Mapping[AgreementLine, int] | None = None, *, at: datetime = NOW) -> Receipt:
    """All of an order has arrived and was accepted."""
    on_the_way = despatch(cast, packs, at=at)
    lines = [Received(line.pk, accepted=line.packs) for line in on_the_way.lines.all()]
    return receive_despatch(despatch_id=on_the_way.pk, received=lines, actor=cast.pharmacist, at=at)


def retail_report(
    cast: Cast, prices: Mapping[Product, str], *, observed_on: date = TODAY, at: datetime = NOW
) -> RetailReport:
    """What the hospital's patients pay, waiting for the check."""
    reported = [
        ReportedPrice(item.code, Decimal(price), observed_on, f"/prices/{index}")
        for index, (item, price) in enumerate(prices.items())
    ]
    return report_retail_prices(prices=reported, actor=cast.pharmacist, at=at)


def main_and_backup(cast: Cast, *, at: datetime = NOW) -> tuple[AgreementLine, AgreementLine]:
    """Amoxicillin for Henan: 240,000 units agreed with the supplier at 6.00, and the rival stands by at 7.20."""
    RuleSet.objects.filter(kind=RuleSet.Kind.VOLUME_BASED).delete()
    rule_set(RuleSet.Kind.VOLUME_BASED, PLAIN | {"winners": [[1, 1], [2, 2]], "backup": True})
    guide_price()
    plan, then = lot_plan(presentation(), max_winners=2), at - timedelta(days=20)
    tender = tender_with_candidates(cast, [plan], at=then, supply_from=localdate(at) - timedelta(days=10))
    lot = tender.lots.get()
    winners = [
        Winner(bid_of(lot, cast.supplier).pk, (HENAN,), backup_province_ids=(HUBEI,)),
        Winner(bid_of(lot, cast.rival).pk, (HUBEI,), backup_province_ids=(HENAN,)),
    ]
    award_lot(lot_id=lot.pk, winners=winners, actor=cast.second_officer, at=then)
    conclude_agreements(tender_number=tender.number, actor=cast.officer, at=then)
    lines = AgreementLine.objects.filter(province=HENAN).select_related("product", "agreement", "lot")
    return lines.get(role="main"), lines.get(role="backup")
