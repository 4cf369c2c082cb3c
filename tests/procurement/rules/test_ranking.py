from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catalog.foundation.money import UNIT_PRICE, round_half_up
from catalog.rules.strengths import Strength, parse_strength
from procurement.rules.ranking import NOT_COMPARABLE, OVER_CEILING, VALID, Assessment, Offer, assess

FIRST = datetime(2020, 1, 17, 8, 0, tzinfo=UTC)
TEN_MG = parse_strength("10mg")


def offer(bid: int, price: str, pack: int = 1, strength: str | None = "10mg", *, minutes: int | None = None) -> Offer:
    return Offer(
        bid=bid,
        offer_price=Decimal(price),
        pack_quantity=pack,
        strength=parse_strength(strength) if strength else None,
        received_at=FIRST + timedelta(minutes=bid if minutes is None else minutes),
    )


def judged(
    *offers: Offer, ceiling: str = "1000", max_winners: int = 1, reference: Strength | None = TEN_MG
) -> dict[int, Assessment]:
    outcome = assess(
        offers,
        reference=reference,
        ceiling=Decimal(ceiling),
        max_winners=max_winners,
        strength_base=Decimal("1.7"),
    )
    return {item.bid: item for item in outcome}


class TestUnitComparablePrice:
    @pytest.mark.parametrize(
        ("price", "pack", "strength", "expected"),
        [
            ("3.85", 7, "10mg", "0.5500"),
            ("11.90", 14, "20mg", "0.5000"),
            ("6.60", 28, "5mg", "0.4007"),
        ],
    )
    def test_follows_the_worked_examples(self, price: str, pack: int, strength: str, expected: str) -> None:
        assert str(judged(offer(1, price, pack, strength))[1].comparable_price) == expected

    def test_rounds_a_half_up(self) -> None:
        # 1.0001 / 2 = 0.50005
        assert str(judged(offer(1, "1.0001", 2))[1].comparable_price) == "0.5001"

    def test_is_told_step_by_step(self) -> None:
        assert judged(offer(1, "11.90", 14, "20mg"), ceiling="0.5000")[1].steps == {
            "rule": "CN.VBP.unit-comparable-price",
            "offer_price": "11.90",
            "pack_quantity": "14",
            "unit_price": "0.850000",
            "ceiling": "0.5000",
            "quantity_ratio": "2.000000",
            "strength_base": "1.7",
            "price_ratio": "1.700000",
            "comparable_price": "0.5000",
            "verdict": "valid",
        }


class TestCeiling:
    def test_admits_an_offer_at_the_ceiling(self) -> None:
        assert judged(offer(1, "0.55"), ceiling="0.5500")[1].verdict == VALID

    def test_sets_aside_an_offer_above_it(self) -> None:
        found = judged(offer(1, "0.56"), offer(2, "0.55"), ceiling="0.5500", max_winners=2)
        assert (found[1].verdict, found[1].rank, found[1].is_proposed) == (OVER_CEILING, None, False)
        assert found[1].steps["rule"] == "CN.2010-56.ceiling"
        assert (found[2].rank, found[2].is_proposed) == (1, True)

    def test_looks_at_the_comparable_price_and_not_at_the_pack(self) -> None:
        # 0.85 per tablet of 20 mg is 0.50 per tablet of 10 mg
        assert judged(offer(1, "11.90", 14, "20mg"), ceiling="0.5000")[1].verdict == VALID
        assert judged(offer(1, "11.90", 14, "20mg"), ceiling="0.4999")[1].verdict == OVER_CEILING


class TestStrengths:
    @pytest.mark.parametrize("strength", [None, "400单位", "1ml:10mg"])
    def test_sets_aside_what_cannot_be_compared(self, strength: str | None) -> None:
        found = judged(offer(1, "0.10", 1, strength), offer(2, "0.20"))
        assert (found[1].verdict, found[1].comparable_price, found[1].rank) == (NOT_COMPARABLE, None, None)
        assert found[2].rank == 1

    def test_compares_unreadable_strengths_where_all_are_the_same(self) -> None:
        found = judged(offer(1, "0.20", 1, None), offer(2, "0.10", 1, None), reference=None)
        assert (found[2].rank, found[1].rank) == (1, 2)


