"""Direct listing: standing offers in clear, each judged at once, listed by an officer, lowered or ended by the firm.

A listing promises no volume: an agreement line holds what the firm can supply to a province in a year of its term.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import NothingGiven, NotVisible, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, perform_all, unit_of_work
from catalog.models import ProcurementPrice
from catalog.services.procurement_prices import (
    NewProcurementPrice,
    end_procurement_prices,
    fix_procurement_prices,
)
from catalog.states import PriceSource
from procurement.errors import (
    AgreementNotInForce,
    ListedPriceRaised,
    ListingClosed,
    NotAListing,
    OfferNotListed,
    ReasonMissing,
)
from procurement.models import Agreement, AgreementLine, Award, AwardArea, Bid, Lot, Tender, VolumeEntry
from procurement.policies import may_list_offer, may_run_tender, may_withdraw_bid, require_person, require_supplier
from procurement.queries import late_interest
from procurement.services.agreements import replace_lines
from procurement.services.awards import price_of
from procurement.services.listing_offers import judge_all, state_price
from procurement.services.objections import refuse_while_objected
from procurement.services.volumes import enter
from procurement.states import (
    BID,
    LOT,
    TENDER,
    AgreementStatus,
    BidStatus,
    Procedure,
    SupplyRole,
    TenderStatus,
)

# While the window is open, and until its conclusion.
LISTING = (TenderStatus.PUBLISHED, TenderStatus.CLOSED)
ONE_DAY = timedelta(days=1)


def list_offers(*, offer_ids: Collection[int], actor: Actor, at: datetime) -> list[Award]:
    """List standing offers: each is awarded for its provinces, their prices are fixed, the firm's agreement grows.

    All or none; each is judged again as of now.

    Raises:
        NotVisible, NotAllowed: not an officer of the agency, or the one who published the listing.
        NothingGiven, WrongState, AlreadyDone, ListingClosed, AgreementNotInForce, PriceAlreadyFixed
        RulesBroken: with everything that stands against one of the offers by now.
    """
    person = require_person(actor)
    if not offer_ids:
        raise NothingGiven(pointer="/offers")
    with unit_of_work():
        tenders = _lock_tenders(offer_ids, actor)
        offers = _offers(offer_ids, tenders)
        for offer in offers:
            may_list_offer(actor, "award", offer)
        named = Bid.objects.filter(pk__in=offer_ids).select_related("supplier").defer("envelope", "technical_envelope")
        perform_all("award", named, machine=BID, actor=actor, at=at)
        refuse(judge_all(offers, at))
        awards = Award.objects.bulk_create(
            Award(lot=offer.lot, bid=offer, price=price_of(offer), awarded_at=at, awarded_by_id=person)
            for offer in offers
        )
        for award in awards:
            _begin(award, at)
        for tender in tenders.values():
            listed = sorted(str(offer.reference) for offer in offers if offer.lot.tender_id == tender.pk)
            told = {"offers": [None, listed]}
            record(actor=actor, action="listing_offer.list", subject=tender, at=at, changes=told)
    return awards


def lower_listed_price(*, offer_id: int, offer_price: Decimal, actor: Actor, at: datetime) -> Bid:
    """Lower the price of one's own listed offer (yuan per pack); what was ordered keeps the price it was ordered at.

    The provinces' price changes today, or on the day after the former one began where that is later.

    Raises:
        NotVisible, NotAllowed, OfferNotListed, ListedPriceRaised
        RulesBroken: no price, or one above the guide price of the day.
    """
    supplier_id = require_supplier(actor)
    with unit_of_work():
        offer = _lock_own(offer_id, supplier_id)
        if offer.status != BidStatus.AWARDED:
            raise OfferNotListed(lot=offer.lot.number, status=offer.get_status_display())
        award = offer.won_award
        if offer_price >= award.price:
            raise ListedPriceRaised(listed=award.price, price=offer_price, pointer="/offer_price")
        former = award.price
        _fix_anew(award, offer_price, at)
        state_price(offer, offer_price)
        offer.save(update_fields=["offer_price", "unit_price", "comparable_price", "finding", "updated_at"])
        award.price = offer_price
        award.save(update_fields=["price"])
        _lines_of(award).update(price=offer_price)
        told = {"offer_price": [str(former), str(offer_price)]}
        record(actor=actor, action="listing_offer.lower", subject=offer, at=at, changes=told)
    return offer


def withdraw_listing_offer(*, offer_id: int, reason: str, actor: Actor, at: datetime) -> Bid:
    """Take one's own standing offer back; a listed one ends with the reason, and nothing more is ordered under it.

    Raises:
        NotVisible, NotAllowed, WrongState, ReasonMissing
    """
    supplier_id = require_supplier(actor)
    with unit_of_work():
        offer = _lock_own(offer_id, supplier_id)
        if not reason.strip():
            raise ReasonMissing(difference=_("the standing offer is withdrawn"), pointer="/reason")
        is_listed = offer.status == BidStatus.AWARDED
        with perform(
            "revoke" if is_listed else "lose",
            Bid.objects.filter(supplier=supplier_id).select_related("supplier").defer("envelope"),
            pk=offer.pk,
            machine=BID,
            policy=may_withdraw_bid,
            actor=actor,
            at=at,
        ) as ended:
            ended.finding = {**ended.finding, "reason": reason.strip()}
        if is_listed:
            award = offer.won_award
            _end(award, reason.strip(), at)
            told = {"revoke_reason": ["", award.revoke_reason]}
            record(actor=actor, action="listing_offer.end", subject=award, at=at, changes=told)
    return ended


def conclude_listing(*, tender_number: str, actor: Actor, at: datetime) -> Tender:
    """Conclude a listing whose window has closed: lots without a listed offer fail, what was not listed is lost.

    The agreements stand since their offers were listed.

    Raises:
        NotVisible, NotAllowed, WrongState, AlreadyDone, NotAListing, ObjectionsUnanswered, UpheldObjections
    """
    with perform(
        "conclude",
        Tender.objects.of_agency(actor),
        number=tender_number,
        machine=TENDER,
        policy=may_run_tender,
        actor=actor,
        at=at,
    ) as tender:
        if tender.procedure != Procedure.DIRECT_LISTING:
            raise NotAListing(tender=tender.number)
        refuse_while_objected(tender)
        lots = Lot.objects.filter(tender=tender).select_related("tender", "presentation__medicine")
        supplied = Award.objects.filter(lot__tender=tender, revoked_at=None).values("lot")
        perform_all("list", lots.filter(pk__in=supplied), machine=LOT, actor=actor, at=at)
        perform_all("lapse", lots.exclude(pk__in=supplied), machine=LOT, actor=actor, at=at)
        waiting = Bid.objects.filter(lot__tender=tender, status=BidStatus.RANKED).select_related("supplier")
        perform_all("lose", waiting.defer("envelope"), machine=BID, actor=actor, at=at)
    return tender


def _lock_tenders(offer_ids: Collection[int], actor: Actor) -> dict[int, Tender]:
    """The listings of the offers, locked, if the actor sees every offer and each listing still lists."""
    offers = Bid.objects.visible_to(actor).filter(pk__in=offer_ids, lot__tender__procedure=Procedure.DIRECT_LISTING)
    seen = dict(offers.order_by().values_list("pk", "lot__tender"))
    for missing in sorted(set(offer_ids) - set(seen)):
        raise NotVisible(what=Bid._meta.verbose_name, key=missing)
    tenders = Tender.objects.select_related("rule_set", "procedure_rules").filter(pk__in=set(seen.values()))
    locked = {tender.pk: tender for tender in tenders.select_for_update(of=("self",), no_key=True).order_by("pk")}
    for tender in locked.values():
        if tender.status not in LISTING:
            raise ListingClosed(tender=tender.number, status=tender.get_status_display())
    return locked


def _offers(offer_ids: Collection[int], tenders: dict[int, Tender]) -> list[Bid]:
    """The offers with everything that judging and naming them asks for."""
    rows = (
        Bid.objects.filter(pk__in=offer_ids)
        .select_related("lot__presentation__medicine", "supplier")
        .select_related("product__presentation__medicine", "product__manufacturer")
        .prefetch_related("listing_areas")
        .defer("envelope", "technical_envelope")
        .order_by("pk")
    )
    offers = list(rows)
    for offer in offers:
        offer.lot.tender = tenders[offer.lot.tender_id]
    return offers


def _lock_own(offer_id: int, supplier_id: int) -> Bid:
    """One's own standing offer, with its tender locked before it."""
    own = Bid.objects.filter(supplier=supplier_id, lot__tender__procedure=Procedure.DIRECT_LISTING)
    found = find(own.select_related("lot").defer("envelope"), pk=offer_id)
    tender = lock(Tender.objects.select_related("rule_set"), pk=found.lot.tender_id)
    related = own.select_related("lot__presentation__medicine", "supplier", "product__presentation__medicine")
    offer = lock(related.select_related("product__manufacturer").defer("envelope"), pk=offer_id)
    offer.lot.tender = tender
    return offer


