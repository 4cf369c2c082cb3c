"""Negotiating the price of a lot with one bidder after another: rounds, confirmed minutes, agreement or none.

Lots of exclusive products, and lots whose bids were all above the ceiling (国办发〔2010〕56号). A negotiation ends
before the candidates are published; what was agreed is awarded by an officer who did not negotiate.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.errors import refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from procurement.errors import (
    HeldInFuture,
    NoRoundConfirmed,
    NotNegotiable,
    NotNextInOrder,
    OfferRaised,
    ReasonMissing,
    RoundConfirmed,
    TextMissing,
)
from procurement.models import Bid, Evaluation, EvaluationLine, Lot, Negotiation, NegotiationRound
from procurement.policies import may_negotiate, may_renew_lot, require_person, require_supplier
from procurement.queries.negotiations import bids_in_order, is_negotiable
from procurement.rules.comparison import comparable_price
from procurement.services.candidates import lock_tender_of, repropose
from procurement.services.price_limits import beyond_limits
from procurement.states import BID, LOT, NEGOTIATION, BidStatus, LotStatus, NegotiationStatus, TenderStatus


def open_negotiation(*, bid_id: int, actor: Actor, at: datetime) -> Negotiation:
    """Begin to negotiate with the bidder whose turn it is: the lowest offer first, the next one once it was broken off.

    Raises:
        NotVisible, NotAllowed
        NotNegotiable: the lot is decided by its sealed bids, or its tender is not evaluated.
        NotNextInOrder: another bidder comes first, or a price is agreed.
    """
    bid = find(Bid.objects.visible_to(actor).select_related("lot__tender"), pk=bid_id)
    may_negotiate(actor, "negotiate", bid)
    with unit_of_work():
        lot = _lock_lot(actor, bid.lot_id)
        if not is_negotiable(lot):
            raise NotNegotiable(lot=lot.number, reason=_not_negotiable(lot))
        _refuse_out_of_order(lot, bid)
        negotiation = Negotiation.objects.create(lot=lot, bid=bid, opened_at=at)
        record(actor=actor, action="negotiation.open", subject=negotiation, at=at)
    return negotiation


def record_round(
    *,
    negotiation_id: int,
    held_at: datetime,
    attendees: str,
    asked_price: Decimal,
    offered_price: Decimal,
    minutes: str,
    actor: Actor,
    at: datetime,
) -> NegotiationRound:
    """Write down a round: who was there, what was asked and offered (yuan per pack), and what was said.

    Raises:
        NotVisible, NotAllowed, NotNegotiable
        TextMissing, HeldInFuture
        OfferRaised: above the offer before, in the envelope or in the last round.
    """
    person = require_person(actor)
    with unit_of_work():
        negotiation = lock(
            Negotiation.objects.visible_to(actor).select_related("lot__tender", "bid__supplier"), pk=negotiation_id
        )
        may_negotiate(actor, "record_round", negotiation)
        if negotiation.status != NegotiationStatus.OPEN:
            raise NotNegotiable(lot=negotiation.lot.number, reason=negotiation.get_status_display())
        for text, pointer in ((attendees, "/attendees"), (minutes, "/minutes")):
            if not text.strip():
                raise TextMissing(pointer=pointer)
        if held_at > at:
            raise HeldInFuture(held=spoken(held_at), now=spoken(at), pointer="/held_at")
        last = negotiation.rounds.order_by("number").last()
        former = last.offered_price if last else negotiation.bid.offer_price
        if former is not None and offered_price > former:
            raise OfferRaised(offered=offered_price, former=former, pointer="/offered_price")
        held = NegotiationRound.objects.create(
            negotiation=negotiation,
            number=last.number + 1 if last else 1,
            held_at=held_at,
            attendees=attendees.strip(),
            asked_price=asked_price,
            offered_price=offered_price,
            minutes=minutes.strip(),
            recorded_by_id=person,
        )
        prices = {
            "round": [None, held.number],
            "asked": [None, str(asked_price)],
            "offered": [None, str(offered_price)],
        }
        record(actor=actor, action="negotiation.record_round", subject=negotiation, at=at, changes=prices)
    return held


def confirm_round(*, round_id: int, actor: Actor, at: datetime) -> NegotiationRound:
    """The bidder confirms the minutes of a round, and with them its offer.

    Raises:
        NotVisible, NotAllowed: not the bidder. RoundConfirmed
    """
    supplier_id = require_supplier(actor)
    with unit_of_work():
        own = NegotiationRound.objects.filter(negotiation__bid__supplier=supplier_id)
        held = lock(own.select_related("negotiation__bid__supplier"), pk=round_id)
        if held.confirmed_at is not None:
            raise RoundConfirmed(round=held.number, confirmed=spoken(held.confirmed_at))
        held.confirmed_at = at
        held.save(update_fields=["confirmed_at"])
        told = {"round": [None, held.number], "offered": [None, str(held.offered_price)]}
        record(actor=actor, action="negotiation.confirm_round", subject=held.negotiation, at=at, changes=told)
    return held


def agree(*, negotiation_id: int, actor: Actor, at: datetime, expected_version: int | None = None) -> Negotiation:
    """Agree on the last offer that the bidder has confirmed: it is what the lot is awarded at.

    A bid that was set aside as above the ceiling is admitted at that price, and its lot is proposed again.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, NotNegotiable, NoRoundConfirmed
        RulesBroken: the price is above the ceiling of the lot, or the guide price.
    """
    with unit_of_work():
        lot = _lock_lot(actor, find(Negotiation.objects.visible_to(actor), pk=negotiation_id).lot_id)
        with _ending("agree", negotiation_id, actor, at, expected_version) as negotiation:
            _refuse_published(lot)
            bid = _bid_of(negotiation)
            confirmed = negotiation.rounds.exclude(confirmed_at=None).order_by("number").last()
            if confirmed is None:
                raise NoRoundConfirmed(supplier=bid.supplier)
            price = confirmed.offered_price
            assert bid.product is not None and bid.price_ratio is not None  # it was compared
            refuse(beyond_limits(lot, bid.product, bid.price_ratio, price, lot.tender.supply_from))
            _fix_price(bid, price, actor, at)
            _propose(lot, bid, actor, at)
            negotiation.ended_at = at
    return negotiation


def break_off(
    *, negotiation_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Negotiation:
    """End a negotiation without a price, with the reason: the bid is out, and the next bidder's turn comes.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonMissing
    """
    with unit_of_work():
        lot = _lock_lot(actor, find(Negotiation.objects.visible_to(actor), pk=negotiation_id).lot_id)
        with _ending("break_off", negotiation_id, actor, at, expected_version) as negotiation:
            if not reason.strip():
                raise ReasonMissing(difference=_("no price is agreed"), pointer="/reason")
            negotiation.reason, negotiation.ended_at = reason.strip(), at
        if negotiation.bid.status == BidStatus.RANKED:
            _set_aside(lot, negotiation.bid, reason.strip(), actor, at)
    return negotiation


def _ending(
    action: str, negotiation_id: int, actor: Actor, at: datetime, expected_version: int | None
) -> AbstractContextManager[Negotiation]:
    return perform(
        action,
        Negotiation.objects.visible_to(actor).select_related("lot__tender", "bid__supplier"),
        pk=negotiation_id,
        machine=NEGOTIATION,
        policy=may_negotiate,
        actor=actor,
        at=at,
        expected_version=expected_version,
    )


def _lock_lot(actor: Actor, lot_id: int) -> Lot:
    tender = lock_tender_of(actor, lot_id)
    lot = lock(Lot.objects.select_related("presentation__medicine"), pk=lot_id)
    lot.tender = tender
    return lot


def _bid_of(negotiation: Negotiation) -> Bid:
    related = Bid.objects.select_related("supplier", "product__presentation__medicine", "product__manufacturer")
    return related.defer("envelope", "technical_envelope").get(pk=negotiation.bid_id)


def _not_negotiable(lot: Lot) -> str:
    if lot.tender.status != TenderStatus.EVALUATED:
        return _("its tender is “%(status)s”") % {"status": lot.tender.get_status_display()}
    if lot.status == LotStatus.FAILED:
        return _("it failed for another reason than the ceiling: tender it again")
    return _("its sealed bids decide")


def _refuse_published(lot: Lot) -> None:
    """A price that changes after the candidates were published would not be the one that could be objected to."""
    if lot.tender.status != TenderStatus.EVALUATED:
        raise NotNegotiable(lot=lot.number, reason=_not_negotiable(lot))


def _refuse_out_of_order(lot: Lot, bid: Bid) -> None:
    for first in bids_in_order(lot):
        talks = getattr(first, "negotiation", None)
        if talks is not None and talks.status == NegotiationStatus.BROKEN_OFF:
            continue
        if talks is None and first.pk == bid.pk:
            return
        status = talks.get_status_display() if talks else _("not negotiated with yet")
        raise NotNextInOrder(lot=lot.number, supplier=first.supplier, status=status, pointer="/bid")
    raise NotNegotiable(lot=lot.number, reason=_("this bid was negotiated about"))


def _fix_price(bid: Bid, price: Decimal, actor: Actor, at: datetime) -> None:
    """Write the agreed price on the bid; one that was set aside stands in the ranking again."""
    assert bid.product is not None and bid.price_ratio is not None
    comparable = comparable_price(price, bid.product.pack_quantity, bid.price_ratio)
    agreed = {"agreed_price": str(price), "agreed_comparable_price": str(comparable)}
    if bid.status == BidStatus.SET_ASIDE:
        with perform(
            "admit",
            Bid.objects.select_related("lot__tender", "supplier").defer("envelope", "technical_envelope"),
            pk=bid.pk,
            machine=BID,
            policy=may_negotiate,
            actor=actor,
            at=at,
        ) as admitted:
            admitted.agreed_price, admitted.finding = price, {**admitted.finding, **agreed}
        return
    bid.agreed_price, bid.finding = price, {**bid.finding, **agreed}
    bid.save(update_fields=["agreed_price", "finding", "updated_at"])
    record(actor=actor, action="bid.agree_price", subject=bid, at=at, changes={"agreed_price": [None, str(price)]})


def _propose(lot: Lot, bid: Bid, actor: Actor, at: datetime) -> None:
    """Propose the bid alone: one negotiates until one bidder agrees."""
    lines = EvaluationLine.objects.filter(bid__lot=lot)
    lines.exclude(bid=bid).update(is_proposed=False)
    if not lines.filter(bid=bid).update(is_proposed=True):
        EvaluationLine.objects.create(
            evaluation=Evaluation.objects.get(tender=lot.tender_id),
            bid=bid,
            rank=(lines.aggregate(last=Max("rank"))["last"] or 0) + 1,
            is_proposed=True,
            is_tied=False,
        )
    if lot.status == LotStatus.FAILED:
        with perform(
            "renew",
            Lot.objects.select_related("tender", "presentation__medicine"),
            pk=lot.pk,
            machine=LOT,
            policy=may_renew_lot,
            actor=actor,
            at=at,
        ) as renewed:
            # the winner table counted no valid offer, and now there is one
            renewed.proposal = {**renewed.proposal, "most_winners": 1}


def _set_aside(lot: Lot, bid: Bid, reason: str, actor: Actor, at: datetime) -> None:
    """Take a ranked bid out; the next is proposed. A lot where none is left is declared failed by a second officer."""
    with perform(
        "set_aside",
        Bid.objects.select_related("lot__tender", "supplier").defer("envelope", "technical_envelope"),
        pk=bid.pk,
        machine=BID,
        policy=may_negotiate,
        actor=actor,
        at=at,
    ) as out:
        out.finding = {**out.finding, "reason": reason}
    if Bid.objects.filter(lot=lot, status=BidStatus.RANKED).exists():
        repropose(lot, reason=reason, actor=actor, at=at)
