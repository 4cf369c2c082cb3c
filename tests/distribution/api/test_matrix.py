"""Every route of the API with everybody: who gets in, and what they get."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from catalog.models import Product
from distribution.models import (
    CaseLetter,
    Complaint,
    Despatch,
    DespatchLine,
    GoodsReturn,
    Invoice,
    LotHold,
    Order,
    PriceAlarm,
    Recall,
    ReservePlan,
    ReserveRelease,
    RetailCase,
    RetailFile,
    RetailFinding,
    RetailSweep,
    Scorecard,
    ServiceDuty,
    Settlement,
    ShortageReport,
    StockCount,
    StockLot,
    StockTransfer,
    UseFigure,
)
from distribution.services.cases import write_in_case
from distribution.services.counts import Found, count_stock
from distribution.services.reactions import review_reaction
from distribution.services.retail_checks import check_retail_report
from distribution.services.retail_files import hand_in_retail_file
from distribution.services.retail_sweeps import request_sweep
from distribution.services.returns import answer_return
from distribution.services.shortages import Redistribution, follow_up_shortage
from distribution.states import (
    AnswerOutcome,
    Causality,
    DespatchStatus,
    InvoiceStatus,
    ReturnStatus,
    Seriousness,
    TransferStatus,
)
from procurement.models import Bid, EmergencyPurchase, Negotiation, NegotiationRound
from procurement.services.documents import Attachment
from procurement.services.emergencies import file_emergency_purchase
from procurement.services.negotiations import agree
from procurement.states import NegotiationStatus, Procedure
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.catalog.api.calls import problem_in
from tests.distribution.api.world import EVERYBODY, World, make_world
from tests.factories import NOW, TODAY, procedures
from tests.procurement.files import PDF

HOSPITAL = ("buyer", "approver", "pharmacist")
OFFICERS = ("officer", "second_officer")
SESSIONS = (*OFFICERS, "supervisor", *HOSPITAL, "outsider", "stranger")
PRESENTATION = {"id", "medicine", "form", "strength"}
PRODUCT = {"code", "presentation", "pack_quantity", "pack_unit", "manufacturer", "trade_name", "status"}
PRODUCT_DETAIL = PRODUCT | {
    *("status_reason", "quality", "is_sugar_free", "packing", "licence_valid_until", "identifiers", "essential"),
}
ENTRY = {
    *("part", "number", "section", "sections", "is_repeat", "is_group", "members", "specialist_guidance", "note"),
    *("medicine", "presentations", "forms_without_strength", "forms_text"),
}
EDITION = {
    *("code", "title", "decision", "decided_on", "valid_from", "valid_until", "status"),
    *("announced_chemical", "announced_tcm", "source"),
}
PRICE = {
    *("product", "province", "on", "tier", "is_essential", "essential", "guide_price", "procurement_price"),
    *("highest_retail_price", "insurance", "reimbursement"),
}
TENDER = {
    *("number", "title", "agency", "procedure", "status", "deadline_at", "supply_from", "supply_until", "published_at"),
}
RELEASE = {"id", "tender", "tag", "date"}
BID = {
    *("id", "tender", "lot", "status", "version", "received_at", "envelope_sha256", "technical_sha256"),
    *("receipt", "product", "offer_price", "comparable_price", "finding"),
}
OBJECTION = {
    *("id", "tender", "lot", "kind", "objector", "text", "filed_at", "reply_due_at", "status", "reply"),
    *("replied_at", "remedy"),
}
EXPLANATION = {
    *("id", "tender", "lot", "figures", "asked_at", "due_at", "answer", "answered_at", "is_accepted", "judgement"),
    "judged_at",
}
CANDIDATE = {
    *("id", "tender", "lot", "lot_status", "rank", "is_zero_volume", "objections_until", "areas", "backup_areas"),
    *("is_my_turn", "part", "free_areas"),
}
CLARIFICATION = {"id", "tender", "question", "asked_at", "answer", "answered_at"}
DEMAND = {
    *("id", "round", "organization", "province", "status", "version", "return_reason", "reported_at", "lines"),
}
CONDUCT = {
    *("id", "firm", "firm_name", "offence", "ground", "level", "effect", "province", "elsewhere"),
    *("valid_from", "valid_until"),
    *("facts", "source", "status", "repaired_on", "repair_note"),
}
NEGOTIATION = {
    *("id", "tender", "lot", "supplier", "status", "opened_at", "ended_at", "reason", "agreed_price", "rounds"),
}
LISTING = {
    *("id", "tender", "lot", "supplier", "status", "version", "received_at", "product", "offer_price"),
    *("comparable_price", "output", "provinces", "finding"),
}
PURCHASE = {
    *("id", "institution", "supplier", "product", "units", "price", "bought_on", "reason", "due_on", "filed_at"),
    *("is_late", "status", "version", "judgement"),
}
# Their tokens do not reach bids.
NO_BIDS = {"distributor": 403, "hospital_system": 403}
REQUISITION = {
    *("id", "number", "status", "version", "recipient", "urgency", "urgency_reason", "submitted_at", "approved_at"),
    "lines",
}
ORDERABLE = {
    *("id", "product", "supplier", "price", "ceiling", "agreed_quantity", "remaining", "remaining_packs"),
    *("is_essential", "has_guideline", "figures"),
}
ORDER = {
    *("id", "number", "status", "status_reason", "version", "institution", "institution_name", "county", "recipient"),
    *("supplier", "distributor", "storage", "urgency", "replaces", "placed_at", "answer_due_at", "answered_at"),
    *("escalated_at", "deliver_by", "received_at", "lines"),
}
INVOICE = {
    *("id", "number", "kind", "seller", "buyer", "order", "issued_on", "amount", "status", "version"),
    *("status_reason", "filed_at", "matched_at", "payable", "lines", "differences", "chain"),
}
SETTLEMENT = {
    *("id", "number", "province", "institution", "payee", "status", "version", "status_reason"),
    *("amount", "interest", "drawn_at", "paid_on", "payment_reference", "lines"),
}
OVERDUE = {
    *("id", "invoice", "order", "institution", "payee", "province", "amount", "due_on", "days_overdue", "interest"),
}
ORDER_NOTICE = {"id", "kind", "text", "order", "requisition", "facts", "created_at", "read_at"}
DESPATCH = {
    *("id", "order", "reference", "status", "version", "carrier", "despatched_at", "expected_at", "lines"),
}
RECEIPT = {"id", "received_at", "arrived_at", "checks", "despatch"}
GOODS_RETURN = {
    *("id", "number", "status", "version", "order", "line", "product", "lot_number", "packs", "reason", "remark"),
    *("remedy", "status_reason", "requested_at", "returned_at"),
}
LOT_HOLD = {
    *("id", "product", "lot_number", "kind", "province", "reason", "source", "held_at", "lifted_at", "lift_reason"),
}
RETAIL = {"id", "status", "reported_at", "checked_at", "findings"}
RETAIL_FILE = {"id", "file_name", "status", "handed_in_at", "done_at", "read_count", "bad_count", "problem"}
RETAIL_SWEEP = {
    *("id", "province", "status", "reason", "started_at", "finished_at", "expected_count", "checked_count"),
    *("found_count", "ended_count"),
}
RETAIL_FINDING = {
    *("id", "institution", "province", "product", "price", "observed_on", "verdict", "severity", "limit", "evidence"),
    *("found_at", "ended_at"),
}
ENTRUSTMENT = {"id", "supplier", "distributor", "product", "region", "valid_from", "valid_until"}
DUTY = {
    *("id", "township", "township_name", "county", "distributor", "distributor_name", "valid_from", "valid_until"),
}
SCORECARD = {
    *("id", "organization", "organization_name", "province", "month", "verdict", "figures", "checks", "drawn_at"),
    "conduct_record",
}
COMPLAINT = {
    *("id", "number", "status", "version", "province", "complainant", "about", "order", "subject", "text", "filed_at"),
    *("accept_by", "decide_by", "answer", "decision", "is_upheld"),
}

SHORTAGE_REPORT = {"id", "institution", "province", "product", "reason", "units", "note", "filed_at", "ended_at"}
STOP_NOTICE = {
    *("id", "producer", "product", "stops_on", "resumes_on", "reason", "due_on", "is_late", "filed_at"),
    "withdrawn_at",
}
SHORTAGE = {
    *("id", "number", "province", "presentation", "grade", "status", "version", "status_reason", "checks"),
    *("opened_at", "answer_by", "seen_at", "cleared_at", "closed_at", "answers"),
}
NATIONAL_SHORTAGE = {"id", "presentation", "listing", "provinces", "checks", "listed_at", "ended_at"}
STOCK = {"id", "holder", "product", "lot_number", "expires_on", "plan", "units", "warning"}
COUNT = {"id", "institution", "counted_at", "lines"}
TRANSFER = {
    *("id", "number", "status", "version", "giver", "taker", "product", "lot_number", "expires_on", "units"),
    *("reason", "status_reason", "proposed_at", "sent_at", "received_at"),
}
RESERVE_PLAN = {
    *("id", "province", "product", "holder", "units", "valid_from", "valid_until", "authority", "standing"),
}
RESERVE_RELEASE = {
    *("id", "number", "plan", "recipient", "units", "authority", "reason", "status", "version", "status_reason"),
    *("ordered_at", "issued_at", "refill_due_on", "refilled_units"),
}
REACTION = {
    *("id", "number", "status", "version", "province", "reporter", "product", "lot_number", "event", "seriousness"),
    *("age_group", "sex", "outcome", "onset_on", "known_on", "due_on", "rule", "source", "reported_at", "review_by"),
    *("reviewed_at", "conclude_by", "concluded_at", "causality", "remark"),
}
SIGNAL = {
    *("id", "status", "version", "product", "event", "figures", "methods", "found_at", "refreshed_at", "faded_at"),
    "remark",
}
LOT_ALERT = {
    *("id", "status", "version", "product", "lot_number", "grounds", "raised_at", "investigate_by", "decided_at"),
    *("hold", "remark"),
}
RECALL = {
    *("id", "number", "status", "version", "product", "lots", "level", "reason", "status_reason", "proposed_at"),
    *("opened_at", "rule", "limits_source", "is_public", "notify_by", "plan_by", "progress_by", "notified_at"),
    *("planned_at", "closed_at", "instructions", "effectiveness", "conclusion"),
}
RECALL_REPORT = {"id", "recall", "kind", "text", "figures", "due_by", "filed_at"}
RECALL_NOTICE = {
    *("id", "status", "version", "recall", "recipient", "product", "lots", "instructions", "units_received"),
    *("units_on_hand", "sent_at", "acknowledged_at", "units_found"),
}
EFFECTIVENESS = {
    *("receivers", "told", "acknowledged", "share_acknowledged", "received", "reachable", "recovered"),
    *("share_recovered", "hours_to_stop", "hours_to_acknowledge"),
}


CASE = {
    *("id", "number", "status", "version", "province", "institution", "product", "opened_at", "earlier_cases"),
    *("notify_by", "answer_by", "correct_by", "corrected_at", "penalty", "penalty_amount", "penalty_reason"),
    *("ended_at", "end_reason", "findings", "letters"),
}
ALARM = {
    *("id", "province", "quarter", "product", "price", "comparable_price", "lowest", "lowest_price"),
    *("multiple", "tier", "source", "drawn_at", "suspended_at", "resumed_at"),
}


def only(status: int, *who: str, others: int = 403, **exceptions: int) -> dict[str, int]:
    """``status`` for those named, ``others`` for the rest but the exceptions; the public has to say who they are."""
    return dict.fromkeys(EVERYBODY, others) | {"public": 401} | dict.fromkeys(who, status) | exceptions


EVERYBODY_READS = dict.fromkeys(EVERYBODY, 200)


@dataclass(frozen=True)
class Route:
    """An address in the world, a body that is right, what everybody gets, and what stands in a good answer."""

    path: Callable[[World], str]
    expected: dict[str, int]
    shape: set[str] = field(default_factory=set)
    body: Callable[[World], Any] | None = None


def at(path: str) -> Callable[[World], str]:
    """An address with the world's numbers in it."""
    return lambda world: f"/api/v1/{path}".format(w=world)


