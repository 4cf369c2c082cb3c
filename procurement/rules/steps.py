"""Every step by which an offer got its verdict and place, as computations that can be checked by hand.

A step is the id of its rule and a formula with its values and result; words in other languages are not needed.
"""

from __future__ import annotations

from decimal import Decimal

from catalog.rules.procedure_rules import CountedBy, PriceKind, ProcedureRules
from procurement.rules.comparison import RULE_COMPARABLE, uniform_price
from procurement.rules.entry import LetInBy
from procurement.rules.evaluation import Assessment, LotFigures, LotVerdict, Offer, Verdict

# 国办发〔2010〕56号 and the tender documents of each volume-based round: an offer above the ceiling is not valid.
RULE_CEILING = "CN.2010-56.ceiling"
RULE_ENTRY = "CN.VBP.entry"
RULE_ZERO_VOLUME = "CN.VBP-12.zero-volume"
RULE_WINNERS = "CN.VBP.winner-table"
RULE_TIE = "CN.VBP.tie-break"
# Bidding Law (1999), art. 28: with fewer bidders the tender is repeated.
RULE_LEAST_BIDDERS = "CN.1999-bidding-law.least-bidders"
# 国办发〔2015〕7号: an abnormally low price has to be assessed.
RULE_LOW = "CN.2015-7.abnormally-low"
RULE_OUTPUT = "CN.2015-7.designated-production"

Steps = list[dict[str, str]]


def _step(rule: str, computation: str, result: str) -> dict[str, str]:
    return {"rule": rule, "computation": computation, "result": result}


def _yes(holds: bool) -> str:
    return "true" if holds else "false"


def bid_steps(offer: Offer, item: Assessment, figures: LotFigures, rules: ProcedureRules) -> Steps:
    """How one offer was compared, let in, ranked and proposed; prices in yuan."""
    divided = f"{offer.offer_price} ÷ {offer.pack_quantity}"
    if item.comparable_price is None or offer.price_ratio is None:
        return [_step(RULE_COMPARABLE, f"{divided} = {item.unit_price}", item.verdict)]
    price = item.comparable_price
    steps = [
        _step(RULE_COMPARABLE, f"{divided} ÷ {offer.price_ratio:.6f}", str(price)),
        _step(RULE_CEILING, f"{price} ≤ {figures.ceiling}", _yes(price <= figures.ceiling)),
    ]
    if item.verdict == Verdict.OVER_CEILING:
        return steps
    if rules.price == PriceKind.UNIFORM:
        given = uniform_price(figures.ceiling, offer.pack_quantity, offer.price_ratio)
        is_given = item.verdict != Verdict.NOT_UNIFORM
        steps.append(_step(RULE_OUTPUT, f"{offer.offer_price} = {given}", _yes(is_given)))
        if not is_given:
            return steps
    steps += _price_steps(item, price, figures, rules)
    if rules.price == PriceKind.UNIFORM:
        steps.append(_step(RULE_OUTPUT, "output", str(offer.output or 0)))
    if item.rank is not None:
        steps.append(_step(RULE_WINNERS, f"rank {item.rank}, places {figures.places}", _yes(item.is_proposed)))
    if item.is_tied:
        steps.append(_step(RULE_TIE, ", ".join([*rules.tie_breaks]), str(item.rank)))
    return steps


def _price_steps(item: Assessment, price: Decimal, figures: LotFigures, rules: ProcedureRules) -> Steps:
    steps: Steps = []
    if rules.abnormally_low is not None:
        low = f"{price} < {rules.abnormally_low} × {figures.mean}"
        steps.append(_step(RULE_LOW, low, _yes(item.is_abnormally_low)))
    if rules.zero_volume_under is not None:
        limit = f"{price} < {figures.mean} − {rules.zero_volume_under} × {figures.deviation}"
        steps.append(_step(RULE_ZERO_VOLUME, limit, _yes(item.verdict == Verdict.ZERO_VOLUME)))
    if rules.entry is None or figures.anchor is None or item.verdict == Verdict.ZERO_VOLUME:
        return steps
    conditions = [(LetInBy.MULTIPLE, f"{price} ≤ {rules.entry.multiple} × {figures.anchor}")]
    if rules.entry.cut is not None:
        conditions.append((LetInBy.CUT, f"{price} ≤ (1 − {rules.entry.cut}) × {figures.ceiling}"))
    if rules.entry.floor is not None:
        conditions.append((LetInBy.FLOOR, f"{price} ≤ {rules.entry.floor}"))
    for condition, computation in conditions:
        steps.append(_step(f"{RULE_ENTRY}.{condition}", computation, _yes(item.let_in_by == condition)))
        if item.let_in_by == condition:
            break
    return steps


def lot_steps(verdict: LotVerdict, figures: LotFigures, rules: ProcedureRules, *, cap: int | None = None) -> Steps:
    """How many may win the lot and why; ``cap`` is the lot's own most winners."""
    counted = "bidders" if rules.winners_counted_by == CountedBy.BIDDERS else "valid offers"
    table = str(rules.most_winners(figures.counted))
    steps = [
        _step(
            RULE_LEAST_BIDDERS,
            f"{figures.bidders} ≥ {rules.least_bidders}",
            _yes(verdict != LotVerdict.TOO_FEW_BIDDERS),
        ),
        _step(RULE_WINNERS, f"{figures.counted} {counted}", table),
    ]
    if cap is not None:
        steps.append(_step(RULE_WINNERS, f"min({table}, {cap})", str(figures.places)))
    if rules.entry is not None and figures.anchor is not None:
        steps.append(_step(f"{RULE_ENTRY}.anchor", f"{rules.entry.anchor}, mean {figures.mean}", str(figures.anchor)))
    return [*steps, _step("verdict", f"{figures.valid} valid offers", verdict)]
