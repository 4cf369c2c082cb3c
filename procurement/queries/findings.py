"""What the evaluation kept of a bid and of its lot, as the rules speak of it: every step can be shown again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from catalog.rules.procedure_rules import ProcedureRules
from procurement.models import Bid, Lot
from procurement.rules.entry import LetInBy
from procurement.rules.evaluation import Assessment, LotFigures, LotVerdict, Offer, Verdict
from procurement.rules.steps import Steps, bid_steps, lot_steps


def steps_of_bid(bid: Bid, lot: Lot, rules: ProcedureRules) -> Steps:
    """How the bid got its verdict and place, from the numbers that were frozen; none for one that was not compared."""
    figures = _figures(lot)
    if figures is None or bid.unit_price is None or bid.finding.get("verdict") not in set(Verdict):
        return []
    return bid_steps(offer_of(bid), _assessment(bid), figures, rules)


def steps_of_lot(lot: Lot, rules: ProcedureRules) -> Steps:
    """How many could win the lot and why; none before its evaluation."""
    figures = _figures(lot)
    if figures is None:
        return []
    return lot_steps(LotVerdict(lot.proposal["verdict"]), figures, rules, cap=lot.max_winners)


def _figures(lot: Lot) -> LotFigures | None:
    told: dict[str, Any] = lot.proposal
    if "verdict" not in told:
        return None
    prices = {name: Decimal(told[name]) for name in ("mean", "deviation", "anchor") if name in told}
    return LotFigures(
        ceiling=lot.ceiling_price,
        bidders=told["bidders"],
        counted=told["counted"],
        valid=told["valid"],
        places=told["most_winners"],
        **prices,
    )


def offer_of(bid: Bid) -> Offer:
    """The opened bid as the rules take it, from the numbers frozen on it."""
    assert bid.offer_price is not None and bid.pack_quantity is not None  # a bid that was compared has both
    return Offer(
        bid=bid.pk,
        offer_price=bid.offer_price,
        pack_quantity=bid.pack_quantity,
        price_ratio=bid.price_ratio,
        received_at=bid.received_at,
        output=bid.output,
        own_api=bid.own_api,
        sales=bid.sales,
        approved_on=bid.approved_on,
        draw=bid.draw,
    )


def _assessment(bid: Bid) -> Assessment:
    line = getattr(bid, "evaluation_line", None)
    let_in_by = bid.finding.get("let_in_by")
    assert bid.unit_price is not None  # a bid that was compared has one
    return Assessment(
        bid=bid.pk,
        unit_price=bid.unit_price,
        comparable_price=bid.comparable_price,
        verdict=Verdict(bid.finding["verdict"]),
        let_in_by=let_in_by and LetInBy(let_in_by),
        rank=line and line.rank,
        is_proposed=bool(line and line.is_proposed),
        is_tied=bool(line and line.is_tied),
        is_abnormally_low=bool(line and line.is_abnormally_low),
    )