def _bid(world: World) -> Any:
    return {"tender": world.tender.number, "lot": 2, "envelope": world.open_envelope}


def _objection(world: World) -> Any:
    return {"tender": world.tender.number, "lot": 1, "text": "剂型限制无依据"}


def _replacement(world: World) -> Any:
    return {"envelope": world.open_envelope}


def _question(world: World) -> Any:
    return {"tender": world.tender.number, "question": "规格如何折算？"}


def _demand(world: World) -> Any:
    return {
        "round": world.demand_round.code,
        "lines": [{"presentation": world.line.lot.presentation_id, "quantity": 100}],
    }


def _prior_use(world: World) -> Any:
    return {"year": 2025, "lines": [{"presentation": world.line.lot.presentation_id, "quantity": 100}]}


def _return(world: World) -> Any:
    return {"reason": "数量有误"}


def _requisition(world: World) -> Any:
    return {"lines": [{"agreement_line": world.line.pk, "packs": 2}]}


def _pasted(world: World) -> Any:
    return {"text": f"{world.line.product.code}\t30片"}


def _confirmation(world: World) -> Any:
    return {"lines": [{"line": line.pk, "packs": line.packs} for line in world.placed.lines.all()]}


def _amendment(world: World) -> Any:
    return {"lines": [{"line": line.pk, "packs": line.packs - 1} for line in world.placed.lines.all()]}


def _despatch(world: World) -> Any:
    expires_on = TODAY.replace(year=TODAY.year + 2, day=1).isoformat()
    lines = [
        {"line": line.pk, "lot_number": "L1", "expires_on": expires_on, "packs": line.packs}
        for line in world.confirmed.lines.all()
    ]
    return {"reference": "DN-1", "lines": lines}


def _receipt(world: World) -> Any:
    return {"lines": [{"line": line.pk, "accepted": line.packs} for line in world.despatch.lines.all()]}


def _readings(world: World) -> Any:
    return {"readings": [{"taken_at": NOW.isoformat(), "celsius": "4.50"}]}


def _received(world: World) -> DespatchLine:
    """The goods have arrived, and were accepted."""
    despatch = Despatch.objects.get(pk=world.despatch.pk)
    if despatch.status == DespatchStatus.SENT:
        factories.received(world.cast, despatch)
    return despatch.lines.get()


def _asked_back(world: World) -> Any:
    return {"line": _received(world).pk, "packs": 1, "reason": "damaged", "remedy": "credit"}


def _asked(world: World) -> GoodsReturn:
    """The supplier's to answer; the one there is, once it was made."""
    made = GoodsReturn.objects.filter(status=ReturnStatus.REQUESTED).first()
    return made or factories.goods_return(world.cast, _received(world), 1)


def _agreed(world: World) -> GoodsReturn:
    """The hospital's to hand over."""
    return answer_return(return_id=_asked(world).pk, action="agree", actor=world.cast.supplier, at=NOW)


def _hold(world: World) -> Any:
    return {"product": world.line.product.code, "kind": "recall", "reason": "可见异物", "source": "通告"}


def _held(world: World) -> LotHold:
    """By an officer; the one there is, once it was made."""
    return LotHold.objects.first() or factories.hold(world.cast.officer, world.line.product, "HELD")


def _retail(world: World) -> Any:
    day = TODAY.replace(year=TODAY.year - 1, day=1).isoformat()
    return {"prices": [{"product": world.line.product.code, "price": "6.00", "observed_on": day}]}


def _retail_file(world: World) -> Any:
    return {"file_name": "prices.csv", "csv": f"product,price,observed_on\n{world.line.product.code},6.00,{TODAY}\n"}


def _handed_in(world: World) -> RetailFile:
    return hand_in_retail_file(file_name="prices.csv", content=b"x", actor=world.cast.pharmacist, at=NOW)


def _finding(world: World) -> RetailFinding:
    day = TODAY.replace(year=TODAY.year - 1, day=2)
    report = factories.retail_report(world.cast, {world.line.product: "100.00"}, observed_on=day)
    check_retail_report(report_id=report.pk, actor=world.cast.platform, at=NOW)
    return RetailFinding.objects.latest("pk")


def _sweep(world: World) -> RetailSweep:
    return request_sweep(province_id=HENAN, actor=world.cast.officer, at=NOW)


def _entrustment(world: World) -> Any:
    return {
        "distributor": world.cast.distributor_firm.code,
        "region": HUBEI,
        "valid_from": "2026-01-01",
        "valid_until": "2027-01-01",
    }


def _end(world: World) -> Any:
    return {"on": (TODAY + timedelta(days=1)).isoformat()}


def _duties(world: World) -> str:
    if not ServiceDuty.objects.exists():
        factories.duty(world.cast)
    return "/api/v1/service-duties/"


def _scorecard(world: World) -> Scorecard:
    """The supplier's of a month; the one there is, once it was made."""
    month = TODAY.replace(day=1)
    card, _is_new = Scorecard.objects.get_or_create(
        organization=world.cast.supplier_firm,
        province_id=HENAN,
        month=month,
        defaults={"figures": {}, "verdict": "good", "drawn_at": NOW},
    )
    return card


def _used(path: str) -> Callable[[World], str]:
    """An address with the number of what the hospital used last month in it."""

    def found(world: World) -> str:
        figure = UseFigure.objects.filter(institution=world.cast.hospital).first() or factories.use_figure(
            world.cast, world.line.product, by=world.cast.pharmacist
        )
        return "/api/v1/" + path.format(figure=figure.pk)

    return found


def _invoice(world: World) -> Invoice:
    """The supplier's for goods received, matched; the one there is, once it was made."""
    made = Invoice.objects.filter(status=InvoiceStatus.MATCHED).first()
    return made or factories.invoice(world.cast, _arrived(world))


def _arrived(world: World) -> Order:
    return factories.receipt(world.cast, {world.line: 7}).despatch.order


def _new_invoice(world: World) -> Any:
    [line] = factories.billed(order := _arrived(world))
    rows = [{"line": line.line_id, "lot_number": "L001", "packs": 7, "price": "6.00", "amount": "42.00"}]
    return {"order": order.pk, "number": "FP", "issued_on": TODAY.isoformat(), "lines": rows}


def _sale(world: World) -> Any:
    line = {"lot_number": "L001", "packs": 7, "price": "5.00", "amount": "35.00"}
    return {
        "seller": world.cast.supplier_firm.code,
        "buyer": world.cast.distributor_firm.code,
        "number": "CP",
        "issued_on": TODAY.isoformat(),
        "lines": [line | {"product": world.line.product.code}],
    }


def _owed(world: World) -> Any:
    return {"payee": _invoice(world).seller.code}


def _settlement(action: str = "", *, is_approved: bool = False) -> Callable[[World], str]:
    """The address of a settlement that the officer drew up, and of what is done to it."""

    def path(world: World) -> str:
        drawn = Settlement.objects.filter(status="approved" if is_approved else "drawn").first()
        if drawn is None:
            _invoice(world)
            drawn = (factories.approved_settlement if is_approved else factories.settlement)(world.cast)
        return f"/api/v1/settlements/{drawn.pk}/{action and f'{action}/'}"

    return path


def _complaint(action: str = "", *, is_accepted: bool = False) -> Callable[[World], str]:
    """The address of a complaint of the hospital about the supplier, and of what is done to it."""

    def path(world: World) -> str:
        status = "accepted" if is_accepted else "filed"
        filed = Complaint.objects.filter(status=status).first()
        if filed is None:
            filed = (factories.accepted_complaint if is_accepted else factories.complaint)(world.cast)
        return f"/api/v1/complaints/{filed.pk}/{action and f'{action}/'}"

    return path


def _case(action: str = "", *, status: str = "notified") -> Callable[[World], str]:
    """The address of a case of the hospital in the state, and of what is done in it; each is of another product."""

    def path(world: World) -> str:
        is_pending = status == "pending"
        found = RetailCase.objects.filter(status="answered" if is_pending else status)
        case = (found.exclude(penalty="") if is_pending else found.filter(penalty="")).first()
        if case is None:
            [line] = factories.agreement_lines(world.cast, [f"{status}片"])
            case = CASES[status](world.cast, line.product)
        return f"/api/v1/retail-cases/{case.pk}/{action and f'{action}/'}"

    return path


def _corrected(cast: Cast, product: Product) -> RetailCase:
    case = factories.notified_case(cast, product)
    factories.checked_prices(cast, {product: "6.00"})
    return case


