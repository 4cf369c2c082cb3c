from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.price_alarm_rules import PriceAlarmRules
from procurement.rules.price_alarms import Listed, grade, quarter_of, tier_of
from procurement.states import AlarmTier

RULES = PriceAlarmRules()
BASE = Decimal("1.7")


def listed(key: int, price: str, pack: int = 10, *, group: str = "A", times: str = "1") -> Listed:
    return Listed(key, group, Decimal(price), pack, Decimal(times))


@pytest.mark.parametrize(
    ("multiple", "tier"),
    [
        ("1", None),
        ("1.0001", AlarmTier.YELLOW),
        ("1.9999", AlarmTier.YELLOW),
        ("2", AlarmTier.RED_1),
        ("4.9999", AlarmTier.RED_1),
        ("5", AlarmTier.RED_2),
        ("9.9999", AlarmTier.RED_2),
        ("10", AlarmTier.RED_3),
    ],
)
def test_a_tier_begins_exactly_at_its_multiple(multiple: str, tier: AlarmTier | None) -> None:
    assert tier_of(Decimal(multiple), RULES) == tier


class TestGrade:
    def test_compares_packs_by_their_units(self) -> None:
        [graded] = grade([listed(1, "1.00"), listed(2, "20.00", 20)], strength_base=BASE, rules=RULES)
        assert (graded.product_id, graded.lowest_id, graded.multiple) == (2, 1, 10)
        assert (graded.tier, graded.is_suspended) == (AlarmTier.RED_3, True)

    def test_compares_strengths_by_the_price_ratio(self) -> None:
        # twice the content may cost 1.7 times as much
        assert not grade([listed(1, "1.00"), listed(2, "1.70", times="2")], strength_base=BASE, rules=RULES)
        [graded] = grade([listed(1, "1.00"), listed(2, "3.40", times="2")], strength_base=BASE, rules=RULES)
        assert (graded.comparable_price, graded.multiple, graded.tier) == (Decimal("0.2"), 2, AlarmTier.RED_1)

    def test_compares_nothing_across_groups_and_what_is_alone_with_nothing(self) -> None:
        assert not grade([listed(1, "1.00"), listed(2, "99.00", group="B")], strength_base=BASE, rules=RULES)

    def test_suspends_from_a_multiple_of_its_own(self) -> None:
        rules = PriceAlarmRules(suspended_from=Decimal(5))
        [graded] = grade([listed(1, "1.00"), listed(2, "5.00")], strength_base=BASE, rules=rules)
        assert (graded.tier, graded.is_suspended) == (AlarmTier.RED_2, True)

    def test_judges_by_what_is_not_rounded(self) -> None:
        # 0.0417 and 0.0833 a unit, when they are shown
        [graded] = grade([listed(1, "1.00", 24), listed(2, "2.00", 24)], strength_base=BASE, rules=RULES)
        assert (graded.comparable_price, graded.lowest_price) == (Decimal("0.0833"), Decimal("0.0417"))
        assert (graded.multiple, graded.tier) == (2, AlarmTier.RED_1)

    @given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 200)), min_size=1, max_size=12))
    def test_never_alarms_about_the_lowest_and_says_the_true_multiple(self, offers: list[tuple[int, int]]) -> None:
        rows = [listed(key, f"{price / 100:.2f}", pack) for key, (price, pack) in enumerate(offers)]
        cheapest = min(rows, key=lambda item: (item.price / item.pack_quantity, item.product_id))
        for graded in grade(rows, strength_base=BASE, rules=RULES):
            assert graded.product_id != cheapest.product_id == graded.lowest_id
            dear = rows[graded.product_id]
            exact = Fraction(dear.price) * cheapest.pack_quantity / (Fraction(cheapest.price) * dear.pack_quantity)
            assert graded.multiple > 1 and abs(Fraction(graded.multiple) - exact) < Fraction(1, 10**15)
            assert graded.tier == tier_of(graded.multiple, RULES)


@pytest.mark.parametrize(
    ("day", "begin"),
    [
        (date(2026, 1, 1), date(2026, 1, 1)),
        (date(2026, 3, 31), date(2026, 1, 1)),
        (date(2026, 4, 1), date(2026, 4, 1)),
        (date(2026, 12, 31), date(2026, 10, 1)),
    ],
)
def test_a_quarter_begins_with_its_first_month(day: date, begin: date) -> None:
    assert quarter_of(day) == begin
