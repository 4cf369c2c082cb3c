"""The round of January 2020 with what its announcement adds to the rules: how many win, and what a ceiling is of.

The ceiling 0.3788 of lot 24 (特拉唑嗪 2 mg) is read as that of 1 mg, and the number of winners of each lot is the one
that was announced. The replay by the rules alone stands in ``test_round_of_january_2020``.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.rules.price_ratio import carry
from catalog.rules.procedure_rules import ProcedureRules
from catalog.rules.strengths import parse_strength
from config.demo import data
from procurement.rules.evaluation import Offer, evaluate_lot
from tests.procurement.test_round_of_january_2020 import moment, price_ratio

# as many places as anybody may ask for: the announced number decides
OPEN = ProcedureRules.read({"winners": [[number, number] for number in range(1, 20)]})
# 吲达帕胺: a lower bid was passed over
PASSED_OVER = {30}


def carried(price: Decimal, source: str, target: str) -> Decimal:
    own, other = parse_strength(source), parse_strength(target)
    assert own is not None and other is not None
    return carry(price, source=own, target=other, strength_base=Decimal("1.7")).price


def ceiling_of(lot: data.LotRow) -> Decimal:
    return carried(lot.ceiling_price, "1mg", "2mg") if lot.number == 24 else lot.ceiling_price


class TestAnnouncedWinners:
    def test_the_ceiling_of_terazosin_is_carried_from_1mg_to_2mg(self) -> None:
        [lot] = [lot for lot in data.lots() if lot.number == 24]
        assert (lot.medicine, lot.strength, lot.ceiling_price) == ("特拉唑嗪", "2mg", Decimal("0.3788"))
        assert ceiling_of(lot) == Decimal("0.6440")

    @pytest.mark.parametrize("lot", data.lots(), ids=lambda lot: f"{lot.number}-{lot.medicine}")
    def test_are_the_lowest_valid_offers(self, lot: data.LotRow) -> None:
        bids = [bid for bid in data.bids() if bid.lot == lot.number]
        announced = {place for place, bid in enumerate(bids) if bid.is_announced_winner}
        offers = [
            Offer(place, bid.offer_price, bid.pack_quantity, price_ratio(bid.strength, lot.strength), moment(place))
            for place, bid in enumerate(bids)
        ]
        outcome = evaluate_lot(offers, ceiling=ceiling_of(lot), rules=OPEN, cap=len(announced))
        proposed = {item.bid for item in outcome.assessments if item.is_proposed}
        assert (proposed == announced) is (lot.number not in PASSED_OVER)

    def test_leave_twenty_bids_above_their_ceiling(self) -> None:
        over = [
            bid
            for lot in data.lots()
            for bid in data.bids()
            if bid.lot == lot.number
            and (bid.offer_price / bid.pack_quantity / price_ratio(bid.strength, lot.strength)).quantize(
                Decimal("0.0001"), "ROUND_HALF_UP"
            )
            > ceiling_of(lot)
        ]
        assert len(over) == 20
        assert not any(bid.is_announced_winner for bid in over)
