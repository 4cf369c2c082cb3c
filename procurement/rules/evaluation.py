"""Deciding a lot from its opened offers: valid, let in, ranked, proposed.

The lowest comparable price wins, or the largest output where the price is uniform. ``evaluate_lot`` is the rule in
plain decimals, for one lot; a whole tender is ranked by one statement of the database that must agree with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

from catalog.rules.procedure_rules import CountedBy, PriceKind, ProcedureRules, TieBreak
from procurement.rules.comparison import comparable_price, uniform_price, unit_price
from procurement.rules.entry import LetInBy, PriceFigures, anchor_price, let_in_by


class Verdict(StrEnum):
    """What an offer is; only ``valid`` and ``zero_volume`` ones may win."""

    VALID = "valid"
    ZERO_VOLUME = "zero_volume"
    ABOVE_ENTRY = "above_entry"
    OVER_CEILING = "over_ceiling"
    NOT_UNIFORM = "not_uniform"
    NOT_COMPARABLE = "not_comparable"


class LotVerdict(StrEnum):
    """How a lot comes out of the evaluation; one that is not proposed is tendered again."""

    PROPOSED = "proposed"
    TOO_FEW_BIDDERS = "too_few_bidders"
    NO_VALID_OFFER = "no_valid_offer"


@dataclass(frozen=True, slots=True)
class Offer:
    """An opened bid: yuan per pack, units per pack, and the ratio of its strength's price to that of the lot's.

    Without a ratio it cannot be compared. The facts below the time of receipt are the declared ones for tie-breaks;
    ``draw`` is what was drawn for it in public. ``output`` is in smallest units.
    """

    bid: int
    offer_price: Decimal
    pack_quantity: int
    price_ratio: Decimal | None
    received_at: datetime
    output: int | None = None
    own_api: bool = False
    sales: Decimal | None = None
    approved_on: date | None = None
    draw: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What became of one offer. ``rank`` counts all that may win; ``is_tied`` marks equals on both sides of the last
    winner's place, for an officer to look at whatever broke the tie."""

    bid: int
    unit_price: Decimal
    comparable_price: Decimal | None
    verdict: Verdict
    let_in_by: LetInBy | None = None
    rank: int | None = None
    is_proposed: bool = False
    is_tied: bool = False
    is_abnormally_low: bool = False


@dataclass(frozen=True, slots=True)
class LotFigures:
    """The figures of a lot by which its offers were judged; prices are yuan per unit, four decimals.

    ``bidders`` are all who bid, also those not shortlisted, ``counted`` those that the winner table counts, ``valid``
    the offers at or under the ceiling (or at the uniform price), ``places`` the most winners by table and cap.
    """

    ceiling: Decimal
    bidders: int
    counted: int
    valid: int
    places: int
    mean: Decimal | None = None
    deviation: Decimal | None = None
    anchor: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LotEvaluation:
    """The verdict on a lot, its figures, and an assessment of every offer, the ranked ones first."""

    verdict: LotVerdict
    figures: LotFigures
    assessments: tuple[Assessment, ...]


def evaluate_lot(
    offers: Sequence[Offer],
    *,
    ceiling: Decimal,
    rules: ProcedureRules,
    cap: int | None = None,
    is_negotiable: bool = False,
    turned_away: int = 0,
) -> LotEvaluation:
    """Judge and rank the offers of one lot; ``ceiling`` is yuan per unit, ``cap`` the lot's own most winners.

    ``turned_away`` bid as well and were not shortlisted. Where the price is uniform it is the ceiling, and every other
    offer is out.

    The winners are as many as the table gives for the number counted, the cap allows and the entry rule lets in. An
    offer without volume may win and takes no place. With fewer bidders than the rules ask for nobody is proposed.
    Where prices are still negotiated, every offer that can be compared is ranked, those above the ceiling last, and a
    lot does not fail for want of a valid one; proposed are the valid ones alone.
    """
    by_bid = {offer.bid: offer for offer in offers}
    judged = [_compared(offer, ceiling, rules) for offer in offers]
    valid = [item for item in judged if item.verdict == Verdict.VALID]
    comparable = sum(item.verdict != Verdict.NOT_COMPARABLE for item in judged)
    counted = comparable if rules.winners_counted_by == CountedBy.BIDDERS else len(valid)
    places = rules.most_winners(counted)
    if cap is not None:
        places = min(places, cap)
    figures = LotFigures(ceiling, len(offers) + turned_away, counted, len(valid), places)
    if valid and rules.price == PriceKind.LOWEST:
        prices = PriceFigures.of([_price(item) for item in valid])
        anchor = None if rules.entry is None else anchor_price(prices, rules.entry.anchor)
        figures = replace(figures, mean=prices.mean, deviation=prices.deviation, anchor=anchor)
        judged = [_entered(item, prices, figures, rules) if item.verdict == Verdict.VALID else item for item in judged]
    verdict = LotVerdict.PROPOSED
    if figures.bidders < rules.least_bidders:
        verdict = LotVerdict.TOO_FEW_BIDDERS
    elif not valid and not (is_negotiable and comparable):
        verdict = LotVerdict.NO_VALID_OFFER
    is_ranked = _is_comparable if is_negotiable else _may_win
    placed = [item for item in judged if is_ranked(item)]
    ranked = _ranked(placed, by_bid, rules, places=places if verdict == LotVerdict.PROPOSED else 0)
    out = [item for item in judged if not is_ranked(item)]
    return LotEvaluation(verdict, figures, (*ranked, *out))


