"""Whose choice of a supply area is due in a lot, and what was chosen so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from procurement.models import AreaPick, EvaluationLine, Lot, LotArea
from procurement.queries.rules import rules_of
from procurement.rules.areas import Choice, Turn, chosen, next_turn
from procurement.states import BidStatus, SupplyRole, TenderStatus


@dataclass(frozen=True, slots=True)
class Picking:
    """The choice of a lot's areas: bids by area so far, and the turn that is due in ``part``; none: it is over.

    ``made`` counts the choices of that part, passes as well.
    """

    mains: dict[str, int] = field(default_factory=dict)
    backups: dict[str, int] = field(default_factory=dict)
    part: SupplyRole = SupplyRole.MAIN
    turn: Turn | None = None
    made: int = 0


def picking_of(lot: Lot) -> Picking:
    """The choice of one lot's areas."""
    return pickings_of([lot])[lot.pk]


def pickings_of(lots: Collection[Lot]) -> dict[int, Picking]:
    """The choices of lots, which come with their tenders and the rules of those, by lot.

    Nothing is due where the rules foresee no choice, nor before the candidates are published. Whether the lot is
    decided is not asked: an award asks what it forestalled.
    """
    winners, areas = _proposed(lots), _areas(lots)
    choices: defaultdict[tuple[int, str], list[Choice]] = defaultdict(list)
    picks = AreaPick.objects.filter(lot__in=lots).order_by("turn")
    for lot_id, role, bid_id, province in picks.values_list("lot", "role", "bid", "province"):
        choices[lot_id, role].append(Choice(bid_id, province))
    return {
        lot.pk: _picking(
            lot,
            winners[lot.pk],
            areas[lot.pk],
            choices[lot.pk, SupplyRole.MAIN],
            choices[lot.pk, SupplyRole.BACKUP],
        )
        for lot in lots
    }


def _picking(
    lot: Lot, winners: Sequence[int], areas: Collection[str], mains: Sequence[Choice], backups: Sequence[Choice]
) -> Picking:
    taken, reserve = chosen(mains), chosen(backups)
    rules = rules_of(lot.tender)
    if not rules.picking or lot.tender.status != TenderStatus.CANDIDATES_PUBLISHED:
        return Picking(taken, reserve)
    turn = next_turn(winners, areas, mains)
    if turn is not None:
        return Picking(taken, reserve, SupplyRole.MAIN, turn, len(mains))
    if rules.backup and len(winners) > 1:
        turn = next_turn(winners, areas, backups, mains=taken)
        return Picking(taken, reserve, SupplyRole.BACKUP, turn, len(backups))
    return Picking(taken, reserve)


def _proposed(lots: Collection[Lot]) -> dict[int, list[int]]:
    """The proposed bids that take a winner's place, in the order of price."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    lines = EvaluationLine.objects.filter(
        bid__lot__in=lots, is_proposed=True, is_zero_volume=False, bid__status=BidStatus.RANKED
    ).order_by("rank")
    for lot_id, bid_id in lines.values_list("bid__lot", "bid"):
        found[lot_id].append(bid_id)
    return found


def _areas(lots: Collection[Lot]) -> dict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for lot_id, province in LotArea.objects.filter(lot__in=lots).values_list("lot", "province"):
        found[lot_id].append(province)
    return found