class TestRanking:
    def test_proposes_the_lowest(self) -> None:
        found = judged(offer(1, "0.30"), offer(2, "0.10"), offer(3, "0.20"), max_winners=2)
        assert {bid: item.rank for bid, item in found.items()} == {2: 1, 3: 2, 1: 3}
        assert {bid for bid, item in found.items() if item.is_proposed} == {2, 3}

    def test_proposes_all_where_there_are_fewer_than_places(self) -> None:
        found = judged(offer(1, "0.30"), offer(2, "0.10"), max_winners=3)
        assert all(item.is_proposed and not item.is_tied for item in found.values())

    def test_of_equal_prices_the_first_received_goes_before(self) -> None:
        found = judged(offer(1, "0.10", minutes=9), offer(2, "0.10", minutes=3))
        assert (found[2].rank, found[1].rank) == (1, 2)

    def test_marks_a_tie_across_the_last_place(self) -> None:
        found = judged(offer(1, "0.10"), offer(2, "0.20"), offer(3, "0.20"), offer(4, "0.30"), max_winners=2)
        assert {bid for bid, item in found.items() if item.is_tied} == {2, 3}

    def test_marks_no_tie_that_decides_nothing(self) -> None:
        found = judged(offer(1, "0.10"), offer(2, "0.10"), offer(3, "0.20"), max_winners=2)
        assert not any(item.is_tied for item in found.values())


STRENGTHS = st.sampled_from([parse_strength(text) for text in ("5mg", "10mg", "20mg", "400单位")])


@st.composite
def rounds(draw: st.DrawFn) -> tuple[list[Offer], Decimal, int]:
    prices = draw(st.lists(st.decimals("0.01", "9.99", places=2), min_size=1, max_size=9))
    offers = [
        Offer(bid, price, draw(st.integers(1, 30)), draw(STRENGTHS), FIRST + timedelta(minutes=draw(st.integers(0, 3))))
        for bid, price in enumerate(prices)
    ]
    return offers, draw(st.decimals("0.0001", "9.9999", places=4)), draw(st.integers(1, 5))


class TestAnyRound:
    @given(rounds(), st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_the_input(
        self, case: tuple[list[Offer], Decimal, int], random: st.randoms
    ) -> None:
        offers, ceiling, places = case
        shuffled = offers[:]
        random.shuffle(shuffled)
        assert judged(*offers, ceiling=str(ceiling), max_winners=places) == judged(
            *shuffled, ceiling=str(ceiling), max_winners=places
        )

    @given(rounds())
    def test_proposes_nothing_above_the_ceiling_or_dearer_than_what_it_passes_over(
        self, case: tuple[list[Offer], Decimal, int]
    ) -> None:
        offers, ceiling, places = case
        found = judged(*offers, ceiling=str(ceiling), max_winners=places).values()
        valid = [item.comparable_price for item in found if item.verdict == VALID and not item.is_proposed]
        proposed = [item.comparable_price for item in found if item.is_proposed]
        assert all(price <= ceiling for price in proposed)
        assert max(proposed, default=Decimal(0)) <= min(valid, default=Decimal("Infinity"))
        assert len(proposed) == min(places, len(proposed) + len(valid))
        assert {item.bid for item in found} == {item.bid for item in offers}

    @given(rounds())
    def test_a_lower_price_never_ranks_worse(self, case: tuple[list[Offer], Decimal, int]) -> None:
        offers, ceiling, places = case
        before = judged(*offers, ceiling=str(ceiling), max_winners=places)[offers[0].bid].rank
        assume(before is not None)
        cheaper = replace(offers[0], offer_price=offers[0].offer_price / 2)
        after = judged(cheaper, *offers[1:], ceiling=str(ceiling), max_winners=places)[cheaper.bid].rank
        assert after <= before

    @given(st.decimals("0.01", "999.99", places=2), st.integers(1, 120))
    def test_at_the_reference_strength_it_is_the_price_of_a_unit(self, price: Decimal, pack: int) -> None:
        found = judged(offer(1, str(price), pack))[1]
        assert found.comparable_price == round_half_up(price / pack, UNIT_PRICE)
