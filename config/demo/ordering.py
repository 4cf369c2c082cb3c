"""From a hospital's basket to the checked retail price, as the demonstration plays it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Sum
from django.utils import timezone

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.money import FEN, round_half_up
from catalog.queries import guide_prices
from config.demo import data
from config.demo.logins import Logins
from config.demo.network import CENTRE, VILLAGE
from config.demo.people import person, person_of, portal_hospital
from config.demo.portal import PortalSession
from config.demo.tendering import Progress, await_worker, supplier_client
from distribution.models import (
    Despatch,
    DespatchLine,
    DistributionRun,
    Order,
    OrderLine,
    ReceiptLine,
    Requisition,
    RequisitionLine,
    RetailFinding,
    RetailPrice,
    RetailReport,
)
from distribution.queries import orderable_lines
from distribution.services.found_lots import Received
from distribution.services.receipts import receive_despatch
from distribution.services.requisition_lines import Wanted
from distribution.services.requisitions import (
    ORDINARY,
    Terms,
    approve_requisition,
    draft_requisition,
)
from distribution.services.retail import ReportedPrice, report_retail_prices
from distribution.services.runs import request_run
from distribution.states import (
    DespatchStatus,
    LineOutcome,
    OrderStatus,
    RejectionReason,
    RequisitionStatus,
    RetailReportStatus,
    RetailVerdict,
    RunStatus,
)
from procurement.models import DemandLine

ORDERING_HOSPITALS = 12
LINES_PER_REQUISITION = 12
MONTHS = 12
VILLAGE_LINES, VILLAGE_PACKS = 6, 2


def ordering_hospitals() -> list[str]:
    """The hospitals that order, the one of the portal first."""
    return [row["code"] for row in data.rows("hospitals")][:ORDERING_HOSPITALS]


def place_orders(base_url: str, logins: Logins, progress: Progress) -> dict[str, Any]:
    """Buyers order a month's need, approvers approve, the worker's run turns it into orders to suppliers."""
    for place, hospital in enumerate(ordering_hospitals()):
        if not Requisition.objects.filter(institution__code=hospital).exists():
            wanted = _month_of(hospital, place)
            if hospital == portal_hospital():
                _order_in_portal(wanted, base_url, logins)
                progress("the buyer filled an order in the portal, the approver approved it")
            else:
                _order(hospital, wanted)
    if not Requisition.objects.filter(institution__code=CENTRE).exists():
        _order_for_village()
        progress("the township centre ordered for its village")
    if Requisition.objects.filter(status=RequisitionStatus.APPROVED).exists():
        if not DistributionRun.objects.exclude(status=RunStatus.FINISHED).exists():
            request_run(province_id=data.PROVINCE, actor=person("officer"), at=timezone.now())
        await_worker(
            lambda: (
                Requisition.objects.filter(status=RequisitionStatus.APPROVED).exists()
                or DistributionRun.objects.exclude(status=RunStatus.FINISHED).exists()
            ),
            "the worker did not finish the distribution run",
        )
    lines = RequisitionLine.objects.all()
    return {
        "requisitions": Requisition.objects.count(),
        "lines": lines.filter(outcome=LineOutcome.PLACED).count(),
        "refused_lines": lines.filter(outcome=LineOutcome.REFUSED).count(),
        "orders": Order.objects.count(),
        "amount": _amount(OrderLine.objects.aggregate(total=Sum(F("packs") * F("price")))["total"]),
    }


def _month_of(hospital: str, place: int) -> list[Wanted]:
    """A twelfth of the hospital's yearly need of some products, in whole packs."""
    buyer = person_of(hospital, Role.BUYER)
    needs = DemandLine.objects.filter(report__organization__code=hospital)
    units: dict[tuple[int, str], int] = {}
    for need in needs.select_related("presentation"):
        key = (need.presentation.medicine_id, need.presentation.form)
        units[key] = units.get(key, 0) + need.quantity
    wanted = []
    lines = list(orderable_lines(buyer, timezone.now()))
    for offset in range(len(lines)):
        line = lines[(offset + 3 * place) % len(lines)]
        presentation = line.product.presentation
        month = units.get((presentation.medicine_id, presentation.form), 0) // MONTHS
        packs = min(month, line.remaining_quantity) // line.product.pack_quantity
        if packs:
            wanted.append(Wanted(line.pk, packs))
    return wanted[:LINES_PER_REQUISITION]


