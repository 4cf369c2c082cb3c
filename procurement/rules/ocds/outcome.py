"""What a release says once the bids are open: bids, awards and contracts, as they stood at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from catalog.foundation.money import FEN
from procurement.rules.ocds.facts import Award, Bid, Contract, ContractLine, Lot, Party
from procurement.rules.ocds.values import (
    CURRENCY,
    Json,
    area_items,
    compact,
    day,
    is_past,
    last_moment,
    lot_id,
    money,
    number,
    reference,
    stamp,
)


def bid_details(bid: Bid, at: datetime, lot: Lot, bidder: Party) -> Json:
    """Write an opened bid: its price from the time when that was opened, its place from when it was judged."""
    priced = bid.price if is_past(bid.priced_at, at) else None
    judged = is_past(bid.judged_at, at)
    ranked = judged and bid.rank is not None
    item = {
        "id": bid.reference,
        "description": bid.product or lot.medicine.description,
        "quantity": lot.quantity,
        "unit": {"name": lot.unit, "value": money(priced)} if priced is not None else {"name": lot.unit},
        "relatedLot": lot_id(lot.number),
    }
    return compact(
        {
            "id": bid.reference,
            "date": stamp(bid.received_at),
            "status": ("valid" if bid.is_valid else "disqualified") if judged else "pending",
            "tenderers": [reference(bidder)],
            "value": money(priced * lot.quantity, FEN) if priced is not None else None,
            "items": [item],
            "relatedLots": [lot_id(lot.number)],
            "hasRank": True if ranked else None,
            "rank": bid.rank if ranked else None,
        }
    )


def bid_statistics(bids: Iterable[Bid], at: datetime, lots: dict[int, Lot]) -> list[Json]:
    """Count the opened bids and bidders, of the tender and of each lot, and say the range of the valid ones."""
    opened = [bid for bid in bids if bid.opened_at <= at]
    by_lot: dict[int, list[Bid]] = defaultdict(list)
    for bid in opened:
        by_lot[bid.lot].append(bid)
    found = [
        {"id": "bids", "measure": "bids", "value": len(opened)},
        {"id": "bidders", "measure": "bidders", "value": len({bid.supplier for bid in opened})},
    ]
    for lot in sorted(by_lot):
        measures: Json = {"bids": len(by_lot[lot])}
        if any(is_past(bid.judged_at, at) for bid in by_lot[lot]):
            valid = [bid for bid in by_lot[lot] if is_past(bid.judged_at, at) and bid.is_valid]
            values = [bid.price * lots[lot].quantity for bid in valid if bid.price is not None]
            measures["validBids"] = len(valid)
            if values:
                measures |= {"lowestValidBidValue": min(values), "highestValidBidValue": max(values)}
        found += [_statistic(measure, value, lot) for measure, value in measures.items()]
    return [statistic | {"date": stamp(at)} for statistic in found]


def _statistic(measure: str, value: Decimal | int, lot: int) -> Json:
    amount = money(value, FEN)["amount"] if isinstance(value, Decimal) else number(value)
    written = {"id": f"{measure}-{lot_id(lot)}", "measure": measure, "value": amount, "relatedLot": lot_id(lot)}
    return written | ({"currency": CURRENCY} if isinstance(value, Decimal) else {})


def award_section(award: Award, at: datetime, lot: Lot, supplier: Party) -> Json:
    """Write an award: pending while the candidates stand published, active from the decision."""
    if is_past(award.withdrawn_at, at):
        status = "cancelled"
    else:
        status = "active" if is_past(award.awarded_at, at) else "pending"
    # who supplies which areas is decided with the award
    areas = () if status == "pending" else award.areas
    bought = sum(area.quantity for area in areas)
    decided = award.awarded_at if status == "active" else award.proposed_at or award.awarded_at
    return compact(
        {
            "id": award.number,
            "title": award.product,
            "description": award.reason if status == "cancelled" else None,
            "status": status,
            "date": decided and stamp(decided),
            "value": money(award.price * bought, FEN) if bought else None,
            "suppliers": [reference(supplier)],
            "items": area_items(award.lot, award.product, areas, lot.unit, award.price),
            "relatedLots": [lot_id(award.lot)],
            "relatedBids": [award.bid] if award.bid else None,
        }
    )


def contract_sections(contract: Contract, at: datetime, awards: dict[str, Award], lots: dict[int, Lot]) -> list[Json]:
    """Write an agreement once for each award that it rests on, since an OCDS contract has one award.

    The agreement's number is the title of each; the awards' numbers tell them apart.
    """
    by_award: dict[str, list[ContractLine]] = defaultdict(list)
    for line in _lines_at(contract, at):
        by_award[line.award].append(line)
    ended = is_past(contract.ended_at, at)
    amendments = [
        {
            "id": str(amendment.number),
            "date": stamp(amendment.agreed_at),
            "rationale": amendment.rationale,
            "description": amendment.description,
        }
        for amendment in contract.amendments
        if amendment.agreed_at <= at
    ]
    return [
        compact(
            {
                "id": f"{contract.number}/{award}",
                "awardID": award,
                "title": contract.number,
                "description": contract.reason if ended else None,
                "status": "terminated" if ended else "active",
                "dateSigned": stamp(contract.signed_at),
                "period": {"startDate": day(contract.valid_from), "endDate": last_moment(contract.valid_until)},
                "value": money(sum((line.price * line.area.quantity for line in lines), Decimal(0)), FEN),
                "items": _contract_items(awards[award].lot, lines, lots),
                "relatedBids": [awards[award].bid] if awards[award].bid else None,
                "amendments": amendments,
            }
        )
        for award, lines in by_award.items()
    ]


def _lines_at(contract: Contract, at: datetime) -> tuple[ContractLine, ...]:
    later = [amendment for amendment in contract.amendments if amendment.agreed_at > at]
    return min(later, key=lambda amendment: amendment.agreed_at).before if later else contract.lines


def _contract_items(lot: int, lines: list[ContractLine], lots: dict[int, Lot]) -> list[Json]:
    unit = lots[lot].unit
    items = [item for line in lines for item in area_items(lot, line.product, (line.area,), unit, line.price)]
    return [item | {"id": f"{lot_id(lot)}-{place}"} for place, item in enumerate(items, start=1)]