CASES: dict[str, Callable[[Cast, Product], RetailCase]] = {
    "opened": factories.retail_case,
    "notified": factories.notified_case,
    "answered": factories.answered_case,
    "pending": factories.case_with_penalty,
    "corrected": _corrected,
}


def _letter(world: World) -> Any:
    file = {"name": "说明.pdf", "content": base64.b64encode(PDF).decode()}
    return {"text": "系统录入有误", "file": file}


def _letter_file(world: World) -> str:
    address = _case()(world)
    case_id = int(address.split("/")[4])
    letters = CaseLetter.objects.filter(case=case_id).exclude(content=None)
    letter = letters.first() or write_in_case(
        case_id=case_id, text="附件", attachment=Attachment("", "a.pdf", PDF), actor=world.cast.officer, at=NOW
    )
    return f"{address}letters/{letter.pk}/file/"


def _alarm(world: World) -> PriceAlarm:
    """Of the supplier's product, in Henan; the one there is, once it was made."""
    return PriceAlarm.objects.first() or factories.price_alarm(world.cast)


def _new_complaint(world: World) -> Any:
    return {"about": world.cast.hospital.code, "subject": "invoice", "text": "逾期未付"}


def _negotiation(world: World) -> Negotiation:
    """Agreed and awarded, and so public; the one there is, once it was made."""
    cast = world.cast
    if made := Negotiation.objects.filter(status=NegotiationStatus.AGREED).first():
        return made
    offers = {cast.supplier: "6.00"}
    lot = procedures.evaluated_lot(cast, Procedure.NEGOTIATION, offers, medicine="布洛芬", objection_days=0)
    talks = procedures.negotiation(cast, factories.bid_of(lot, cast.supplier))
    procedures.negotiation_round(cast, talks, "5.50", confirmed_by=cast.supplier)
    agree(negotiation_id=talks.pk, actor=cast.officer, at=NOW)
    factories.publish(lot.tender, cast)
    factories.award(lot, cast)
    return talks


def _round(world: World) -> NegotiationRound:
    cast = world.cast
    lot = procedures.evaluated_lot(cast, Procedure.NEGOTIATION, {cast.supplier: "6.00"})
    talks = procedures.negotiation(cast, factories.bid_of(lot, cast.supplier))
    return procedures.negotiation_round(cast, talks, "5.50")


def _offer(world: World) -> Bid:
    """Listed, and supplied from today; the one there is, once it was made."""
    listed = Bid.objects.filter(lot__tender__procedure=Procedure.DIRECT_LISTING, won_award__isnull=False)
    if made := listed.first():
        return made
    return procedures.listed_offer(world.cast, procedures.direct_listing(world.cast, ["头孢克肟"]), world.cast.supplier)


def _listing_offer(world: World) -> Any:
    tender = procedures.direct_listing(world.cast, ["布洛芬"])
    product = factories.product(world.cast.supplier_firm, tender.lots.get().presentation)
    return {
        "tender": tender.number,
        "lot": 1,
        "product": product.code,
        "offer_price": "6.00",
        "output": 1000,
        "provinces": [HUBEI],
    }


def _emergency(world: World) -> Any:
    return {
        "supplier": world.cast.distributor_firm.code,
        "product": world.line.product.code,
        "units": 240,
        "price": "6.50",
        "bought_on": TODAY.isoformat(),
        "reason": "暴发疫情",
    }


def _purchase(world: World) -> EmergencyPurchase:
    """Filed by the hospital; the one there is, once it was made."""
    if made := EmergencyPurchase.objects.first():
        return made
    told = _emergency(world)
    return file_emergency_purchase(
        supplier_code=told["supplier"],
        product_code=told["product"],
        units=told["units"],
        price=Decimal(told["price"]),
        bought_on=TODAY,
        reason=told["reason"],
        actor=world.cast.buyer,
        at=NOW,
    )


def _lot(world: World) -> StockLot:
    """A hundred units on the hospital's shelf; the one there is, once it was made."""
    made = StockLot.objects.filter(holder=world.cast.hospital, plan=None, lot_number="SHELF").first()
    return made or factories.stock_lot(world.cast.pharmacist, world.line.product, lot_number="SHELF")


def _issue(world: World) -> Any:
    return {"lines": [{"product": _lot(world).product.code, "units": 2, "lot_number": "SHELF"}]}


def _opening(world: World) -> Any:
    line = {"product": world.line.product.code, "lot_number": "NEW", "expires_on": TODAY.isoformat(), "units": 5}
    return {"lines": [line]}


def _write_off(world: World) -> Any:
    return {"lines": [{"lot": _lot(world).pk, "units": 1}], "reason": "破损"}


def _found(world: World) -> Any:
    return {"lines": [{"lot": _lot(world).pk, "units": 99, "reason": "破损", "seen": 100}]}


def _count(world: World) -> StockCount:
    """By the hospital; the one there is, once it was made."""
    made = StockCount.objects.first()
    return made or count_stock(found=[Found(_lot(world).pk, 100)], actor=world.cast.pharmacist, at=NOW)


def _recalled_lot(world: World) -> StockLot:
    """The one of the notice; any where there is none yet."""
    return StockLot.objects.filter(lot_number="L001").first() or _lot(world)


def _transfer(world: World) -> Any:
    return {"lot": _lot(world).pk, "taker": factories.neighbour().code, "units": 1, "reason": "用量不足"}


def _given(world: World) -> StockTransfer:
    """Agreed, and the hospital's to send; the one there is, once it was made."""
    made = StockTransfer.objects.filter(status=TransferStatus.AGREED, giver=world.cast.hospital).first()
    return made or factories.agreed_transfer(_lot(world), factories.neighbour(), actor=world.cast.pharmacist)


def _taken(world: World, make: Callable[..., StockTransfer]) -> StockTransfer:
    """The hospital's to answer or to receive."""
    giver = factories.pharmacist_of(factories.neighbour())
    return make(factories.stock_lot(giver, world.line.product), world.cast.hospital, actor=giver)


def _plan(world: World) -> ReservePlan:
    """Kept by the distributor; the one there is, once it was made."""
    return ReservePlan.objects.first() or factories.filled_reserve(world.cast, world.line.product)


def _ordered(world: World) -> ReserveRelease:
    """To the hospital; the one there is, once it was made."""
    return ReserveRelease.objects.first() or factories.ordered_release(world.cast, _plan(world))


def _fill(world: World) -> Any:
    return {"fresh": [{"lot_number": "R9", "expires_on": "2099-01-01", "units": 5}]}


def _rotation(world: World) -> Any:
    return _fill(world) | {"lots": [_plan(world).lots.get().pk]}


def _shortage_report(world: World) -> Any:
    return {"product": world.line.product.code, "reason": "not_supplied", "units": 200}


def _reported(action: str = "") -> Callable[[World], str]:
    def path(world: World) -> str:
        known = ShortageReport.objects.filter(institution=world.cast.hospital).first()
        report = known or factories.shortage_report(world.cast.pharmacist, world.line.product)
        return f"/api/v1/shortage-reports/{report.pk}/{action and action + '/'}"

    return path


def _stop_notice(world: World) -> Any:
    return {"product": world.line.product.code, "stops_on": "2099-01-01", "reason": "原料药停供"}


def _announced(action: str = "") -> Callable[[World], str]:
    def path(world: World) -> str:
        notice = factories.stop_notice(world.cast.supplier, world.line.product)
        return f"/api/v1/stop-notices/{notice.pk}/{action and action + '/'}"

    return path


def _measure(world: World) -> Any:
    lot = factories.stock_lot(factories.pharmacist_of(factories.neighbour()), world.line.product)
    return {
        "kind": "redistribution",
        "lot": lot.pk,
        "institution": world.cast.hospital.code,
        "units": 10,
        "reason": "保障供应",
        "follow_up_on": (TODAY + timedelta(days=10)).isoformat(),
    }


def _shortage(action: str = "", *done: str) -> Callable[[World], str]:
    """An action about a shortage about which something was done before."""

    def path(world: World) -> str:
        item = factories.shortage(world.cast, world.line.product)
        if "answer" in done:
            lot = factories.stock_lot(factories.pharmacist_of(factories.neighbour()), world.line.product)
            factories.answered_shortage(world.cast, item, Redistribution(lot.pk, world.cast.hospital.code, 10))
        if "follow_up" in done:
            resolved = AnswerOutcome.RESOLVED
            follow_up_shortage(item_id=item.pk, outcome=resolved, note="已到货", actor=world.cast.officer, at=NOW)
        return f"/api/v1/shortages/{item.pk}/{action and action + '/'}"

    return path


def _national(world: World) -> str:
    row = factories.national_shortage(world.cast, world.line.product)
    return f"/api/v1/national-shortages/{row.pk}/"


OF_THE_HOSPITAL = (*HOSPITAL, "hospital_system")
OF_THE_COMPLAINT = dict.fromkeys((*OF_THE_HOSPITAL, "supervisor"), 403)
# Whoever belongs to the order: its hospital, the province's officers, who supplies and who delivers it.
OF_THE_ORDER = (*OFFICERS, "supervisor", *HOSPITAL, "supplier", "distributor")
NOT_THEIRS = {"outsider": 404, "rival": 404, "stranger": 404}
NO_ORDERS = {"supplier": 403, "rival": 403, "distributor": 403}
OF_THE_RESERVE = {
    **dict.fromkeys((*HOSPITAL, "outsider", "stranger", "supplier", "rival", "hospital_system"), 404),
    **dict.fromkeys((*OFFICERS, "supervisor"), 403),
}
# Who knows of a reaction of the hospital, and of a lot that it received: the maker, the province and the supervisor.
KNOW_THE_LOT = only(200, *OF_THE_HOSPITAL, *OFFICERS, "supervisor", "supplier", others=404)
JUDGE_SAFETY = only(200, *OFFICERS, others=404, supervisor=403, supplier=403, **dict.fromkeys(OF_THE_HOSPITAL, 403))
JUDGES_SIGNALS = only(200, *OFFICERS, others=404, supervisor=403, supplier=403)
ANSWERS_RECALLS = only(200, "pharmacist", "hospital_system", outsider=404, rival=404, distributor=404, stranger=404)