def _begin(award: Award, at: datetime) -> None:
    """Areas, prices and agreed volumes of an award."""
    offer, tender = award.bid, award.lot.tender
    provinces = [area.province_id for area in offer.listing_areas.all()]
    AwardArea.objects.bulk_create(
        AwardArea(award=award, lot=award.lot, province_id=province, role=SupplyRole.LISTED, quantity=0)
        for province in provinces
    )
    _fix(award, provinces, award.price, max(tender.supply_from, localdate(at)))
    agreement = _agreement_of(award, at)
    lines = AgreementLine.objects.bulk_create(
        AgreementLine(
            agreement=agreement,
            lot=award.lot,
            product=offer.product,
            province_id=province,
            role=SupplyRole.LISTED,
            price=award.price,
            agreed_quantity=offer.output or 0,
        )
        for province in provinces
    )
    enter(VolumeEntry.Kind.AGREE, {line.pk: line.agreed_quantity for line in lines}, "listed", at)


def _agreement_of(award: Award, at: datetime) -> Agreement:
    """The one agreement of the supplier under the listing.

    Raises:
        AgreementNotInForce
    """
    tender, supplier = award.lot.tender, award.bid.supplier
    standing = Agreement.objects.filter(tender=tender, supplier=supplier).first()
    if standing is None:
        return Agreement.objects.create(
            number=f"{tender.number}-{supplier.code}",
            tender=tender,
            agency_id=tender.agency_id,
            supplier=supplier,
            validity=DateRange(tender.supply_from, tender.supply_until),
            interest_per_day=late_interest(localdate(at)),
            concluded_at=at,
        )
    if standing.status != AgreementStatus.IN_FORCE:
        status = standing.get_status_display()
        raise AgreementNotInForce(agreement=standing, status=status, action=_("list an offer"))
    return standing


