"""Tenders of the procedures that are not decided by sealed prices alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.models import GuidePrice
from procurement.models import Bid, Lot, Negotiation, NegotiationRound, Tender
from procurement.services.evaluations import evaluate_tender
from procurement.services.listing_offers import submit_listing_offer
from procurement.services.listings import list_offers
from procurement.services.negotiations import confirm_round, open_negotiation, record_round
from procurement.services.openings import open_tender
from procurement.services.tenders import draft_tender, publish_tender
from procurement.states import Procedure
from tests.cast import HENAN, HUBEI, Cast, organization_of, user_of
from tests.factories.catalog import guide_price, presentation, product
from tests.factories.clock import NOW, TODAY, _numbers
from tests.factories.procurement import bid, drafted_tender, lot_plan, opening_key, release
from tests.factories.procurement_rules import enter_rules


def evaluated_lot(
    cast: Cast,
    procedure: Procedure,
    offers: Mapping[Actor, str],
    *,
    medicine: str = "阿莫西林",
    ceiling: str = "0.3600",
    outputs: Mapping[Actor, int] | None = None,
    invited: Sequence[Organization] = (),
    at: datetime = NOW,
    **rules: Any,
) -> Lot:
    """One lot of 240,000 and 120,000 units, whose bids (yuan for 24) were opened and evaluated."""
    enter_rules(procedure, **rules)
    item = presentation(medicine)
    if not GuidePrice.objects.filter(presentation=item).exists():
        guide_price(item)
    deadline = at - timedelta(hours=1)
    for holder in (cast.officer, cast.second_officer, cast.supervisor):
        opening_key(holder, at=at)
    tender = draft_tender(
        number=f"T{next(_numbers):04d}",
        title="基本药物集中采购",
        demand_round=None,
        deadline_at=deadline,
        supply_from=at.date() + timedelta(days=30),
        supply_until=at.date() + timedelta(days=760),
        province_ids=[HENAN, HUBEI],
        lots=[replace(lot_plan(item, ceiling=ceiling, max_winners=3), quantities={HENAN: 240_000, HUBEI: 120_000})],
        procedure=procedure,
        invited=invited,
        urgency_reason="疫情急需" if procedure == Procedure.SMALL_QUANTITY else "",
        actor=cast.officer,
        at=deadline - timedelta(days=30),
    )
    holders = [user_of(holder) for holder in (cast.officer, cast.second_officer, cast.supervisor)]
    publish_tender(number=tender.number, holders=holders, actor=cast.officer, at=deadline - timedelta(days=30))
    lot = tender.lots.select_related("tender", "presentation").get()
    for minutes, (actor, price) in enumerate(offers.items()):
        output = {"output": outputs[actor]} if outputs else {}
        bid(lot, actor, price, at=deadline - timedelta(hours=2) + timedelta(minutes=minutes), **output)
    release(tender, cast.officer, cast.second_officer, at=at)
    open_tender(tender_id=tender.pk, actor=cast.platform, at=at)
    evaluate_tender(tender_id=tender.pk, actor=cast.platform, at=at)
    return Lot.objects.select_related("tender", "presentation").get(pk=lot.pk)


def negotiation(cast: Cast, of: Bid, *, at: datetime = NOW) -> Negotiation:
    """Opened by the officer."""
    return open_negotiation(bid_id=of.pk, actor=cast.officer, at=at)


def negotiation_round(
    cast: Cast,
    talks: Negotiation,
    offered: str,
    *,
    asked: str = "5.00",
    confirmed_by: Actor | None = None,
    at: datetime = NOW,
    **changed: Any,
) -> NegotiationRound:
    """A round that the officer recorded, and the bidder perhaps confirmed."""
    values = {
        "held_at": at,
        "attendees": "采购中心两人、企业代表两人",
        "asked_price": Decimal(asked),
        "offered_price": Decimal(offered),
        "minutes": "双方就价格进行了谈判",
        "actor": cast.officer,
    } | changed
    held = record_round(negotiation_id=talks.pk, at=at, **values)
    return confirm_round(round_id=held.pk, actor=confirmed_by, at=at) if confirmed_by else held


def direct_listing(
    cast: Cast, medicines: Sequence[str] = ("阿莫西林",), *, at: datetime = NOW, ceiling: str = "0.3600"
) -> Tender:
    """Open for standing offers since a day, with a lot for each medicine; what is listed is supplied from today."""
    enter_rules(Procedure.DIRECT_LISTING)
    items = [presentation(medicine) for medicine in medicines]
    for item in items:
        if not GuidePrice.objects.filter(presentation=item).exists():
            guide_price(item)
    tender = drafted_tender(
        cast,
        [lot_plan(item, number, ceiling=ceiling) for number, item in enumerate(items, start=1)],
        at=at - timedelta(days=1),
        deadline_at=at + timedelta(days=30),
        supply_from=TODAY,
        procedure=Procedure.DIRECT_LISTING,
    )
    return publish_tender(number=tender.number, holders=[], actor=cast.officer, at=at - timedelta(days=1))


def listing_offer(
    tender: Tender, actor: Actor, price: str = "6.00", *, lot_number: int = 1, at: datetime = NOW, **changed: Any
) -> Bid:
    """A standing offer of 1,000 units a year for Henan, in a pack of 24."""
    values: dict[str, Any] = {"output": 1000, "province_ids": [HENAN], "offer_price": Decimal(price)} | changed
    if "product_code" not in values:
        lot = tender.lots.select_related("presentation").get(number=lot_number)
        values["product_code"] = product(organization_of(actor), lot.presentation).code
    return submit_listing_offer(tender_number=tender.number, lot_number=lot_number, actor=actor, at=at, **values)


def listed_offer(cast: Cast, tender: Tender, actor: Actor, price: str = "6.00", **changed: Any) -> Bid:
    """A standing offer that the second officer has listed."""
    offer = listing_offer(tender, actor, price, **changed)
    [award] = list_offers(offer_ids=[offer.pk], actor=cast.second_officer, at=changed.get("at", NOW))
    return award.bid