def _new_reaction(world: World) -> Any:
    day = TODAY.isoformat()
    body = {"product": world.line.product.code, "event": "皮疹", "seriousness": "serious", "province": HENAN}
    return body | {"onset_on": day, "known_on": day}


def _reaction(action: str = "", *, is_reviewed: bool = False) -> Callable[[World], str]:
    """The address of a serious reaction that the hospital reported, and of what is done to it."""

    def path(world: World) -> str:
        reported = factories.reaction(world.cast.pharmacist, world.line.product, seriousness=Seriousness.SERIOUS)
        if is_reviewed:
            officer = world.cast.officer
            review_reaction(reaction_id=reported.pk, causality=Causality.POSSIBLE, actor=officer, at=NOW)
        return f"/api/v1/adverse-reactions/{reported.pk}/{action and f'{action}/'}"

    return path


def _judgement(world: World) -> Any:
    return {"causality": "probable", "remark": "停药后好转"}


def _signal(action: str = "") -> Callable[[World], str]:
    def path(world: World) -> str:
        found = factories.safety_signal(world.cast, world.line.product)
        return f"/api/v1/safety-signals/{found.pk}/{action and f'{action}/'}"

    return path


def _remark(world: World) -> Any:
    return {"remark": "说明书已载"}


def _alert(action: str = "") -> Callable[[World], str]:
    """The address of an alert about the lot that the hospital received, and of what is done to it."""

    def path(world: World) -> str:
        _received(world)
        return f"/api/v1/lot-alerts/{factories.lot_alert(world.cast, world.line.product).pk}/{action and f'{action}/'}"

    return path


def _new_recall(world: World) -> Any:
    return {"product": world.line.product.code, "lots": ["R1", "R2"], "level": "I", "reason": "可见异物"}


def _recall(made: Callable[..., Recall], action: str = "") -> Callable[[World], str]:
    """The address of a recall of the maker, and of what is done to it."""

    def path(world: World) -> str:
        lot = f"R{Recall.objects.count():03d}"
        return f"/api/v1/recalls/{made(world.cast, world.line.product, lot).pk}/{action and f'{action}/'}"

    return path


def _recall_notice(action: str = "") -> Callable[[World], str]:
    """The address of the hospital's notice of a recall, and of what is done to it."""

    def path(world: World) -> str:
        _received(world)
        recall = factories.notified_recall(world.cast, world.line.product, "L001")
        notice = factories.recall_notice(recall, world.cast.pharmacist)
        return f"/api/v1/recall-notices/{notice.pk}/{action and f'{action}/'}"

    return path