def _reference(award: Award) -> str:
    return f"{award.lot.tender.number}/{award.lot.number}"


def _fix(award: Award, provinces: Sequence[str], price: Decimal, valid_from: date) -> None:
    assert award.bid.product is not None  # an offer in clear has one
    fix_procurement_prices(
        prices=[NewProcurementPrice(award.bid.product, province, price, _reference(award)) for province in provinces],
        source=PriceSource.DIRECT_LISTING,
        valid_from=valid_from,
        valid_until=award.lot.tender.supply_until,
    )


def _end_prices(award: Award, at: datetime) -> list[tuple[date, list[str]]]:
    """End the standing prices of a listing, today or after their first day; the provinces by the day."""
    today = localdate(at)
    own = ProcurementPrice.objects.filter(
        product=award.bid.product_id,
        source=PriceSource.DIRECT_LISTING,
        source_reference=_reference(award),
        validity__endswith=award.lot.tender.supply_until,
    )
    days = sorted((max(today, price.validity.lower + ONE_DAY), price.province_id) for price in own)
    ended = [(day, [province for _day, province in group]) for day, group in groupby(days, key=lambda pair: pair[0])]
    for day, provinces in ended:
        assert award.bid.product_id is not None
        end_procurement_prices([(award.bid.product_id, province) for province in provinces], on=day)
    return ended


def _fix_anew(award: Award, price: Decimal, at: datetime) -> None:
    for day, provinces in _end_prices(award, at):
        _fix(award, provinces, price, day)


def _lines_of(award: Award) -> QuerySet[AgreementLine]:
    return AgreementLine.objects.filter(
        lot=award.lot_id, agreement__supplier=award.bid.supplier_id, role=SupplyRole.LISTED, ended_at=None
    )


def _end(award: Award, reason: str, at: datetime) -> None:
    award.revoked_at, award.revoke_reason = at, reason
    award.save(update_fields=["revoked_at", "revoke_reason"])
    award.areas.filter(ended_at=None).update(ended_at=at)
    replace_lines(award=award, successor=None, at=at)
    _end_prices(award, at)
