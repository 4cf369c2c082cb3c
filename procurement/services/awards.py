"""Awarding lots: an officer decides, and the decision fixes the uniform provincial procurement price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.transitions import perform, perform_all
from catalog.services.procurement_prices import NewProcurementPrice, fix_procurement_prices
from catalog.states import PriceSource
from procurement.errors import AreasNotCovered, BidNotInLot, ReasonMissing, TooManyWinners, WinnerWithoutArea
from procurement.models import Award, AwardArea, Bid, Lot
from procurement.policies import may_decide_lot, require_person
from procurement.states import BID, LOT, BidStatus


@dataclass(frozen=True, slots=True)
class Winner:
    """A bid to award and the provinces that it is to supply."""

    bid_id: int
    province_ids: tuple[str, ...]


def award_lot(
    *,
    lot_id: int,
    winners: Sequence[Winner],
    reason: str = "",
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Lot:
    """Award a lot and fix, for each winner's provinces, one price for all their public institutions.

    Raises:
        NotVisible, NotAllowed (four eyes), Stale, WrongState, AlreadyDone
        RulesBroken: bids that are not ranked in the lot, more winners than the lot admits, an area without a supplier
            or with two, a price above the guide price.
        ReasonMissing: the choice is not the proposal and no reason is given.
    """
    person = require_person(actor)
    with perform(
        "award",
        Lot.objects.of_agency(actor).select_related("tender", "presentation"),
        pk=lot_id,
        machine=LOT,
        policy=may_decide_lot,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as lot:
        bids = {
            bid.pk: bid
            for bid in Bid.objects.filter(lot=lot, status=BidStatus.RANKED).select_related(
                "product__presentation__medicine", "product__manufacturer", "supplier", "evaluation_line"
            )
        }
        _check(lot, winners, bids)
        lot.decision_reason = _reason(winners, bids, reason.strip())
        _create_awards(lot, winners, bids, person, at)
        chosen = [winner.bid_id for winner in winners]
        perform_all("award", Bid.objects.filter(pk__in=chosen), machine=BID, actor=actor, at=at)
        losers = Bid.objects.filter(lot=lot, status=BidStatus.RANKED)
        perform_all("lose", losers, machine=BID, actor=actor, at=at)
    return lot


def _check(lot: Lot, winners: Sequence[Winner], bids: dict[int, Bid]) -> None:
    broken: list[DomainError] = [
        BidNotInLot(bid=winner.bid_id, lot=lot.number, pointer=f"/winners/{index}/bid")
        for index, winner in enumerate(winners)
        if winner.bid_id not in bids
    ]
    if not 0 < len({winner.bid_id for winner in winners}) == len(winners) <= lot.max_winners:
        broken.append(TooManyWinners(lot=lot.number, most=lot.max_winners, chosen=len(winners)))
    broken += [
        WinnerWithoutArea(bid=winner.bid_id, pointer=f"/winners/{index}/areas")
        for index, winner in enumerate(winners)
        if not winner.province_ids
    ]
    wanted = set(lot.areas.values_list("province_id", flat=True))
    given = Counter(province for winner in winners for province in winner.province_ids)
    if set(given) != wanted or max(given.values(), default=0) > 1:
        broken.append(
            AreasNotCovered(
                missing=", ".join(sorted(wanted - set(given))) or "—",
                twice=", ".join(sorted(code for code, count in given.items() if count > 1)) or "—",
                foreign=", ".join(sorted(set(given) - wanted)) or "—",
            )
        )
    refuse(broken)


def _reason(winners: Sequence[Winner], bids: dict[int, Bid], reason: str) -> str:
    chosen = {winner.bid_id for winner in winners}
    proposed = {pk for pk, bid in bids.items() if bid.evaluation_line.is_proposed}
    if chosen != proposed and not reason:
        names = {
            _("passed over"): sorted(bids[pk].supplier.name for pk in proposed - chosen),
            _("chosen instead"): sorted(bids[pk].supplier.name for pk in chosen - proposed),
        }
        difference = "; ".join(f"{label}: {', '.join(items)}" for label, items in names.items() if items)
        raise ReasonMissing(difference=difference, pointer="/reason")
    return reason


def _create_awards(lot: Lot, winners: Sequence[Winner], bids: dict[int, Bid], person: int, at: datetime) -> None:
    quantity = dict(lot.areas.values_list("province_id", "quantity"))
    prices: list[NewProcurementPrice] = []
    for winner in winners:
        bid = bids[winner.bid_id]
        assert bid.product is not None and bid.offer_price is not None  # a ranked bid has both
        award = Award.objects.create(lot=lot, bid=bid, price=bid.offer_price, awarded_at=at, awarded_by_id=person)
        AwardArea.objects.bulk_create(
            AwardArea(award=award, lot=lot, province_id=province, quantity=quantity[province])
            for province in winner.province_ids
        )
        prices += [
            NewProcurementPrice(
                product=bid.product,
                province_id=province,
                price=bid.offer_price,
                reference=f"{lot.tender.number}/{lot.number}",
            )
            for province in winner.province_ids
        ]
    fix_procurement_prices(
        prices=prices,
        source=PriceSource.AWARD,
        valid_from=lot.tender.supply_from,
        valid_until=lot.tender.supply_until,
    )


def fail_lot(*, lot_id: int, reason: str, actor: Actor, at: datetime) -> Lot:
    """Declare a lot failed although bids were proposed, with the reason.

    Raises:
        NotVisible, NotAllowed, WrongState, ReasonMissing
    """
    with perform(
        "fail",
        Lot.objects.of_agency(actor).select_related("tender", "presentation"),
        pk=lot_id,
        machine=LOT,
        policy=may_decide_lot,
        actor=actor,
        at=at,
    ) as lot:
        if not reason.strip():
            raise ReasonMissing(difference=_("no winner"), pointer="/reason")
        lot.decision_reason = reason.strip()
        perform_all("lose", Bid.objects.filter(lot=lot, status=BidStatus.RANKED), machine=BID, actor=actor, at=at)
    return lot