ANSWERS_SHORTAGES = only(200, *OFFICERS, outsider=404, stranger=404)
ANSWERS_ORDERS = only(200, "supplier", "distributor", **NOT_THEIRS)
CHANGES_ORDERS = only(200, "buyer", "hospital_system", **NOT_THEIRS)
USE_FIGURE = {
    *("id", "institution", "institution_name", "province", "month", "essential_varieties", "varieties"),
    *("essential_units", "units", "essential_amount", "amount", "unvalued_units", "is_met", "checks", "reckoned_at"),
}
OWN_USE = only(200, *OFFICERS, "supervisor", *HOSPITAL, "hospital_system", others=404)
USE_READ = only(200, *OFFICERS, "supervisor", *HOSPITAL, "outsider", "hospital_system")
ORDERS_READ = only(200, *SESSIONS, "supplier", "rival", "distributor", "hospital_system")
# Machines of firms do not reach what institutions report.
CONDUCTS_CASES = only(200, *OFFICERS, outsider=404, stranger=404)
# Who was not told yet.
HIDDEN_CASES = CONDUCTS_CASES | dict.fromkeys((*HOSPITAL, "hospital_system"), 404)
MATRIX: dict[tuple[str, str], Route] = {
    ("GET", "essential-medicine-list"): Route(at("essential-medicines/"), EVERYBODY_READS, ENTRY),
    ("GET", "edition-list"): Route(at("editions/"), EVERYBODY_READS, EDITION),
    ("GET", "edition-detail"): Route(at("editions/2018/"), EVERYBODY_READS, EDITION),
    ("GET", "edition-changes"): Route(
        at("editions/2018/changes/?from=2018"),
        EVERYBODY_READS,
        {"former", "edition", "added", "removed", "changed", "unchanged"},
    ),
    ("GET", "provincial-addition-list"): Route(at("provincial-additions/"), EVERYBODY_READS),
    ("GET", "product-list"): Route(at("products/"), EVERYBODY_READS, PRODUCT),
    ("GET", "product-detail"): Route(at("products/{w.line.product.code}/"), EVERYBODY_READS, PRODUCT_DETAIL),
    ("GET", "product-price"): Route(
        at("products/{w.line.product.code}/price/?province=410000"),
        EVERYBODY_READS,
        PRICE,
    ),
    ("GET", "conduct-record-list"): Route(at("conduct-records/"), EVERYBODY_READS, CONDUCT),
    ("GET", "conduct-record-detail"): Route(at("conduct-records/{w.conduct.pk}/"), EVERYBODY_READS, CONDUCT),
    ("GET", "tender-list"): Route(at("tenders/"), EVERYBODY_READS, TENDER),
    ("GET", "tender-detail"): Route(
        at("tenders/{w.tender.number}/"), EVERYBODY_READS, TENDER | {"public_key", "technical_public_key", "lots"}
    ),
    ("GET", "clarification-list"): Route(at("clarifications/"), EVERYBODY_READS),
    ("POST", "clarification-list"): Route(
        at("clarifications/"), only(201, "supplier", "rival"), CLARIFICATION, _question
    ),
    ("GET", "amendment-list"): Route(at("amendments/"), EVERYBODY_READS),
    ("GET", "notice-list"): Route(at("notices/"), only(200, "supplier", "rival", *SESSIONS)),
    ("GET", "screen-flag-list"): Route(at("screen-flags/"), only(200, "supplier", "rival", *SESSIONS)),
    ("GET", "ocds-release-list"): Route(at("ocds/releases/"), EVERYBODY_READS, RELEASE),
    ("GET", "ocds-release-detail"): Route(
        at("ocds/releases/{w.release.release_id}/"),
        EVERYBODY_READS,
        {"ocid", "id", "date", "tag", "language", "initiationType", "parties", "buyer", "contracts"},
    ),
    ("GET", "ocds-package-detail"): Route(
        at("ocds/packages/{w.concluded.number}/"),
        EVERYBODY_READS,
        {"uri", "version", "extensions", "publishedDate", "publisher", "releases"},
    ),
    ("GET", "tender-document-list"): Route(at("tender-documents/"), EVERYBODY_READS),
    ("GET", "tender-awards"): Route(
        at("tenders/{w.concluded.number}/awards/"),
        EVERYBODY_READS,
        {"lot", "province", "role", "supplier", "product", "price", "quantity"},
    ),
    ("GET", "tender-openings"): Route(
        at("tenders/{w.concluded.number}/openings/"),
        EVERYBODY_READS,
        {"stage", "opened_at", "opened_count", "spoiled_count", "returned_count", "minutes"},
    ),
    ("GET", "platform-key"): Route(at("platform-key/"), EVERYBODY_READS, {"keys"}),
    ("GET", "bid-list"): Route(at("bids/"), only(200, *SESSIONS, "supplier", "rival"), BID),
    ("POST", "bid-list"): Route(at("bids/"), only(201, "supplier", "rival"), BID, _bid),
    ("GET", "bid-detail"): Route(
        at("bids/{w.bid.reference}/"), only(200, "supplier", others=404, distributor=403, hospital_system=403), BID
    ),
    ("POST", "bid-replace"): Route(
        at("bids/{w.bid.reference}/replace/"),
        only(201, "supplier", others=404, distributor=403, hospital_system=403),
        BID,
        _replacement,
    ),
    ("POST", "bid-withdraw"): Route(
        at("bids/{w.bid.reference}/withdraw/"),
        only(200, "supplier", others=404, distributor=403, hospital_system=403),
        BID,
    ),
    ("GET", "objection-list"): Route(at("objections/"), EVERYBODY_READS, OBJECTION),
    ("POST", "objection-list"): Route(at("objections/"), only(201, "supplier", "rival"), OBJECTION, _objection),
    ("GET", "explanation-list"): Route(at("explanations/"), only(200, *SESSIONS, "supplier", "rival"), EXPLANATION),
    ("GET", "explanation-detail"): Route(
        at("explanations/{w.won.reference}/"),
        only(200, *OFFICERS, "supervisor", "supplier", others=404, distributor=403, hospital_system=403),
        EXPLANATION,
    ),
    ("POST", "explanation-answer"): Route(
        at("explanations/{w.won.reference}/answer/"),
        only(200, "supplier", others=404, officer=403, second_officer=403, supervisor=403)
        | {"distributor": 403, "hospital_system": 403},
        EXPLANATION,
        lambda world: {"text": "自产原料药"},
    ),
    ("GET", "candidate-list"): Route(at("candidates/"), only(200, *SESSIONS, "supplier", "rival"), CANDIDATE),
    ("POST", "candidate-pick"): Route(
        # the lot is awarded: no choice is due any more
        at("candidates/{w.won.reference}/pick/"),
        only(409, "supplier", others=404, distributor=403, hospital_system=403),
        CANDIDATE,
        lambda world: {"province": None},
    ),
    ("GET", "negotiation-list"): Route(at("negotiations/"), EVERYBODY_READS, NEGOTIATION),
    ("GET", "negotiation-detail"): Route(
        lambda world: f"/api/v1/negotiations/{_negotiation(world).pk}/", EVERYBODY_READS, NEGOTIATION
    ),
    ("POST", "negotiation-round-confirm"): Route(
        lambda world: f"/api/v1/negotiation-rounds/{_round(world).pk}/confirm/",
        only(200, "supplier", rival=404),
        {"id", "number", "held_at", "attendees", "asked_price", "offered_price", "minutes", "confirmed_at"},
    ),
    ("GET", "listing-offer-list"): Route(at("listing-offers/"), only(200, *SESSIONS, "supplier", "rival"), LISTING),
    ("POST", "listing-offer-list"): Route(
        # the product is the supplier's, and not the rival's
        at("listing-offers/"),
        only(201, "supplier", rival=422),
        LISTING,
        _listing_offer,
    ),
    ("GET", "listing-offer-detail"): Route(
        lambda world: f"/api/v1/listing-offers/{_offer(world).reference}/",
        only(200, *OFFICERS, "supervisor", "supplier", others=404, **NO_BIDS),
        LISTING,
    ),
    ("POST", "listing-offer-lower"): Route(
        lambda world: f"/api/v1/listing-offers/{_offer(world).reference}/lower/",
        only(200, "supplier", others=404, **NO_BIDS, officer=403, second_officer=403, supervisor=403),
        LISTING,
        lambda world: {"offer_price": "5.00"},
    ),
    ("POST", "listing-offer-withdraw"): Route(
        lambda world: f"/api/v1/listing-offers/{_offer(world).reference}/withdraw/",
        only(200, "supplier", others=404, **NO_BIDS, officer=403, second_officer=403, supervisor=403),
        LISTING,
        lambda world: {"reason": "停产"},
    ),
    ("GET", "emergency-purchase-list"): Route(
        at("emergency-purchases/"), only(200, *SESSIONS, "hospital_system"), PURCHASE
    ),
    ("POST", "emergency-purchase-list"): Route(
        at("emergency-purchases/"), only(201, "buyer", "outsider", "hospital_system"), PURCHASE, _emergency
    ),
    ("GET", "emergency-purchase-detail"): Route(
        lambda world: f"/api/v1/emergency-purchases/{_purchase(world).pk}/",
        only(200, *OFFICERS, "supervisor", *HOSPITAL, "hospital_system", outsider=404, stranger=404),
        PURCHASE,
    ),
    ("GET", "demand-report-list"): Route(at("demand-reports/"), only(200, *SESSIONS, "hospital_system"), DEMAND),
    ("POST", "demand-report-list"): Route(
        at("demand-reports/"),
        only(201, *OFFICERS, "buyer", "outsider", "hospital_system"),
        DEMAND | {"not_reported"},
        _demand,
    ),
    ("POST", "demand-report-confirm"): Route(
        at("demand-reports/{w.demand_report.pk}/confirm/"),
        only(200, *OFFICERS, outsider=404, stranger=404),
        DEMAND,
    ),
    ("POST", "demand-report-return"): Route(
        at("demand-reports/{w.demand_report.pk}/return/"),
        only(200, *OFFICERS, outsider=404, stranger=404),
        DEMAND,
        _return,
    ),
    ("GET", "prior-use-list"): Route(
        at("prior-use/"),
        only(200, *SESSIONS, "hospital_system"),
        {"organization", "year", "presentation", "quantity"},
    ),
    ("POST", "prior-use-list"): Route(
        at("prior-use/"),
        only(201, *OFFICERS, "buyer", "outsider", "hospital_system"),
        {"year", "lines"},
        _prior_use,
    ),
    ("GET", "orderable-line-list"): Route(
        at("orderable-lines/"),
        only(200, *SESSIONS, "hospital_system"),
        ORDERABLE,
    ),
    ("GET", "requisition-list"): Route(at("requisitions/"), only(200, *SESSIONS, "hospital_system"), REQUISITION),
    ("POST", "requisition-list"): Route(
        # what was agreed for one province is not orderable in another
        at("requisitions/"),
        only(201, "buyer", "hospital_system", outsider=422),
        REQUISITION,
        _requisition,
    ),
    ("GET", "requisition-detail"): Route(
        at("requisitions/{w.requisition.pk}/"),
        only(200, *SESSIONS, "hospital_system", outsider=404, stranger=404),
        REQUISITION,
    ),
    ("POST", "requisition-submit"): Route(
        at("requisitions/{w.requisition.pk}/submit/"),
        only(200, "buyer", "hospital_system", outsider=404, stranger=404),
        REQUISITION,
    ),
    ("POST", "requisition-cancel"): Route(
        at("requisitions/{w.requisition.pk}/cancel/"),
        only(200, "buyer", "hospital_system", outsider=404, stranger=404),
        REQUISITION,
    ),
    ("GET", "order-suggestion-by-use"): Route(
        at("order-suggestions/by-use/"), only(200, "buyer", "hospital_system", "outsider"), {"lines"}
    ),
    ("GET", "order-suggestion-last-order"): Route(
        at("order-suggestions/last-order/"), only(200, "buyer", "hospital_system", "outsider"), {"lines"}
    ),
    ("POST", "order-suggestion-pasted"): Route(
        at("order-suggestions/pasted/"), only(200, "buyer", "hospital_system", "outsider"), {"rows"}, _pasted
    ),
    ("GET", "despatch-list"): Route(
        at("despatches/"), only(200, *SESSIONS, "supplier", "rival", "distributor", "hospital_system"), DESPATCH
    ),
    ("GET", "despatch-detail"): Route(
        at("despatches/{w.despatch.pk}/"), only(200, *OF_THE_ORDER, "hospital_system", **NOT_THEIRS), DESPATCH
    ),
    ("POST", "despatch-receipt"): Route(
        at("despatches/{w.despatch.pk}/receipt/"),
        only(201, "pharmacist", "hospital_system", **NOT_THEIRS),
        RECEIPT,
        _receipt,
    ),
    ("GET", "despatch-receipt"): Route(
        lambda world: f"/api/v1/despatches/{_received(world).despatch_id}/receipt/",
        only(200, *OF_THE_ORDER, "hospital_system", **NOT_THEIRS),
        RECEIPT,
    ),
    ("GET", "despatch-codes"): Route(
        at("despatches/{w.despatch.pk}/codes/"),
        only(200, *OF_THE_ORDER, "hospital_system", **NOT_THEIRS),
        {"line", "code", "is_active"},
    ),
    ("POST", "despatch-cold-chain-log"): Route(
        at("despatches/{w.despatch.pk}/cold-chain-log/"), only(201, "distributor", **NOT_THEIRS), DESPATCH, _readings
    ),
    ("GET", "goods-return-list"): Route(at("goods-returns/"), ORDERS_READ, GOODS_RETURN),
    ("POST", "goods-return-list"): Route(
        at("goods-returns/"), only(201, "pharmacist", "hospital_system", **NOT_THEIRS), GOODS_RETURN, _asked_back
    ),
    ("GET", "goods-return-detail"): Route(
        lambda world: f"/api/v1/goods-returns/{_asked(world).pk}/",
        only(200, *OF_THE_ORDER, "hospital_system", **NOT_THEIRS),
        GOODS_RETURN,
    ),
    ("POST", "goods-return-agree"): Route(
        lambda world: f"/api/v1/goods-returns/{_asked(world).pk}/agree/", ANSWERS_ORDERS, GOODS_RETURN
    ),
    ("POST", "goods-return-refuse"): Route(
        lambda world: f"/api/v1/goods-returns/{_asked(world).pk}/refuse/", ANSWERS_ORDERS, GOODS_RETURN, _return
    ),
    ("POST", "goods-return-hand-over"): Route(
        lambda world: f"/api/v1/goods-returns/{_agreed(world).pk}/hand-over/",
        only(200, "pharmacist", "hospital_system", **NOT_THEIRS),
        GOODS_RETURN,
    ),
    ("POST", "goods-return-cancel"): Route(
        lambda world: f"/api/v1/goods-returns/{_agreed(world).pk}/cancel/",
        only(200, "pharmacist", "hospital_system", **NOT_THEIRS),
        GOODS_RETURN,
    ),
    ("GET", "lot-hold-list"): Route(at("lot-holds/"), only(200, others=200), LOT_HOLD),
    ("POST", "lot-hold-list"): Route(at("lot-holds/"), only(201, *OFFICERS, "supplier"), LOT_HOLD, _hold),
    ("GET", "lot-hold-detail"): Route(
        lambda world: f"/api/v1/lot-holds/{_held(world).pk}/", only(200, others=200), LOT_HOLD
    ),
    ("POST", "lot-hold-lift"): Route(
        lambda world: f"/api/v1/lot-holds/{_held(world).pk}/lift/", only(200, *OFFICERS), LOT_HOLD, _return
    ),
    ("GET", "retail-report-list"): Route(at("retail-reports/"), only(200, *SESSIONS, "hospital_system"), RETAIL),
    ("POST", "retail-report-list"): Route(
        at("retail-reports/"), only(201, "pharmacist", "outsider", "hospital_system"), RETAIL, _retail
    ),
    ("GET", "retail-report-detail"): Route(
        at("retail-reports/{w.report.pk}/"), only(200, *SESSIONS, "hospital_system", outsider=404, stranger=404), RETAIL
    ),
    ("GET", "retail-file-list"): Route(at("retail-files/"), only(200, *SESSIONS, "hospital_system"), RETAIL_FILE),
    ("POST", "retail-file-list"): Route(
        at("retail-files/"),
        only(201, "pharmacist", "outsider", "hospital_system", *OFFICERS),
        RETAIL_FILE,
        _retail_file,
    ),
    ("GET", "retail-file-detail"): Route(
        lambda world: f"/api/v1/retail-files/{_handed_in(world).pk}/",
        only(200, *SESSIONS, "hospital_system", outsider=404, stranger=404),
        RETAIL_FILE,
    ),
    ("GET", "retail-finding-list"): Route(
        at("retail-findings/"), only(200, *SESSIONS, "hospital_system"), RETAIL_FINDING
    ),
    ("GET", "retail-finding-detail"): Route(
        lambda world: f"/api/v1/retail-findings/{_finding(world).pk}/",
        only(200, *SESSIONS, "hospital_system", outsider=404, stranger=404),
        RETAIL_FINDING,
    ),
    ("GET", "retail-sweep-list"): Route(at("retail-sweeps/"), only(200, *SESSIONS, "hospital_system"), RETAIL_SWEEP),
    ("POST", "retail-sweep-list"): Route(
        at("retail-sweeps/"), only(201, *OFFICERS), RETAIL_SWEEP, lambda world: {"reason": "新的指导价"}
    ),
    ("GET", "retail-sweep-detail"): Route(
        lambda world: f"/api/v1/retail-sweeps/{_sweep(world).pk}/",
        only(
            200,
            *(*OFFICERS, "supervisor"),
            **dict.fromkeys((*HOSPITAL, "hospital_system", "outsider", "stranger"), 404),
        ),
        RETAIL_SWEEP,
    ),
    ("GET", "order-list"): Route(at("orders/"), ORDERS_READ, ORDER),
    ("GET", "order-detail"): Route(
        at("orders/{w.placed.pk}/"), only(200, *OF_THE_ORDER, "hospital_system", **NOT_THEIRS), ORDER
    ),
    ("POST", "order-confirm"): Route(at("orders/{w.placed.pk}/confirm/"), ANSWERS_ORDERS, ORDER, _confirmation),
    ("POST", "order-refuse"): Route(
        at("orders/{w.placed.pk}/refuse/"), ANSWERS_ORDERS, ORDER, lambda world: {"code": "production_stopped"}
    ),
    ("POST", "order-amend"): Route(at("orders/{w.placed.pk}/amend/"), CHANGES_ORDERS, ORDER, _amendment),
    ("POST", "order-cancel"): Route(
        at("orders/{w.placed.pk}/cancel/"), CHANGES_ORDERS, ORDER, lambda world: {"reason": "误订"}
    ),
    ("POST", "order-close"): Route(
        at("orders/{w.confirmed.pk}/close/"),
        only(200, "supplier", "distributor", "buyer", "hospital_system", **NOT_THEIRS),
        ORDER,
        lambda world: {"reason": "缺货"},
    ),
    ("GET", "order-notice-list"): Route(at("order-notices/"), ORDERS_READ, ORDER_NOTICE),
    ("GET", "order-notice-detail"): Route(
        at("order-notices/{w.notice.pk}/"), only(200, "supplier", "supervisor", others=404), ORDER_NOTICE
    ),
    ("POST", "order-notice-read"): Route(
        at("order-notices/{w.notice.pk}/read/"), only(200, "supplier", others=404, supervisor=403), ORDER_NOTICE
    ),
    ("POST", "order-despatches"): Route(
        at("orders/{w.confirmed.pk}/despatches/"),
        only(201, "distributor", **NOT_THEIRS),
        DESPATCH,
        _despatch,
    ),
    ("GET", "entrustment-list"): Route(at("entrustments/"), EVERYBODY_READS, ENTRUSTMENT),
    ("POST", "entrustment-list"): Route(at("entrustments/"), only(201, "supplier", "rival"), ENTRUSTMENT, _entrustment),
    ("GET", "entrustment-detail"): Route(at("entrustments/{w.entrustment.pk}/"), EVERYBODY_READS, ENTRUSTMENT),
    ("POST", "entrustment-end"): Route(
        at("entrustments/{w.entrustment.pk}/end/"), only(200, "supplier", *OFFICERS), ENTRUSTMENT, _end
    ),
    ("GET", "service-duty-list"): Route(_duties, EVERYBODY_READS, DUTY),
    ("GET", "network-gaps"): Route(
        at("network-gaps/?province=410000"), only(200, *OFFICERS, "supervisor"), {"province", "on", "gaps"}
    ),
    ("GET", "performance"): Route(
        at(f"performance/?by=supplier&since=2026-01-01&until={TODAY}&province=410000"),
        only(200, *SESSIONS, "supplier", "rival", "distributor", "hospital_system", stranger=403),
        {"by", "since", "until", "province", "rows", "total"},
    ),
    ("GET", "scorecard-list"): Route(
        at("scorecards/"), only(200, *SESSIONS, "supplier", "rival", "distributor"), SCORECARD
    ),
    ("GET", "scorecard-detail"): Route(
        lambda world: f"/api/v1/scorecards/{_scorecard(world).pk}/",
        only(200, "supplier", *OFFICERS, "supervisor", others=404, hospital_system=403),
        SCORECARD,
    ),
    ("GET", "use-figure-list"): Route(_used("use-figures/"), ORDERS_READ, USE_FIGURE),
    ("GET", "use-figure-detail"): Route(_used("use-figures/{figure}/"), OWN_USE, USE_FIGURE),
    ("GET", "use-figure-products"): Route(_used("use-figures/{figure}/products/"), OWN_USE, {"products"}),
    ("GET", "use-figure-moves"): Route(_used("use-figures/{figure}/moves/"), OWN_USE, {"moves"}),
    ("GET", "use-shares"): Route(
        at("use-shares/?by=county&since=2026-01-01&province=410000"),
        USE_READ,
        {"by", "since", "until", "province", "rows"},
    ),
    ("GET", "use-ranking"): Route(
        at(f"use-ranking/?month={TODAY}&province=410000"), USE_READ, {"province", "month", "rows"}
    ),
    ("GET", "must-stock"): Route(at("must-stock/?province=410000"), USE_READ, {"province", "rows", "lacking"}),
    ("GET", "patient-cost"): Route(
        at("patient-cost/?product={w.line.product.code}&province=410000"),
        EVERYBODY_READS,
        {"product", "province", "on", "found"},
    ),
    ("GET", "savings"): Route(
        at(f"savings/?province=410000&since=2026-01-01&until={TODAY}"),
        ORDERS_READ,
        {"province", "since", "until", "before", "after", "saving", "paid", "products", "schemes"},
    ),
    ("GET", "invoice-list"): Route(at("invoices/"), ORDERS_READ, INVOICE),
    ("POST", "invoice-list"): Route(
        at("invoices/"), only(201, "supplier", "distributor", **NOT_THEIRS), INVOICE, _new_invoice
    ),
    ("GET", "invoice-detail"): Route(
        lambda world: f"/api/v1/invoices/{_invoice(world).pk}/",
        only(200, *OFFICERS, "supervisor", *HOSPITAL, "hospital_system", "supplier", others=404),
        INVOICE,
    ),
    ("POST", "invoice-sales"): Route(at("invoices/sales/"), only(201, "supplier", "distributor"), INVOICE, _sale),
    ("POST", "invoice-withdraw"): Route(
        lambda world: f"/api/v1/invoices/{_invoice(world).pk}/withdraw/",
        only(200, "supplier", distributor=404, **NOT_THEIRS),
        INVOICE,
        lambda world: {"reason": "有误"},
    ),
    ("GET", "settlement-list"): Route(at("settlements/"), ORDERS_READ, SETTLEMENT),
    ("POST", "settlement-list"): Route(at("settlements/"), only(201, *OFFICERS), {"settlements"}, _owed),
    ("GET", "settlement-detail"): Route(
        _settlement(),
        only(200, *OFFICERS, "supervisor", *HOSPITAL, "hospital_system", "supplier", others=404),
        SETTLEMENT,
    ),
    ("POST", "settlement-approve"): Route(
        # the officer drew it up
        _settlement("approve"),
        only(200, "second_officer", distributor=404, **NOT_THEIRS),
        SETTLEMENT,
    ),
    ("POST", "settlement-payment"): Route(
        _settlement("payment", is_approved=True),
        only(200, *OFFICERS, distributor=404, **NOT_THEIRS),
        SETTLEMENT,
        lambda world: {"reference": "BANK", "paid_on": TODAY.isoformat()},
    ),
    ("POST", "settlement-cancel"): Route(
        _settlement("cancel"),
        only(200, *OFFICERS, distributor=404, **NOT_THEIRS),
        SETTLEMENT,
        lambda world: {"reason": "有误"},
    ),
    ("GET", "credit-due-list"): Route(at("payments/credits-due/"), ORDERS_READ),
    ("GET", "overdue-list"): Route(at("payments/overdue/"), ORDERS_READ, OVERDUE),
    ("GET", "overdue-ages"): Route(at("payments/overdue/ages/?by=payee"), ORDERS_READ, {"by", "on", "groups"}),
    ("GET", "overdue-punctuality"): Route(
        at("payments/overdue/punctuality/?by=payee&since=2026-01-01&until=2027-01-01"),
        ORDERS_READ,
        {"by", "since", "until", "rows"},
    ),
    ("GET", "retail-case-list"): Route(at("retail-cases/"), only(200, *SESSIONS, "hospital_system"), CASE),
    ("GET", "retail-case-detail"): Route(
        _case(),
        only(200, *OFFICERS, "supervisor", *OF_THE_HOSPITAL, outsider=404, stranger=404),
        CASE,
    ),
    ("POST", "retail-case-notify"): Route(_case("notify", status="opened"), HIDDEN_CASES, CASE, _letter),
    ("POST", "retail-case-answer"): Route(
        _case("answer"), only(200, *OF_THE_HOSPITAL, outsider=404, stranger=404), CASE, _letter
    ),
    ("POST", "retail-case-letters"): Route(
        _case("letters"),
        only(201, *OFFICERS, *OF_THE_HOSPITAL, outsider=404, stranger=404),
        {"id", "kind", "sender", "written_at", "text", "file_name", "media_type", "sha256"},
        _letter,
    ),
    ("GET", "retail-case-file"): Route(
        _letter_file,
        only(200, *OFFICERS, "supervisor", *OF_THE_HOSPITAL, outsider=404, stranger=404),
        {"file_name", "media_type", "sha256", "content"},
    ),
    ("POST", "retail-case-propose-penalty"): Route(
        _case("propose-penalty", status="answered"),
        CONDUCTS_CASES,
        CASE,
        lambda world: {"penalty": "fine", "amount": "100.00", "reason": "未更正"},
    ),
    ("POST", "retail-case-drop-penalty"): Route(_case("drop-penalty", status="pending"), CONDUCTS_CASES, CASE),
    ("POST", "retail-case-confirm-penalty"): Route(
        _case("confirm-penalty", status="pending"), CONDUCTS_CASES | {"officer": 403}, CASE
    ),
    ("POST", "retail-case-close"): Route(_case("close", status="corrected"), CONDUCTS_CASES, CASE),
    ("POST", "retail-case-dismiss"): Route(_case("dismiss"), CONDUCTS_CASES, CASE, _return),
    ("GET", "price-alarm-list"): Route(
        at("price-alarms/"), only(200, *SESSIONS, "supplier", "rival", "distributor", "hospital_system"), ALARM
    ),
    ("GET", "price-alarm-detail"): Route(
        lambda world: f"/api/v1/price-alarms/{_alarm(world).pk}/",
        only(200, *OFFICERS, "supervisor", *OF_THE_HOSPITAL, "supplier", others=404),
        ALARM,
    ),
    ("GET", "credit-levels"): Route(at("credit-levels/"), EVERYBODY_READS, {"on", "firms"}),
    ("GET", "complaint-list"): Route(
        at("complaints/"), only(200, *SESSIONS, "supplier", "rival", "distributor", "hospital_system"), COMPLAINT
    ),
    ("POST", "complaint-list"): Route(
        at("complaints/"),
        only(201, "outsider", "supplier", "rival", "distributor", **dict.fromkeys(OF_THE_HOSPITAL, 422)),
        COMPLAINT,
        _new_complaint,
    ),
    ("GET", "complaint-detail"): Route(
        _complaint(), only(200, *OF_THE_HOSPITAL, *OFFICERS, "supervisor", others=404), COMPLAINT
    ),
    ("POST", "complaint-accept"): Route(
        _complaint("accept"), only(200, *OFFICERS, others=404, **OF_THE_COMPLAINT), COMPLAINT
    ),
    ("POST", "complaint-reject"): Route(
        _complaint("reject"), only(200, *OFFICERS, others=404, **OF_THE_COMPLAINT), COMPLAINT, _return
    ),
    ("POST", "complaint-answer"): Route(
        _complaint("answer", is_accepted=True),
        only(200, "supplier", others=404, **OF_THE_COMPLAINT | dict.fromkeys(OFFICERS, 403)),
        COMPLAINT,
        lambda world: {"answer": "已发货"},
    ),
    ("POST", "complaint-decide"): Route(
        _complaint("decide", is_accepted=True),
        only(200, *OFFICERS, others=404, **OF_THE_COMPLAINT | {"supplier": 403}),
        COMPLAINT,
        lambda world: {"is_upheld": True, "decision": "属实"},
    ),
    ("POST", "complaint-withdraw"): Route(
        _complaint("withdraw"),
        only(200, *OF_THE_HOSPITAL, others=404, officer=403, second_officer=403, supervisor=403),
        COMPLAINT,
    ),
    ("GET", "shortage-report-list"): Route(
        at("shortage-reports/"), only(200, *SESSIONS, "hospital_system"), SHORTAGE_REPORT
    ),
    ("POST", "shortage-report-list"): Route(
        at("shortage-reports/"), only(201, *OF_THE_HOSPITAL, "outsider"), SHORTAGE_REPORT, _shortage_report
    ),
    ("GET", "shortage-report-detail"): Route(
        _reported(), only(200, *OF_THE_HOSPITAL, *OFFICERS, "supervisor", outsider=404, stranger=404), SHORTAGE_REPORT
    ),
    ("POST", "shortage-report-end"): Route(
        _reported("end"), only(200, *OF_THE_HOSPITAL, outsider=404), SHORTAGE_REPORT
    ),
    ("GET", "stop-notice-list"): Route(
        at("stop-notices/"), only(200, *SESSIONS, "supplier", "rival", "distributor"), STOP_NOTICE
    ),
    ("POST", "stop-notice-list"): Route(
        # the product is not the rival's
        at("stop-notices/"),
        only(201, "supplier", rival=422),
        STOP_NOTICE,
        _stop_notice,
    ),
    ("GET", "stop-notice-detail"): Route(
        _announced(), only(200, *OFFICERS, "supervisor", "supplier", others=404, hospital_system=403), STOP_NOTICE
    ),
    ("POST", "stop-notice-withdraw"): Route(_announced("withdraw"), only(200, "supplier", rival=404), STOP_NOTICE),
    ("GET", "shortage-list"): Route(at("shortages/"), only(200, *SESSIONS, "hospital_system"), SHORTAGE),
    ("GET", "shortage-detail"): Route(
        _shortage(), only(200, *OF_THE_HOSPITAL, *OFFICERS, "supervisor", outsider=404, stranger=404), SHORTAGE
    ),
    ("POST", "shortage-answer"): Route(_shortage("answer"), ANSWERS_SHORTAGES, SHORTAGE, _measure),
    ("POST", "shortage-follow-up"): Route(
        _shortage("follow-up", "answer"),
        ANSWERS_SHORTAGES,
        SHORTAGE,
        lambda world: {"outcome": "resolved", "note": "已到货"},
    ),
    ("POST", "shortage-close"): Route(
        _shortage("close", "answer", "follow_up"), ANSWERS_SHORTAGES, SHORTAGE, lambda world: {"reason": "供应恢复"}
    ),
    ("POST", "shortage-dismiss"): Route(
        _shortage("dismiss"), ANSWERS_SHORTAGES, SHORTAGE, lambda world: {"reason": "误报"}
    ),
    ("GET", "national-shortage-list"): Route(
        at("national-shortages/"), only(200, *SESSIONS, "supplier", "rival", "distributor", "hospital_system")
    ),
    ("GET", "national-shortage-detail"): Route(
        _national,
        only(
            200, *(who for who in SESSIONS if who != "stranger"), "supplier", "rival", "distributor", "hospital_system"
        )
        | {"stranger": 404},
        NATIONAL_SHORTAGE,
    ),
    ("GET", "stock-list"): Route(
        at("stock/"), only(200, *SESSIONS, "supplier", "rival", "distributor", "hospital_system"), STOCK
    ),
    ("GET", "stock-detail"): Route(
        lambda world: f"/api/v1/stock/{_lot(world).pk}/",
        only(200, *OFFICERS, "supervisor", *HOSPITAL, "hospital_system", others=404),
        STOCK,
    ),
    ("GET", "stock-positions"): Route(
        at("stock/positions/"), only(200, *HOSPITAL, "outsider", "hospital_system"), {"positions"}
    ),
    ("POST", "stock-issues"): Route(
        at("stock/issues/"), only(201, "pharmacist", "hospital_system", outsider=422), {"lines"}, _issue
    ),
    ("POST", "stock-opening"): Route(
        at("stock/opening/"), only(201, "pharmacist", "hospital_system", "outsider"), {"lots"}, _opening
    ),
    ("POST", "stock-write-offs"): Route(
        # firms write off what they keep for the reserve, and not this
        at("stock/write-offs/"),
        only(201, "pharmacist", "hospital_system", outsider=422, supplier=422, rival=422, distributor=422),
        {"lines"},
        _write_off,
    ),
    ("GET", "stock-count-list"): Route(at("stock-counts/"), only(200, *SESSIONS, "hospital_system"), COUNT),
    ("POST", "stock-count-list"): Route(
        at("stock-counts/"), only(201, "pharmacist", "hospital_system", outsider=422), COUNT, _found
    ),
    ("GET", "stock-count-detail"): Route(
        lambda world: f"/api/v1/stock-counts/{_count(world).pk}/",
        only(200, *OFFICERS, "supervisor", *HOSPITAL, "hospital_system", others=404, **NO_ORDERS),
        COUNT,
    ),
    ("GET", "stock-transfer-list"): Route(at("stock-transfers/"), only(200, *SESSIONS, "hospital_system"), TRANSFER),
    ("POST", "stock-transfer-list"): Route(
        at("stock-transfers/"),
        only(201, *OFFICERS, "pharmacist", "hospital_system", outsider=404, stranger=404),
        TRANSFER,
        _transfer,
    ),
    ("GET", "stock-transfer-detail"): Route(
        lambda world: f"/api/v1/stock-transfers/{_given(world).pk}/",
        only(200, *OFFICERS, "supervisor", *HOSPITAL, "hospital_system", others=404, **NO_ORDERS),
        TRANSFER,
    ),
    ("POST", "stock-transfer-agree"): Route(
        lambda world: f"/api/v1/stock-transfers/{_taken(world, factories.proposed_transfer).pk}/agree/",
        only(200, "pharmacist", "hospital_system", outsider=404, stranger=404),
        TRANSFER,
    ),
    ("POST", "stock-transfer-refuse"): Route(
        lambda world: f"/api/v1/stock-transfers/{_taken(world, factories.proposed_transfer).pk}/refuse/",
        only(200, "pharmacist", "hospital_system", outsider=404, stranger=404),
        TRANSFER,
        _return,
    ),
    ("POST", "stock-transfer-cancel"): Route(
        lambda world: f"/api/v1/stock-transfers/{_given(world).pk}/cancel/",
        only(200, *OFFICERS, "pharmacist", "hospital_system", outsider=404, stranger=404),
        TRANSFER,
        _return,
    ),
    ("POST", "stock-transfer-send"): Route(
        lambda world: f"/api/v1/stock-transfers/{_given(world).pk}/send/",
        only(200, "pharmacist", "hospital_system", outsider=404, stranger=404),
        TRANSFER,
    ),
    ("POST", "stock-transfer-receive"): Route(
        lambda world: f"/api/v1/stock-transfers/{_taken(world, factories.sent_transfer).pk}/receive/",
        only(200, "pharmacist", "hospital_system", outsider=404, stranger=404),
        TRANSFER,
    ),
    ("GET", "reserve-plan-list"): Route(
        at("reserve-plans/"), only(200, *SESSIONS, "supplier", "rival", "distributor", "hospital_system"), RESERVE_PLAN
    ),
    ("GET", "reserve-plan-detail"): Route(
        lambda world: f"/api/v1/reserve-plans/{_plan(world).pk}/",
        only(200, *OFFICERS, "supervisor", "distributor", others=404),
        RESERVE_PLAN,
    ),
    ("POST", "reserve-plan-fill"): Route(
        lambda world: f"/api/v1/reserve-plans/{_plan(world).pk}/fill/",
        only(200, "distributor", **OF_THE_RESERVE),
        RESERVE_PLAN,
        _fill,
    ),
    ("POST", "reserve-plan-rotate"): Route(
        # what was put in today is not due for rotation
        lambda world: f"/api/v1/reserve-plans/{_plan(world).pk}/rotate/",
        only(422, "distributor", **OF_THE_RESERVE),
        RESERVE_PLAN,
        _rotation,
    ),
    ("POST", "reserve-plan-carry-over"): Route(
        # nothing lies under an ended plan
        lambda world: f"/api/v1/reserve-plans/{_plan(world).pk}/carry-over/",
        only(422, "distributor", **OF_THE_RESERVE),
        RESERVE_PLAN,
    ),
    ("GET", "reserve-release-list"): Route(
        at("reserve-releases/"),
        only(200, *SESSIONS, "supplier", "rival", "distributor", "hospital_system"),
        RESERVE_RELEASE,
    ),
    ("GET", "reserve-release-detail"): Route(
        lambda world: f"/api/v1/reserve-releases/{_ordered(world).pk}/",
        only(200, *OFFICERS, "supervisor", *HOSPITAL, "hospital_system", "distributor", others=404),
        RESERVE_RELEASE,
    ),
    ("POST", "reserve-release-issue"): Route(
        lambda world: f"/api/v1/reserve-releases/{factories.approved_release(world.cast, _plan(world)).pk}/issue/",
        only(200, "distributor", outsider=404, stranger=404, supplier=404, rival=404),
        RESERVE_RELEASE,
    ),
    ("GET", "adverse-reaction-list"): Route(at("adverse-reactions/"), only(200, others=200), REACTION),
    ("POST", "adverse-reaction-list"): Route(
        at("adverse-reactions/"),
        only(201, *OF_THE_HOSPITAL, "outsider", "supplier", "rival", "distributor"),
        REACTION,
        _new_reaction,
    ),
    ("GET", "adverse-reaction-detail"): Route(_reaction(), KNOW_THE_LOT, REACTION),
    ("POST", "adverse-reaction-review"): Route(_reaction("review"), JUDGE_SAFETY, REACTION, _judgement),
    ("POST", "adverse-reaction-conclude"): Route(
        _reaction("conclude", is_reviewed=True), JUDGE_SAFETY, REACTION, _judgement
    ),
    ("POST", "adverse-reaction-set-aside"): Route(_reaction("set-aside"), JUDGE_SAFETY, REACTION, _return),
    ("GET", "safety-signal-list"): Route(at("safety-signals/"), only(200, others=200), SIGNAL),
    ("GET", "safety-signal-detail"): Route(
        _signal(), only(200, *OFFICERS, "supervisor", "supplier", others=404), SIGNAL
    ),
    ("POST", "safety-signal-confirm"): Route(_signal("confirm"), JUDGES_SIGNALS, SIGNAL, _remark),
    ("POST", "safety-signal-refute"): Route(_signal("refute"), JUDGES_SIGNALS, SIGNAL, _remark),
    ("GET", "lot-alert-list"): Route(at("lot-alerts/"), only(200, others=200), LOT_ALERT),
    ("GET", "lot-alert-detail"): Route(_alert(), KNOW_THE_LOT, LOT_ALERT),
    ("GET", "lot-alert-holders"): Route(_alert("holders"), KNOW_THE_LOT, {"holders"}),
    ("POST", "lot-alert-quarantine"): Route(_alert("quarantine"), JUDGE_SAFETY, LOT_ALERT, _return),
    ("POST", "lot-alert-dismiss"): Route(_alert("dismiss"), JUDGE_SAFETY, LOT_ALERT, _return),
    ("GET", "recall-list"): Route(at("recalls/"), EVERYBODY_READS, RECALL),
    ("POST", "recall-list"): Route(at("recalls/"), only(201, *OFFICERS, "supplier"), RECALL, _new_recall),
    ("GET", "recall-detail"): Route(_recall(factories.opened_recall), EVERYBODY_READS, RECALL),
    ("POST", "recall-open"): Route(
        _recall(factories.proposed_recall, "open"),
        only(200, *OFFICERS, supplier=403, supervisor=403, others=404),
        RECALL,
    ),
    ("POST", "recall-drop"): Route(
        _recall(factories.proposed_recall, "drop"),
        only(200, *OFFICERS, "supplier", supervisor=403, others=404),
        RECALL,
        _return,
    ),
    ("POST", "recall-notify"): Route(
        _recall(factories.opened_recall, "notify"),
        only(200, *OFFICERS, "supplier"),
        RECALL,
        lambda world: {"instructions": "停止使用并封存"},
    ),
    ("POST", "recall-reports"): Route(
        _recall(factories.opened_recall, "reports"),
        only(201, *OFFICERS, "supplier"),
        RECALL_REPORT,
        lambda world: {"kind": "plan", "text": "召回计划"},
    ),
    ("POST", "recall-close"): Route(
        _recall(factories.notified_recall, "close"),
        only(200, *OFFICERS),
        RECALL,
        lambda world: {"conclusion": "召回有效"},
    ),
    ("GET", "recall-holders"): Route(_recall(factories.opened_recall, "holders"), EVERYBODY_READS, {"holders"}),
    ("GET", "recall-effectiveness"): Route(
        _recall(factories.opened_recall, "effectiveness"), EVERYBODY_READS, EFFECTIVENESS
    ),
    ("GET", "recall-notice-list"): Route(at("recall-notices/"), only(200, others=200), RECALL_NOTICE),
    ("GET", "recall-notice-detail"): Route(_recall_notice(), KNOW_THE_LOT, RECALL_NOTICE),
    ("POST", "recall-notice-acknowledge"): Route(
        _recall_notice("acknowledge"), ANSWERS_RECALLS, RECALL_NOTICE, lambda world: {"units_found": 144}
    ),
    ("POST", "recall-notice-hand-back"): Route(
        _recall_notice("hand-back"),
        ANSWERS_RECALLS,
        RECALL_NOTICE,
        lambda world: {"lots": [{"lot": _recalled_lot(world).pk, "units": 1}]},
    ),
}
# What belongs to the API and is not a view of ours; their own tests hold them.
LIBRARY = {"schema", "api-docs", "oauth2_provider:token", "oauth2_provider:revoke-token"}


