"""Collusion screens on the opened bids of a tender: flags with figures for the supervisor, not verdicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from procurement.rules.screens.flags import Evidence, Flag, OpenedBid, ScreenLimits
from procurement.rules.screens.prices import screen_prices
from procurement.rules.screens.rotation import screen_rotation
from procurement.rules.screens.traces import screen_files, screen_holdings, screen_traces


def screen_tender(bids: Sequence[OpenedBid], evidence: Evidence, limits: ScreenLimits) -> list[Flag]:
    """Run every screen over the opened bids of one tender; the flags come in one order however the bids came."""
    by_lot: dict[int, list[OpenedBid]] = defaultdict(list)
    lots: dict[str, set[int]] = defaultdict(set)
    for bid in bids:
        by_lot[bid.lot].append(bid)
        lots[bid.supplier].add(bid.lot)
    flags = [
        flag
        for lot, offered in by_lot.items()
        for flag in screen_prices(lot, offered, ceiling=evidence.ceilings.get(lot), limits=limits)
    ]
    flags += screen_files(evidence.files, published=evidence.published)
    flags += screen_traces(evidence.traces, public_addresses=evidence.public_addresses)
    bid_for = {supplier: frozenset(numbers) for supplier, numbers in lots.items()}
    flags += screen_holdings(evidence.holdings, lots=bid_for, limits=limits)
    flags += screen_rotation(evidence.contests, limits=limits)
    return sorted(flags, key=_place)


def _place(flag: Flag) -> tuple[bool, int, str, tuple[str, ...], tuple[int, ...], str]:
    return flag.lot is not None, flag.lot or 0, flag.kind, flag.suppliers, flag.bids, str(sorted(flag.figures.items()))
