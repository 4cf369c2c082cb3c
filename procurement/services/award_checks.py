"""What a choice of winners has to satisfy before it is an award."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.foundation.errors import DomainError, refuse
from catalog.rules.procedure_rules import ProcedureRules
from procurement.errors import (
    AreasNotCovered,
    BackupIsMain,
    BackupsNotCovered,
    BidNotInLot,
    SupplierNotAdmitted,
    TooManyWinners,
    WinnerWithoutArea,
)
from procurement.models import Bid, Lot
from procurement.queries import Bidder, obstacles_of
from procurement.queries.candidates import most_winners
from procurement.services.procedure_checks import unfit_for_procedure


@dataclass(frozen=True, slots=True)
class Winner:
    """A bid to award, the provinces that it is to supply, and those in which it stands by for the main supplier.

    A winner without volume is listed in its provinces and takes them from nobody.
    """

    bid_id: int
    province_ids: tuple[str, ...] = ()
    backup_province_ids: tuple[str, ...] = ()


def check_winners(
    lot: Lot, rules: ProcedureRules, winners: Sequence[Winner], bids: Mapping[int, Bid], at: datetime
) -> None:
    """Let a choice of winners pass; ``bids`` are the ranked ones of the lot.

    Raises:
        RulesBroken: with everything that is wrong about the choice.
    """
    broken: list[DomainError] = [
        BidNotInLot(bid=winner.bid_id, lot=lot.number, pointer=f"/winners/{index}/bid")
        for index, winner in enumerate(winners)
        if winner.bid_id not in bids
    ]
    listed = [winner for winner in winners if _is_zero_volume(winner, bids)]
    supplying = [winner for winner in winners if winner not in listed]
    most = most_winners(lot)
    if not 0 < len(supplying) <= most or len({winner.bid_id for winner in winners}) < len(winners):
        broken.append(TooManyWinners(lot=lot.number, most=most, chosen=len(supplying)))
    broken += [
        WinnerWithoutArea(bid=winner.bid_id, pointer=f"/winners/{index}/areas")
        for index, winner in enumerate(winners)
        if not (winner.province_ids or winner.backup_province_ids)
    ]
    areas = set(lot.areas.values_list("province_id", flat=True))
    broken += _areas(areas, supplying, listed)
    broken += _backups(areas if rules.backup and len(supplying) > 1 else set(), winners)
    broken += _not_admitted(lot, [bids[winner.bid_id] for winner in winners if winner.bid_id in bids], at)
    broken += unfit_for_procedure(lot, rules, {winner.bid_id: winner.province_ids for winner in supplying}, bids)
    refuse(broken)


def _is_zero_volume(winner: Winner, bids: Mapping[int, Bid]) -> bool:
    bid = bids.get(winner.bid_id)
    return bid is not None and bid.evaluation_line.is_zero_volume


def _areas(areas: Collection[str], supplying: Sequence[Winner], listed: Sequence[Winner]) -> list[DomainError]:
    given = Counter(area for winner in supplying for area in winner.province_ids)
    foreign = {area for winner in listed for area in winner.province_ids} - set(areas)
    twice = {area for winner in listed for area, count in Counter(winner.province_ids).items() if count > 1}
    wrong = _uncovered(areas, given, foreign=foreign, twice=twice)
    return [AreasNotCovered(missing=wrong[0], twice=wrong[1], foreign=wrong[2])] if wrong else []


def _backups(areas: Collection[str], winners: Sequence[Winner]) -> list[DomainError]:
    given = Counter(area for winner in winners for area in winner.backup_province_ids)
    wrong = _uncovered(areas, given)
    broken: list[DomainError] = []
    if wrong:
        broken.append(BackupsNotCovered(missing=wrong[0], twice=wrong[1], foreign=wrong[2]))
    for index, winner in enumerate(winners):
        both = sorted(set(winner.province_ids) & set(winner.backup_province_ids))
        if both:
            broken.append(BackupIsMain(bid=winner.bid_id, areas=", ".join(both), pointer=f"/winners/{index}/backups"))
    return broken


def _uncovered(
    areas: Collection[str], given: Counter[str], *, foreign: Collection[str] = (), twice: Collection[str] = ()
) -> tuple[str, str, str] | None:
    """The areas left out, given twice and not to be given, in words; nothing where each is given once and no other."""
    wrong = (
        set(areas) - set(given),
        {area for area, count in given.items() if count > 1} | set(twice),
        set(given) - set(areas) | set(foreign),
    )
    if not any(wrong):
        return None
    missing, double, beyond = (", ".join(sorted(codes)) or "—" for codes in wrong)
    return missing, double, beyond


def _not_admitted(lot: Lot, bids: Sequence[Bid], at: datetime) -> list[DomainError]:
    """Who was admitted when it bid may be barred by now."""
    found = obstacles_of(lot.tender, [Bidder(bid.supplier_id, lot, bid.product) for bid in bids], at)
    return [
        SupplierNotAdmitted(
            supplier=bid.supplier, lot=lot.number, reasons="; ".join(obstacle.sentence for obstacle in obstacles)
        )
        for bid, obstacles in zip(bids, found, strict=True)
        if obstacles
    ]