def _compared(offer: Offer, ceiling: Decimal, rules: ProcedureRules) -> Assessment:
    single = unit_price(offer.offer_price, offer.pack_quantity)
    if offer.price_ratio is None:
        return Assessment(offer.bid, single, None, Verdict.NOT_COMPARABLE)
    price = comparable_price(offer.offer_price, offer.pack_quantity, offer.price_ratio)
    verdict = Verdict.VALID if price <= ceiling else Verdict.OVER_CEILING
    if rules.price == PriceKind.UNIFORM and verdict == Verdict.VALID:
        given = uniform_price(ceiling, offer.pack_quantity, offer.price_ratio)
        verdict = Verdict.VALID if offer.offer_price == given else Verdict.NOT_UNIFORM
    return Assessment(offer.bid, single, price, verdict)


def _price(item: Assessment) -> Decimal:
    assert item.comparable_price is not None  # what is not comparable was set aside before
    return item.comparable_price


def _is_comparable(item: Assessment) -> bool:
    return item.verdict != Verdict.NOT_COMPARABLE


def _may_win(item: Assessment) -> bool:
    return item.verdict in (Verdict.VALID, Verdict.ZERO_VOLUME)


def _entered(item: Assessment, prices: PriceFigures, figures: LotFigures, rules: ProcedureRules) -> Assessment:
    price = _price(item)
    item = replace(
        item,
        is_abnormally_low=rules.abnormally_low is not None
        and prices.is_under_share_of_mean(price, rules.abnormally_low),
    )
    if rules.zero_volume_under is not None and prices.is_under_mean_less(price, rules.zero_volume_under):
        return replace(item, verdict=Verdict.ZERO_VOLUME)
    if rules.entry is None or figures.anchor is None:
        return item
    condition = let_in_by(price, anchor=figures.anchor, ceiling=figures.ceiling, rule=rules.entry)
    return replace(item, verdict=Verdict.ABOVE_ENTRY if condition is None else Verdict.VALID, let_in_by=condition)


def _ranked(
    judged: Sequence[Assessment], offers: dict[int, Offer], rules: ProcedureRules, *, places: int
) -> list[Assessment]:
    def value(item: Assessment) -> Decimal:
        if rules.price == PriceKind.LOWEST:
            return _price(item)
        return -Decimal(offers[item.bid].output or 0)

    def order(item: Assessment) -> tuple[object, ...]:
        offer = offers[item.bid]
        breaks = [_tie_break(offer, tie_break) for tie_break in rules.tie_breaks]
        return (item.verdict == Verdict.OVER_CEILING, value(item), *breaks, offer.received_at, item.bid)

    ranked = sorted(judged, key=order)
    placed = [item for item in ranked if item.verdict == Verdict.VALID]
    winners = {item.bid for item in placed[:places]}
    if places:
        winners |= {item.bid for item in ranked if item.verdict == Verdict.ZERO_VOLUME}
    across = places and len(placed) > places and value(placed[places - 1]) == value(placed[places])
    return [
        replace(
            item,
            rank=rank,
            is_proposed=item.bid in winners,
            is_tied=bool(across) and item.verdict == Verdict.VALID and value(item) == value(placed[places]),
        )
        for rank, item in enumerate(ranked, start=1)
    ]


def _tie_break(offer: Offer, tie_break: TieBreak) -> tuple[bool, object]:
    """Smaller goes first; what was not declared goes last."""
    match tie_break:
        case TieBreak.OWN_API:
            return False, not offer.own_api
        case TieBreak.SALES:
            return offer.sales is None, -(offer.sales or Decimal(0))
        case TieBreak.APPROVED_ON:
            return offer.approved_on is None, offer.approved_on or date.max
        case TieBreak.RECEIVED_AT:
            return False, offer.received_at.astimezone(UTC)
        case TieBreak.DRAWN:
            return offer.draw == "", offer.draw