def patterns(resolver: URLResolver, prefix: str = "", namespace: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    """All addresses below a resolver: the path's pattern, the name, and the pattern itself."""
    for item in resolver.url_patterns:
        path = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            inner = f"{namespace}{item.namespace}:" if item.namespace else namespace
            yield from patterns(item, path, inner)
        else:
            yield path, f"{namespace}{item.name}", item


def routes() -> set[tuple[str, str]]:
    """Method and name of everything that the API answers; HEAD is what GET is, without the body."""
    found = set()
    for path, name, pattern in patterns(get_resolver()):
        if path.startswith("api/v1/"):
            found |= {(method.upper(), name) for method in getattr(pattern.callback, "actions", {})}
    return {(method, name) for method, name in found if method != "HEAD"}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for the whole module, in a transaction around those of the tests, each of which undoes what it did."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


class TestMatrix:
    def test_misses_no_route(self) -> None:
        assert set(MATRIX) == routes()

    def test_misses_nothing_beside_the_routes(self) -> None:
        beside = {
            name
            for path, name, pattern in patterns(get_resolver())
            if path.startswith(("api/", "oauth/")) and not hasattr(pattern.callback, "actions")
        }
        assert beside == LIBRARY | {"None"}

    def test_says_of_everybody_what_they_get(self) -> None:
        assert all(set(route.expected) == set(EVERYBODY) for route in MATRIX.values())

    @pytest.mark.parametrize(("method", "name"), MATRIX)
    @pytest.mark.django_db
    def test_holds(self, world: World, method: str, name: str) -> None:
        route = MATRIX[method, name]
        path, body = route.path(world), route.body(world) if route.body else {}
        answers = {}
        for who, caller in world.callers.items():
            with transaction.atomic():
                answers[who] = caller.get(path) if method == "GET" else caller.send(path, body)
                transaction.set_rollback(True)
        assert {who: answer.status_code for who, answer in answers.items()} == route.expected
        for answer in answers.values():
            if answer.status_code >= 400:
                problem_in(answer, answer.status_code)
                assert ("WWW-Authenticate" in answer) == (answer.status_code == 401)
            else:
                self.assert_shape(
                    answer,
                    route,
                    is_list=method == "GET" and name.endswith(("-list", "-awards", "-openings", "-codes")),
                )

    @pytest.mark.parametrize(("method", "name"), MATRIX)
    @pytest.mark.django_db
    def test_answers_head_and_options_as_well(self, world: World, method: str, name: str) -> None:
        """OPTIONS tells of the shape, and only to whom may call; HEAD is GET without the body."""
        route = MATRIX[method, name]
        path = route.path(world)
        officer, public = world.callers["officer"], world.callers["public"]
        assert method in officer.options(path)["Allow"]
        is_open = MATRIX.get(("GET", name), route).expected["public"] == 200
        assert public.options(path).status_code == (200 if is_open else 401)
        if method == "GET":
            head = officer.head(path)
            assert (head.status_code, head.getvalue()) == (route.expected["officer"], b"")

    @staticmethod
    def assert_shape(answer: Any, route: Route, *, is_list: bool) -> None:
        assert answer["Content-Type"] == "application/json"
        body = json.loads(answer.getvalue())
        if is_list:
            assert set(body) == {"next", "previous", "results"}
            assert all(set(row) == route.shape for row in body["results"])
        else:
            assert set(body) == route.shape

    @pytest.mark.parametrize(
        ("name", "who", "count"),
        [
            # the matrix alone would not notice a list that shows nothing, or everything
            ("product-list", "public", 2),
            ("tender-list", "public", 2),
            ("tender-list", "officer", 3),
            ("tender-list", "supervisor", 3),
            ("tender-awards", "public", 2),
            ("bid-list", "supplier", 2),
            ("bid-list", "rival", 1),
            ("bid-list", "officer", 2),
            ("bid-list", "supervisor", 2),
            ("bid-list", "buyer", 0),
            ("demand-report-list", "buyer", 4),
            ("demand-report-list", "outsider", 3),
            ("demand-report-list", "officer", 4),
            ("demand-report-list", "supervisor", 7),
            ("prior-use-list", "buyer", 1),
            ("prior-use-list", "outsider", 0),
            ("prior-use-list", "officer", 1),
            ("orderable-line-list", "buyer", 1),
            ("orderable-line-list", "outsider", 1),
            ("orderable-line-list", "officer", 1),
            ("orderable-line-list", "stranger", 0),
            ("requisition-list", "buyer", 4),
            ("requisition-list", "hospital_system", 4),
            ("requisition-list", "outsider", 0),
            ("despatch-list", "pharmacist", 1),
            ("despatch-list", "distributor", 1),
            ("despatch-list", "rival", 0),
            ("retail-report-list", "pharmacist", 1),
            ("retail-report-list", "outsider", 0),
            ("order-list", "supplier", 3),
            ("order-list", "distributor", 3),
            ("order-list", "buyer", 3),
            ("order-list", "officer", 3),
            ("order-list", "rival", 0),
            ("order-list", "outsider", 0),
            ("entrustment-list", "public", 1),
        ],
    )
    @pytest.mark.django_db
    def test_shows_everybody_their_own_rows(self, world: World, name: str, who: str, count: int) -> None:
        results = world.callers[who].get(MATRIX["GET", name].path(world)).json()["results"]
        assert len(results) == count