def _order(hospital: str, wanted: list[Wanted], terms: Terms = ORDINARY) -> None:
    buyer, at = person_of(hospital, Role.BUYER), timezone.now()
    requisition = draft_requisition(lines=wanted, actor=buyer, at=at, terms=terms, submit=True)
    approve_requisition(requisition_id=requisition.pk, actor=person_of(hospital, Role.APPROVER), at=at)


def _order_for_village() -> None:
    """A few packs of some products, which the township centre orders and pays, brought to the village clinic."""
    lines = list(orderable_lines(person_of(CENTRE, Role.BUYER), timezone.now()))[:VILLAGE_LINES]
    _order(CENTRE, [Wanted(line.pk, VILLAGE_PACKS) for line in lines], Terms(recipient=VILLAGE))


def _order_in_portal(wanted: list[Wanted], base_url: str, logins: Logins) -> None:
    buyer = PortalSession(base_url, "buyer", logins.get("password of buyer"))
    requisition_id = buyer.order({item.agreement_line_id: item.packs for item in wanted})
    PortalSession(base_url, "approver", logins.get("password of approver")).approve(requisition_id)


def deliver_orders(base_url: str, logins: Logins, progress: Progress) -> dict[str, Any]:
    """Suppliers confirm and despatch over the API, one of them in part; hospitals receive, with a rejected line."""
    _confirm_and_despatch(base_url, logins, progress)
    _receive(progress)
    sent = DespatchLine.objects.aggregate(
        lines=Count("pk"), accepted=Sum("accepted_packs"), rejected=Sum("rejected_packs")
    )
    value = ReceiptLine.objects.aggregate(total=Sum(F("accepted_packs") * F("despatch_line__order_line__price")))
    return {
        "orders_confirmed": Order.objects.exclude(status__in=[OrderStatus.PLACED, OrderStatus.REFUSED]).count(),
        "lines_confirmed_in_part": OrderLine.objects.filter(confirmed_packs__lt=F("packs")).count(),
        "lines_despatched": sent["lines"],
        "lines_delivered": ReceiptLine.objects.count(),
        "packs_accepted": sent["accepted"],
        "packs_rejected": sent["rejected"],
        "amount": _amount(value["total"]),
    }


def _confirm_and_despatch(base_url: str, logins: Logins, progress: Progress) -> None:
    waiting = Order.objects.filter(status__in=[OrderStatus.PLACED, OrderStatus.CONFIRMED])
    suppliers = sorted(set(waiting.values_list("supplier__code", flat=True)))
    partly = Order.objects.order_by("pk").values_list("pk", flat=True).first()
    for place, code in enumerate(suppliers, start=1):
        client = supplier_client(base_url, code, logins)
        for order in list(client.orders("placed")):
            first = order["lines"][0]
            short = {first["id"]: first["packs"] - 1} if order["id"] == partly and first["packs"] > 1 else {}
            client.confirm_order(order, short, reason="原料药短缺，少供一盒")
        for order in list(client.orders("confirmed")):
            sender = supplier_client(base_url, order["distributor"] or code, logins)
            sender.advise_despatch(order["id"], f"DN-{order['number']}", _lots_of(order))
        if place % 10 == 0:
            progress(f"{place} of {len(suppliers)} suppliers have confirmed and despatched")


