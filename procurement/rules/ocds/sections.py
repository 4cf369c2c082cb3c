"""What a release says before the bids are open: planning and tender, as they stood at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from catalog.foundation.money import FEN
from procurement.rules.ocds.facts import (
    Clarification,
    Document,
    Lot,
    Milestone,
    Party,
    Planning,
    Procedure,
    Tender,
    Terms,
)
from procurement.rules.ocds.values import (
    Json,
    address,
    compact,
    day,
    is_past,
    last_moment,
    lot_id,
    medicine_item,
    money,
    reference,
    stamp,
)

# Codes of the codelists method and awardCriteria: the lowest price among the qualified is priceOnly.
METHODS = {
    Procedure.DOUBLE_ENVELOPE: ("open", "priceOnly"),
    Procedure.VOLUME_BASED: ("open", "priceOnly"),
    Procedure.NEGOTIATION: ("direct", "priceOnly"),
    Procedure.DIRECT_LISTING: ("open", "priceOnly"),
    Procedure.DESIGNATED_PRODUCTION: ("limited", "qualityOnly"),
    Procedure.SMALL_QUANTITY: ("direct", "priceOnly"),
}


def terms_at(tender: Tender, at: datetime) -> Terms:
    """Return the terms that held at a time: those before the first amendment that was yet to come."""
    later = [amendment for amendment in tender.amendments if amendment.published_at > at]
    return min(later, key=lambda amendment: amendment.published_at).before if later else tender.terms


def planning_section(planning: Planning) -> Json:
    """Write the demand: its sum per presentation in words, since planning has no items."""
    sums = "; ".join(f"{demand.description} {demand.quantity} {demand.unit}" for demand in planning.demand)
    value = planning.estimated_value
    budget = {"description": sums, "amount": money(value, FEN) if value is not None else None}
    return compact({"rationale": planning.title, "budget": compact(budget)})


def tender_status(tender: Tender, at: datetime) -> str:
    """Return the code for a time: complete means that the deadline has passed, whatever is decided yet."""
    if tender.cancelled_at and tender.cancelled_at <= at:
        return "cancelled"
    if not tender.published_at or at < tender.published_at:
        return "planning"
    terms = terms_at(tender, at)
    if at < terms.deadline_at:
        return "active"
    failed = {failure.lot for failure in tender.failures if failure.failed_at <= at}
    return "unsuccessful" if failed >= {lot.number for lot in terms.lots} else "complete"


def tender_head(tender: Tender, at: datetime, agency: Party) -> Json:
    """Write the tender before its publication: what it will be and who holds it."""
    return {
        "id": tender.number,
        "title": tender.title,
        "status": tender_status(tender, at),
        "procuringEntity": reference(agency),
    }


def tender_section(tender: Tender, at: datetime, agency: Party) -> Json:
    """Write the tender as its documents stood at a time, from its publication on."""
    terms = terms_at(tender, at)
    method, criteria = METHODS[tender.procedure]
    ceilings = [lot.ceiling * lot.quantity for lot in terms.lots if lot.ceiling is not None]
    opens = stamp(tender.published_at or at)
    asked_until = terms.enquiries_until and stamp(terms.enquiries_until)
    enquiries = _enquiries(item for item in tender.clarifications if item.answered_at <= at)
    return tender_head(tender, at, agency) | compact(
        {
            "description": tender.description,
            "procurementMethod": method,
            "procurementMethodDetails": tender.rules,
            "mainProcurementCategory": "goods",
            "awardCriteria": criteria,
            "submissionMethod": ["electronicSubmission"],
            "value": money(sum(ceilings, Decimal(0)), FEN) if ceilings else None,
            "tenderPeriod": {"startDate": opens, "endDate": stamp(terms.deadline_at)},
            "enquiryPeriod": asked_until and {"startDate": opens, "endDate": asked_until},
            "contractPeriod": {"startDate": day(terms.supply_from), "endDate": last_moment(terms.supply_until)},
            "lots": [_lot(tender, lot, at) for lot in terms.lots],
            "items": [_lot_item(lot) for lot in terms.lots],
            "hasEnquiries": bool(enquiries),
            "enquiries": enquiries,
            "documents": _documents(tender.language, (item for item in tender.documents if item.published_at <= at)),
            "milestones": [_milestone(item, at) for item in tender.milestones],
            "amendments": _amendments(tender, at),
        }
    )


def tender_update(tender: Tender, at: datetime, agency: Party) -> Json:
    """Write only what one moment brought: answers, documents, milestones, the opening, the states of lots."""
    enquiries = _enquiries(item for item in tender.clarifications if item.answered_at == at)
    moved = at == tender.opened_at or any(failure.failed_at == at for failure in tender.failures)
    return tender_head(tender, at, agency) | compact(
        {
            "hasEnquiries": bool(enquiries) or None,
            "enquiries": enquiries,
            "documents": _documents(tender.language, (item for item in tender.documents if item.published_at == at)),
            "milestones": [_milestone(item, at) for item in tender.milestones if item.met_at == at],
            "bidOpening": {"date": stamp(at)} if at == tender.opened_at else None,
            "lots": [_lot(tender, lot, at) for lot in terms_at(tender, at).lots] if moved else None,
        }
    )


def _enquiries(clarifications: Iterable[Clarification]) -> list[Json]:
    return [
        compact(
            {
                "id": str(item.number),
                "date": stamp(item.asked_at),
                "description": item.question,
                "answer": item.answer,
                "dateAnswered": stamp(item.answered_at),
                "relatedLot": lot_id(item.lot) if item.lot else None,
            }
        )
        for item in clarifications
    ]


def _documents(language: str, documents: Iterable[Document]) -> list[Json]:
    return [
        compact(
            {
                "id": document.id,
                "documentType": document.kind,
                "title": document.title,
                "url": document.url,
                "datePublished": stamp(document.published_at),
                "format": document.format,
                "language": language,
                "relatedLots": [lot_id(document.lot)] if document.lot else None,
            }
        )
        for document in documents
    ]


def _milestone(milestone: Milestone, at: datetime) -> Json:
    met = milestone.met_at if is_past(milestone.met_at, at) else None
    written = {
        "id": milestone.id,
        "type": milestone.kind,
        "title": milestone.title,
        "dueDate": stamp(milestone.due_at),
        "status": "met" if met else "scheduled",
        "dateMet": met and stamp(met),
    }
    return compact(written)


def _amendments(tender: Tender, at: datetime) -> list[Json]:
    """Write the changes of the terms; a cancellation is the last of them."""
    written = [
        {
            "id": str(amendment.number),
            "date": stamp(amendment.published_at),
            "rationale": amendment.rationale,
            "description": amendment.description,
        }
        for amendment in tender.amendments
        if amendment.published_at <= at
    ]
    if tender.cancelled_at and tender.cancelled_at <= at:
        reason = tender.cancellation_reason
        written.append({"id": "cancellation", "date": stamp(tender.cancelled_at), "rationale": reason})
    return written


def _lot(tender: Tender, lot: Lot, at: datetime) -> Json:
    failure = next((item for item in tender.failures if item.lot == lot.number and item.failed_at <= at), None)
    return compact(
        {
            "id": lot_id(lot.number),
            "title": lot.medicine.description,
            "description": failure and failure.reason,
            "status": "unsuccessful" if failure else tender_status(tender, at),
            "value": money(lot.ceiling * lot.quantity, FEN) if lot.ceiling is not None else None,
        }
    )


def _lot_item(lot: Lot) -> Json:
    unit = compact({"name": lot.unit, "value": money(lot.ceiling) if lot.ceiling is not None else None})
    return medicine_item(lot.medicine) | compact(
        {
            "id": lot_id(lot.number),
            "quantity": lot.quantity,
            "unit": unit,
            "relatedLot": lot_id(lot.number),
            "deliveryAddresses": [address(area.name) for area in lot.areas],
        }
    )
