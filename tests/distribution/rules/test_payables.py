from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution.rules.payables import Claim, Received, amounts, share_out

LINE, LOT = 1, "L001"


def received(receipt: int, accepted: int, returned: int = 0) -> Received:
    return Received(receipt, LINE, LOT, accepted, returned)


def sale(key: int, packs: int, **paid: int) -> Claim:
    return Claim(key, LINE, LOT, packs, paid={int(name[1:]): number for name, number in paid.items()})


def credit(key: int, packs: int) -> Claim:
    return Claim(key, LINE, LOT, packs, is_credit=True)


class TestShareOut:
    @pytest.mark.parametrize(
        ("goods", "claims", "expected"),
        [
            pytest.param([received(7, 10)], [sale(1, 10)], {1: (10, {7: 10})}, id="what was accepted"),
            pytest.param([received(7, 10)], [sale(1, 12)], {1: (10, {7: 10})}, id="never more than was accepted"),
            pytest.param([received(7, 10)], [sale(1, 8)], {1: (10, {7: 8})}, id="a receipt invoiced in part"),
            pytest.param([], [sale(1, 10)], {1: (0, {})}, id="nothing arrived"),
            pytest.param(
                [received(7, 10), received(8, 5)], [sale(1, 10)], {1: (10, {7: 10})}, id="the second waits for its own"
            ),
            pytest.param(
                [received(7, 10), received(8, 5)],
                [sale(1, 12), sale(2, 3)],
                {1: (12, {7: 10, 8: 2}), 2: (3, {8: 3})},
                id="across receipts",
            ),
            pytest.param(
                [received(7, 10)], [sale(1, 10), sale(2, 10)], {1: (10, {7: 10}), 2: (0, {})}, id="invoiced twice"
            ),
            pytest.param([received(7, 10, 2)], [sale(1, 10)], {1: (8, {7: 8})}, id="returned before payment"),
            pytest.param(
                [received(7, 10, 2)],
                [sale(1, 10), credit(2, 2)],
                {1: (10, {7: 8}), 2: (-2, {})},
                id="returned and credited before payment",
            ),
            pytest.param(
                [received(7, 10, 2)],
                [sale(1, 10, r7=10), credit(2, 2)],
                {1: (10, {}), 2: (-2, {7: -2})},
                id="credited after payment",
            ),
            pytest.param([received(7, 10)], [sale(1, 10), credit(2, 2)], {2: (0, {})}, id="a credit without a return"),
            pytest.param(
                [received(7, 10)],
                [sale(1, 10), sale(2, 10, r7=10)],
                {1: (0, {}), 2: (10, {})},
                id="what was paid comes first",
            ),
        ],
    )
    def test_gives_each_claim_its_goods_and_what_is_open(
        self, goods: list[Received], claims: list[Claim], expected: dict[int, tuple[int, dict[int, int]]]
    ) -> None:
        shares = share_out(goods, claims)
        assert {key: (shares[key].goods, shares[key].payable) for key in expected} == expected

    @given(
        goods=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=4),
        sales=st.lists(st.integers(1, 60), max_size=4),
        credits=st.lists(st.integers(1, 60), max_size=3),
        later=st.lists(st.integers(0, 50), min_size=4, max_size=4),
    )
    def test_never_pays_for_more_than_was_kept(
        self, goods: list[tuple[int, int]], sales: list[int], credits: list[int], later: list[int]
    ) -> None:
        """Paid, then more goes back, then judged again: never above what is kept, nor above what was claimed."""
        before = [received(index, packs, min(back, packs)) for index, (packs, back) in enumerate(goods)]
        claims = [sale(key, packs) for key, packs in enumerate(sales, start=100)]
        first = share_out(before, claims)
        assert sum(sum(share.payable.values()) for share in first.values()) <= sum(row.kept for row in before)
        paid = [Claim(claim.key, LINE, LOT, claim.packs, paid=first[claim.key].payable) for claim in claims]
        after = [
            Received(row.receipt, LINE, LOT, row.accepted, min(row.accepted, row.returned + more))
            for row, more in zip(before, later, strict=False)
        ]
        notes = [credit(key, packs) for key, packs in enumerate(credits, start=200)]
        second = share_out(after, [*paid, *notes])
        total = sum(sum(claim.paid.values()) + sum(second[claim.key].payable.values()) for claim in paid)
        taken_back = -sum(sum(second[note.key].payable.values()) for note in notes)
        kept = sum(row.kept for row in after)
        overpaid = sum(max(sum(claim.paid.get(row.receipt, 0) for claim in paid) - row.kept, 0) for row in after)
        assert taken_back == min(overpaid, sum(credits))
        assert total - overpaid <= kept
        assert all(
            sum(share.payable.values()) <= claim.packs for claim, share in zip(claims, first.values(), strict=True)
        )


class TestAmounts:
    def test_add_up_to_what_all_packs_cost_together(self) -> None:
        # each alone would be 0.33 + 0.33 + 0.33
        assert amounts({1: 1, 2: 1, 3: 1}, Decimal("0.3334")) == {
            1: Decimal("0.33"),
            2: Decimal("0.34"),
            3: Decimal("0.33"),
        }

    def test_of_a_credit_note_are_negative(self) -> None:
        assert amounts({1: -2}, Decimal("6.00")) == {1: Decimal("-12.00")}