def _lots_of(order: dict[str, Any]) -> list[dict[str, Any]]:
    """One lot per line, good for two more years."""
    expires_on = timezone.localdate() + timedelta(days=730)
    return [
        {
            "line": line["id"],
            "lot_number": f"{timezone.localdate():%y%m}{line['id']:04d}",
            "expires_on": expires_on.isoformat(),
            "packs": line["confirmed_packs"],
        }
        for line in order["lines"]
        if line["confirmed_packs"]
    ]


def _receive(progress: Progress) -> None:
    """The hospitals receive what is on the way; the very first line is damaged and rejected."""
    rejected = DespatchLine.objects.order_by("pk").values_list("pk", flat=True).first()
    under_way = Despatch.objects.filter(status=DespatchStatus.SENT).select_related("order__institution")
    # one is left on the way to the hospital of the portal, for its pharmacist to receive
    left = under_way.filter(order__institution__code=portal_hospital()).order_by("-pk").values_list("pk", flat=True)[:1]
    for despatch in under_way.exclude(pk__in=list(left)):
        received = [
            Received(line.pk, 0, line.packs, RejectionReason.DAMAGED, "外包装破损、受潮")
            if line.pk == rejected
            else Received(line.pk, line.packs)
            for line in despatch.lines.all()
        ]
        receive_despatch(
            despatch_id=despatch.pk,
            received=received,
            actor=_pharmacist(despatch.order.institution.code),
            at=timezone.now(),
        )
    progress("the hospitals have received what arrived")


def _pharmacist(hospital: str) -> Actor:
    return person("pharmacist") if hospital == portal_hospital() else person_of(hospital, Role.PHARMACIST)


def leave_to_do(at: datetime) -> dict[str, Any]:
    """A requisition of the hospital of the portal that waits for its approver."""
    wanted = _month_of(portal_hospital(), place=4)
    buyer = person("buyer")
    requisition = draft_requisition(lines=wanted, actor=buyer, at=at, submit=True)
    waiting = Despatch.objects.filter(status=DespatchStatus.SENT, order__institution__code=portal_hospital())
    return {"to_approve": requisition.number, "to_receive": waiting.count()}


def check_retail(at: datetime) -> dict[str, Any]:
    """Hospitals report what patients pay; the worker compares with the guide price and the purchase price."""
    for place, hospital in enumerate(ordering_hospitals()):
        if not RetailReport.objects.filter(institution__code=hospital).exists():
            prices = _retail_prices(hospital, place)
            if prices:
                report_retail_prices(prices=prices, actor=_pharmacist(hospital), at=at)
    await_worker(
        lambda: RetailReport.objects.filter(status=RetailReportStatus.RECEIVED).exists(),
        "the worker did not check the retail prices",
    )
    findings = dict(RetailFinding.objects.values_list("verdict").annotate(count=Count("pk")).order_by())
    return {
        "reports": RetailReport.objects.count(),
        "prices": RetailPrice.objects.count(),
        "above_guide_price": findings.get(RetailVerdict.ABOVE_GUIDE_PRICE, 0),
        "above_purchase_price": findings.get(RetailVerdict.ABOVE_PURCHASE_PRICE, 0),
        "violations": sum(findings.values()),
    }


def _retail_prices(hospital: str, place: int) -> list[ReportedPrice]:
    """Zero mark-up for most; some hospitals add fifteen per cent to a product, some go one fen over its ceiling."""
    today = timezone.localdate()
    lines = list(OrderLine.objects.filter(order__institution__code=hospital).select_related("product").order_by("pk"))
    ceilings = guide_prices([line.product for line in lines], today)
    prices = []
    for number, line in enumerate(lines):
        price = line.price
        if number == 0 and place % 4 in (0, 1):
            price = round_half_up(line.price * Decimal("1.15"), FEN)
        elif number == 1 and place % 5 == 4:
            price = ceilings[line.product_id].price + FEN
        prices.append(ReportedPrice(line.product.code, price, today, f"/prices/{number}"))
    return prices


def _amount(value: Decimal | None) -> str:
    return str((value or Decimal(0)).quantize(FEN))
