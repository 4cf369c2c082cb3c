"""Candidates choose their supply areas in turn."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, unit_of_work
from procurement.errors import AreaNotFree, NothingToPick, NotYourTurn, ReasonMissing
from procurement.models import AreaPick, Bid, Lot
from procurement.policies import may_decide_lot, require_role
from procurement.queries.picks import Picking, picking_of
from procurement.rules.areas import Turn
from procurement.states import LotStatus


def pick_area(*, lot_id: int, province_id: str | None, actor: Actor, at: datetime) -> AreaPick:
    """A candidate chooses an area when it is its turn; without a province it passes.

    Raises:
        NotVisible
        NotAllowed: not a supplier, or one that is not among the candidates of the lot.
        NothingToPick, NotYourTurn, AreaNotFree
    """
    require_role(actor, Role.SUPPLIER_AGENT)
    with unit_of_work():
        lot = _locked(Lot.objects.visible_to(actor), lot_id)
        if not _is_candidate(lot, actor):
            raise NotAllowed(reason=_("your firm is not a candidate for this lot"))
        picking, turn = _due(lot)
        bid = Bid.objects.select_related("supplier").defer("envelope").get(pk=turn.winner)
        if bid.supplier_id != actor.organization_id:
            raise NotYourTurn(supplier=bid.supplier)
        return _pick(lot, picking, turn, province_id, reason="", actor=actor, at=at)


def pick_for(*, lot_id: int, province_id: str | None, reason: str, actor: Actor, at: datetime) -> AreaPick:
    """An officer chooses, or passes, for the candidate whose turn it is and who does not answer.

    Raises:
        NotVisible, NotAllowed (four eyes), NothingToPick, AreaNotFree, ReasonMissing
    """
    with unit_of_work():
        lot = _locked(Lot.objects.of_agency(actor), lot_id)
        may_decide_lot(actor, "pick", lot)
        if not reason.strip():
            raise ReasonMissing(difference=_("chosen by the agency"), pointer="/reason")
        picking, turn = _due(lot)
        return _pick(lot, picking, turn, province_id, reason=reason.strip(), actor=actor, at=at)


def _locked(lots: QuerySet[Lot], lot_id: int) -> Lot:
    return lock(lots.select_related("tender__procedure_rules", "presentation"), pk=lot_id)


def _is_candidate(lot: Lot, actor: Actor) -> bool:
    bids = Bid.objects.of_supplier(actor).filter(lot=lot)
    return bids.filter(evaluation_line__is_proposed=True, evaluation_line__is_zero_volume=False).exists()


def _due(lot: Lot) -> tuple[Picking, Turn]:
    picking = picking_of(lot)
    if picking.turn is None or lot.status != LotStatus.PROPOSED:
        raise NothingToPick(lot=lot.number)
    return picking, picking.turn


def _pick(
    lot: Lot, picking: Picking, turn: Turn, province_id: str | None, *, reason: str, actor: Actor, at: datetime
) -> AreaPick:
    if province_id is not None and province_id not in turn.areas:
        raise AreaNotFree(area=province_id, free=", ".join(turn.areas), pointer="/province")
    pick = AreaPick.objects.create(
        lot=lot,
        bid_id=turn.winner,
        role=picking.part,
        turn=picking.made + 1,
        province_id=province_id,
        picked_at=at,
        reason=reason,
    )
    changes = {"bid": [None, turn.winner], "part": [None, picking.part], "province": [None, province_id]}
    record(
        actor=actor,
        action="area.pick",
        subject=lot,
        at=at,
        changes=changes | ({"reason": [None, reason]} if reason else {}),
    )
    return pick
