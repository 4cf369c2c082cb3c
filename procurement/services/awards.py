"""Awarding lots: an officer decides, and the decision fixes the uniform provincial procurement price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.transitions import perform, perform_all, unit_of_work
from catalog.rules.procedure_rules import ProcedureRules
from catalog.services.procurement_prices import NewProcurementPrice, fix_procurement_prices
from catalog.states import PriceSource
from procurement.errors import CandidatesNotPublished, ObjectionWindowOpen, ReasonMissing
from procurement.models import Award, AwardArea, Bid, Lot
from procurement.policies import may_decide_lot, require_person
from procurement.queries import rules_of
from procurement.queries.objections import objections_heard_until
from procurement.queries.picks import Picking, picking_of
from procurement.rules.volumes import agreed_quantities, supply_until
from procurement.services.award_checks import Winner, check_winners
from procurement.services.candidates import lock_tender_of, refuse_unexplained
from procurement.services.objections import note_remedy, refuse_while_objected
from procurement.states import BID, LOT, BidStatus, SupplyRole, TenderStatus

__all__ = ["Winner", "award_lot", "fail_lot", "price_of"]


def award_lot(
    *,
    lot_id: int,
    winners: Sequence[Winner] | None = None,
    reason: str = "",
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Lot:
    """Award a lot and fix, for each winner's provinces, one price for all their public institutions.

    Without ``winners`` the areas go as the candidates picked them. What is agreed is the share of the reported quantity
    that the rules give for the number of winners; backups and winners without volume have none.

    Raises:
        NotVisible, NotAllowed (four eyes), Stale, WrongState, AlreadyDone
        CandidatesNotPublished, ObjectionWindowOpen, ObjectionsUnanswered, UpheldObjections, ExplanationsOpen
        RulesBroken: bids that are not ranked in the lot, more winners than the lot admits, an area without a supplier
            or with two, a backup that is the main supplier, a supplier that is barred, a price above the guide price.
        ReasonMissing: the choice is not the proposal, or not what was picked, and no reason is given.
    """
    person = require_person(actor)
    with unit_of_work():
        lock_tender_of(actor, lot_id)
        with perform(
            "award",
            Lot.objects.of_agency(actor).select_related(
                "tender__procedure_rules", "tender__agency", "presentation__medicine"
            ),
            pk=lot_id,
            machine=LOT,
            policy=may_decide_lot,
            actor=actor,
            at=at,
            expected_version=expected_version,
        ) as lot:
            rules = rules_of(lot.tender)
            _refuse_too_early(lot, at)
            bids = {
                bid.pk: bid
                for bid in Bid.objects.filter(lot=lot, status=BidStatus.RANKED)
                .select_related("product__presentation__medicine", "product__manufacturer", "supplier")
                .select_related("evaluation_line")
                .defer("envelope", "technical_envelope")
            }
            picking = picking_of(lot)
            chosen = _picked(bids, picking) if winners is None else winners
            check_winners(lot, rules, chosen, bids, at)
            lot.decision_reason = _reason(chosen, bids, picking, reason.strip())
            _create_awards(lot, rules, chosen, bids, person, at)
            won = Bid.objects.filter(pk__in=[winner.bid_id for winner in chosen])
            perform_all("award", won, machine=BID, actor=actor, at=at)
            losers = Bid.objects.filter(lot=lot, status=BidStatus.RANKED)
            perform_all("lose", losers, machine=BID, actor=actor, at=at)
    return lot


def _refuse_too_early(lot: Lot, at: datetime) -> None:
    tender = lot.tender
    if tender.status != TenderStatus.CANDIDATES_PUBLISHED:
        raise CandidatesNotPublished(tender=tender.number, status=tender.get_status_display())
    refuse_while_objected(tender, lot)
    refuse_unexplained(tender, lot)
    until = objections_heard_until(tender, at)
    if at < until:
        raise ObjectionWindowOpen(until=spoken(until), now=spoken(at))


def _picked(bids: Mapping[int, Bid], picking: Picking) -> list[Winner]:
    """What the candidates chose; those without volume are listed wherever somebody supplies."""
    everywhere = tuple(sorted(picking.mains))
    winners = []
    for bid in sorted(bids.values(), key=lambda bid: bid.evaluation_line.rank):
        mains = tuple(area for area in everywhere if picking.mains[area] == bid.pk)
        backups = tuple(area for area, chooser in sorted(picking.backups.items()) if chooser == bid.pk)
        if bid.evaluation_line.is_proposed and bid.evaluation_line.is_zero_volume:
            mains = everywhere
        if mains or backups:
            winners.append(Winner(bid.pk, mains, backups))
    return winners


def _reason(winners: Sequence[Winner], bids: Mapping[int, Bid], picking: Picking, reason: str) -> str:
    chosen = {winner.bid_id for winner in winners}
    proposed = {pk for pk, bid in bids.items() if bid.evaluation_line.is_proposed}
    if reason:
        return reason
    names = {
        _("passed over"): sorted(bids[pk].supplier.name for pk in proposed - chosen),
        _("chosen instead"): sorted(bids[pk].supplier.name for pk in chosen - proposed),
        _("areas not as picked"): _not_as_picked(winners, bids, picking),
    }
    difference = "; ".join(f"{label}: {', '.join(items)}" for label, items in names.items() if items)
    if difference:
        raise ReasonMissing(difference=difference, pointer="/reason")
    return reason


def _not_as_picked(winners: Sequence[Winner], bids: Mapping[int, Bid], picking: Picking) -> list[str]:
    """The areas that go to another than picked them; while a turn is due, those that nobody picked as well."""
    mains = {
        area: winner.bid_id
        for winner in winners
        if not bids[winner.bid_id].evaluation_line.is_zero_volume
        for area in winner.province_ids
    }
    backups = {area: winner.bid_id for winner in winners for area in winner.backup_province_ids}
    different = {
        area
        for given, picked in ((mains, picking.mains), (backups, picking.backups))
        for area, bid_id in given.items()
        if picked.get(area, bid_id) != bid_id or (picking.turn is not None and area not in picked)
    }
    return sorted(different)


def price_of(bid: Bid) -> Decimal:
    """Yuan per pack: what was negotiated, and otherwise what was offered."""
    price = bid.offer_price if bid.agreed_price is None else bid.agreed_price
    assert price is not None  # a ranked bid has one
    return price


def prices_of(award: Award, province_ids: Sequence[str], lot: Lot) -> list[NewProcurementPrice]:
    """The award's price for each province, to be fixed."""
    assert award.bid.product is not None  # a ranked bid has one
    reference = f"{lot.tender.number}/{lot.number}"
    return [NewProcurementPrice(award.bid.product, province, award.price, reference) for province in province_ids]


