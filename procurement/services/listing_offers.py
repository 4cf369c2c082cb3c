"""Standing offers of a direct listing: handed in in clear until the deadline, and judged at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate

from catalog.errors import PriceNotPositive
from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, perform, unit_of_work
from catalog.models import Product
from procurement.errors import (
    BiddingClosed,
    BiddingNotOpen,
    ListingEnded,
    NotAListing,
    OfferListed,
    OutputMissing,
    ProductNotOfferable,
    ProvincesNotInLot,
    SupplierNotAdmitted,
)
from procurement.models import Bid, ListingArea, Lot, Tender
from procurement.policies import may_withdraw_bid, require_supplier
from procurement.queries import obstacles
from procurement.rules.comparison import RULE_COMPARABLE, comparable_price, unit_price
from procurement.rules.evaluation import Verdict
from procurement.services.price_limits import beyond_limits, price_alarms_of, price_ratio_to
from procurement.services.tenders import lock_open_tender
from procurement.states import BID, BidStatus, Procedure, TenderStatus


def submit_listing_offer(
    *,
    tender_number: str,
    lot_number: int,
    product_code: str,
    offer_price: Decimal,
    output: int,
    province_ids: Collection[str],
    actor: Actor,
    at: datetime,
) -> Bid:
    """Hand in a standing offer for a lot: yuan per pack, and how many units a year the firm can supply per province.

    What may not be is refused and not stored. An offer that is not listed yet is replaced.

    Raises:
        NotAllowed: not a supplier.
        NotVisible: no such tender, lot or product.
        NotAListing, BiddingNotOpen, BiddingClosed, OfferListed, ListingEnded, StrengthNotComparable
        RulesBroken: with everything that stands against the offer.
    """
    supplier_id = require_supplier(actor)
    with unit_of_work():
        tender = lock_open_tender(tender_number, actor)
        _refuse_untimely(tender, at)
        lot = find(Lot.objects.select_related("presentation__medicine").filter(tender=tender), number=lot_number)
        lot.tender = tender
        known = Product.objects.select_related("presentation__medicine", "manufacturer")
        product = find(known, code=product_code)
        former = _former(lot, supplier_id)
        offered = Bid(lot=lot, supplier_id=supplier_id, received_at=at, status=BidStatus.OPENED)
        refuse(_unfit(lot, supplier_id, product, output, province_ids))
        offered.product, offered.pack_quantity, offered.output = product, product.pack_quantity, output
        offered.price_ratio = price_ratio_to(lot, product.presentation)
        state_price(offered, offer_price)
        refuse(judge(lot, offered, province_ids, at))
        offer = _store(offered, former, actor, at)
        offer.listing_areas.all().delete()
        ListingArea.objects.bulk_create(ListingArea(bid=offer, province_id=code) for code in sorted(province_ids))
        with perform(
            "rank",
            Bid.objects.select_related("supplier", "product"),
            pk=offer.pk,
            machine=BID,
            policy=may_withdraw_bid,
            actor=actor,
            at=at,
        ) as ranked:
            pass
    return ranked


def judge(lot: Lot, offer: Bid, province_ids: Collection[str], at: datetime) -> list[DomainError]:
    """What stands against an offer at a moment: its price, or its firm and product. Nothing if it may be listed."""
    assert offer.product is not None and offer.offer_price is not None and offer.price_ratio is not None
    if offer.offer_price <= 0:
        return [PriceNotPositive(product=offer.product, price=offer.offer_price, pointer="/offer_price")]
    on = max(localdate(at), lot.tender.supply_from)
    broken = beyond_limits(lot, offer.product, offer.price_ratio, offer.offer_price, on)
    broken += price_alarms_of(offer.product, offer.offer_price, province_ids, on)
    found = obstacles(offer.supplier_id, lot.tender, lot, at, offer.product)
    if found:
        reasons = "; ".join(obstacle.sentence for obstacle in found)
        broken.append(SupplierNotAdmitted(supplier=offer.supplier, lot=lot.number, reasons=reasons))
    return broken


def judge_all(offers: Collection[Bid], at: datetime) -> list[DomainError]:
    """What stands against offers that are stored, in the provinces that each of them names."""
    areas: defaultdict[int, list[str]] = defaultdict(list)
    for bid_id, province_id in ListingArea.objects.filter(bid__in=offers).values_list("bid", "province"):
        areas[bid_id].append(province_id)
    return [error for offer in offers for error in judge(offer.lot, offer, areas[offer.pk], at)]


def state_price(offer: Bid, offer_price: Decimal) -> None:
    """Set the price of an offer and what follows from it, with the steps; nothing is saved."""
    assert offer.pack_quantity is not None and offer.price_ratio is not None
    offer.offer_price = offer_price
    offer.unit_price = unit_price(offer_price, offer.pack_quantity)
    offer.comparable_price = comparable_price(offer_price, offer.pack_quantity, offer.price_ratio)
    offer.finding = {
        "rule": RULE_COMPARABLE,
        "offer_price": str(offer_price),
        "pack_quantity": str(offer.pack_quantity),
        "unit_price": str(offer.unit_price),
        "price_ratio": f"{offer.price_ratio:.6f}",
        "comparable_price": str(offer.comparable_price),
        "ceiling": str(offer.lot.ceiling_price),
        "verdict": str(Verdict.VALID),
    }


def _refuse_untimely(tender: Tender, at: datetime) -> None:
    if tender.procedure != Procedure.DIRECT_LISTING:
        raise NotAListing(tender=tender.number)
    if at >= tender.deadline_at:
        raise BiddingClosed(deadline=spoken(tender.deadline_at), received=spoken(at))
    if tender.status != TenderStatus.PUBLISHED:
        raise BiddingNotOpen(tender=tender.number, status=tender.get_status_display())


def _former(lot: Lot, supplier_id: int) -> Bid | None:
    """The firm's offer for the lot that a new one replaces.

    Raises:
        OfferListed, ListingEnded
    """
    own = Bid.objects.standing().filter(lot=lot, supplier=supplier_id).defer("envelope")
    former = own.select_related("won_award").first()
    if former is None:
        return None
    if former.status == BidStatus.AWARDED:
        raise OfferListed(lot=lot.number, price=former.offer_price)
    if former.status == BidStatus.REVOKED:
        ended_at = former.won_award.revoked_at
        raise ListingEnded(lot=lot.number, ended=spoken(ended_at) if ended_at else "")
    return former


def _unfit(
    lot: Lot, supplier_id: int, product: Product, output: int, province_ids: Collection[str]
) -> list[DomainError]:
    broken: list[DomainError] = []
    asked, made = lot.presentation, product.presentation
    if product.manufacturer_id != supplier_id or (made.medicine_id, made.form) != (asked.medicine_id, asked.form):
        broken.append(ProductNotOfferable(product=product.code, lot=lot.number, pointer="/product"))
    if output <= 0:
        broken.append(OutputMissing(output=output, pointer="/output"))
    areas = set(lot.areas.values_list("province_id", flat=True))
    named = set(province_ids)
    if not named or not named <= areas or len(named) < len(province_ids):
        broken.append(
            ProvincesNotInLot(
                lot=lot.number,
                areas=", ".join(sorted(areas)),
                provinces=", ".join(sorted(province_ids)) or "—",
                pointer="/provinces",
            )
        )
    return broken


STATED = (
    *("product", "offer_price", "unit_price", "comparable_price", "pack_quantity", "price_ratio", "output"),
    *("received_at", "finding"),
)


def _store(offered: Bid, former: Bid | None, actor: Actor, at: datetime) -> Bid:
    """The offer as a row of its own, or in the row of the one that it replaces: a firm has one offer per lot."""
    if former is None:
        offered.save()
        told: dict[str, Any] = {"offer_price": [None, str(offered.offer_price)], "output": [None, offered.output]}
        record(actor=actor, action="listing_offer.submit", subject=offered, at=at, changes=told)
        return offered
    with perform(
        "offer_again",
        Bid.objects.select_related("supplier"),
        pk=former.pk,
        machine=BID,
        policy=may_withdraw_bid,
        actor=actor,
        at=at,
    ) as replaced:
        for name in STATED:
            setattr(replaced, name, getattr(offered, name))
    return replaced
