from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.retail_rules import RetailRules
from distribution.rules.retail import check_retail_price, peers_of
from distribution.states import RetailVerdict

prices = st.decimals("0.01", "999.99", places=2)


def verdicts(price: str, *, guide: str | None = None, purchase: str | None = None, markup: str = "0") -> list[str]:
    return [
        violation.verdict
        for violation in check_retail_price(
            Decimal(price),
            guide_price=Decimal(guide) if guide else None,
            purchase_price=Decimal(purchase) if purchase else None,
            markup=Decimal(markup),
        )
    ]


class TestGuidePrice:
    @pytest.mark.parametrize("price", ["8.72", "8.71", "0.01"])
    def test_is_kept_up_to_exactly_at_it(self, price: str) -> None:
        assert verdicts(price, guide="8.72") == []

    def test_is_broken_one_fen_above(self) -> None:
        [violation] = check_retail_price(
            Decimal("8.73"), guide_price=Decimal("8.72"), purchase_price=None, markup=Decimal(0)
        )
        assert (violation.verdict, violation.limit) == (RetailVerdict.ABOVE_GUIDE_PRICE, Decimal("8.72"))
        assert violation.evidence == {
            "rule": "CN.2009-2498.ceiling",
            "price": "8.73",
            "guide_price": "8.72",
            "excess": "0.01",
        }

    def test_that_is_not_known_is_told(self) -> None:
        assert verdicts("8.72") == [RetailVerdict.NO_CEILING]


class TestPurchasePrice:
    def test_is_kept_exactly_at_it(self) -> None:
        assert verdicts("6.00", guide="8.72", purchase="6.00") == []

    def test_is_broken_one_fen_above(self) -> None:
        [violation] = check_retail_price(
            Decimal("6.01"), guide_price=Decimal("8.72"), purchase_price=Decimal("6.00"), markup=Decimal(0)
        )
        assert (violation.verdict, violation.limit) == (RetailVerdict.ABOVE_PURCHASE_PRICE, Decimal("6.00"))
        assert violation.evidence == {
            "rule": "CN.2009-78.zero-markup",
            "price": "6.01",
            "purchase_price": "6.00",
            "markup": "0",
            "allowed": "6.00",
            "excess": "0.01",
        }

    @pytest.mark.parametrize(("price", "expected"), [("6.90", []), ("6.91", [RetailVerdict.ABOVE_PURCHASE_PRICE])])
    def test_may_be_raised_by_the_markup_that_is_allowed(self, price: str, expected: list[str]) -> None:
        assert verdicts(price, guide="8.72", purchase="6.00", markup="0.15") == expected

    @pytest.mark.parametrize(("price", "expected"), [("0.50", []), ("0.51", [RetailVerdict.ABOVE_PURCHASE_PRICE])])
    def test_allows_whole_fen_half_up(self, price: str, expected: list[str]) -> None:
        # 0.435 × 1.15 = 0.50025
        assert verdicts(price, guide="8.72", purchase="0.435", markup="0.15") == expected

    def test_can_be_broken_together_with_the_guide_price(self) -> None:
        assert verdicts("9.00", guide="8.72", purchase="6.00") == [
            RetailVerdict.ABOVE_GUIDE_PRICE,
            RetailVerdict.ABOVE_PURCHASE_PRICE,
        ]


class TestAnyPrice:
    @given(prices, prices, prices)
    def test_is_lawful_exactly_when_it_is_within_both_limits(
        self, price: Decimal, guide: Decimal, purchase: Decimal
    ) -> None:
        violations = check_retail_price(price, guide_price=guide, purchase_price=purchase, markup=Decimal(0))
        assert (violations == []) == (price <= min(guide, purchase))


class TestPeers:
    @pytest.mark.parametrize(
        ("price", "expected"),
        [
            ("6.50", []),
            ("6.51", [RetailVerdict.ABNORMALLY_HIGH]),
            ("2.50", []),
            ("2.49", [RetailVerdict.ABNORMALLY_LOW]),
        ],
    )
    def test_make_a_price_stand_out_only_beyond_what_is_usual(self, price: str, expected: list[str]) -> None:
        peers = peers_of(count=5, median=Decimal("5.00"), rules=RetailRules(Decimal(0)))
        found = check_retail_price(
            Decimal(price), guide_price=Decimal(9), purchase_price=None, markup=Decimal(0), peers=peers
        )
        assert [violation.verdict for violation in found] == expected
        for violation in found:
            assert violation.evidence["rule"] == "PLATFORM.retail.peers"
            assert (violation.evidence["peer_median"], violation.evidence["peer_count"]) == ("5.00", "5")

    def test_are_no_measure_while_too_few_report(self) -> None:
        assert peers_of(count=4, median=Decimal("5.00"), rules=RetailRules(Decimal(0))) is None