def _create_awards(
    lot: Lot, rules: ProcedureRules, winners: Sequence[Winner], bids: Mapping[int, Bid], person: int, at: datetime
) -> None:
    supplying = [winner for winner in winners if not bids[winner.bid_id].evaluation_line.is_zero_volume]
    count = len(supplying)
    quantities = agreed_quantities(
        dict(lot.areas.order_by("province").values_list("province_id", "quantity")), winners=count, rules=rules
    )
    term = supply_until(lot.tender.supply_from, winners=count, rules=rules)
    awards = Award.objects.bulk_create(
        Award(
            lot=lot,
            bid=bids[winner.bid_id],
            price=price_of(bids[winner.bid_id]),
            supply_until=term,
            awarded_at=at,
            awarded_by_id=person,
        )
        for winner in winners
    )
    areas: list[AwardArea] = []
    prices: list[NewProcurementPrice] = []
    for award, winner in zip(awards, winners, strict=True):
        role = SupplyRole.MAIN if winner in supplying else SupplyRole.LISTED
        parts = [(role, area) for area in winner.province_ids]
        parts += [(SupplyRole.BACKUP, area) for area in winner.backup_province_ids]
        areas += [
            AwardArea(
                award=award,
                lot=lot,
                province_id=area,
                role=part,
                quantity=quantities[area] if part == SupplyRole.MAIN else 0,
            )
            for part, area in parts
        ]
        prices += prices_of(award, [area for _part, area in parts], lot)
    AwardArea.objects.bulk_create(areas)
    is_negotiated = any(bids[winner.bid_id].agreed_price is not None for winner in winners)
    source = PriceSource.NEGOTIATION if is_negotiated else PriceSource.AWARD
    _fix(prices, source, lot.tender.supply_from, term or lot.tender.supply_until)


def _fix(prices: Sequence[NewProcurementPrice], source: PriceSource, valid_from: date, valid_until: date) -> None:
    fix_procurement_prices(prices=prices, source=source, valid_from=valid_from, valid_until=valid_until)


def fail_lot(*, lot_id: int, reason: str, actor: Actor, at: datetime) -> Lot:
    """Declare a lot failed although bids were proposed, with the reason.

    Raises:
        NotVisible, NotAllowed, WrongState, ReasonMissing
    """
    with unit_of_work():
        lock_tender_of(actor, lot_id)
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
        note_remedy(lot, _("The lot was declared failed."), at=at)
    return lot
