from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.foundation.figures.scales import date_ticks, log_ticks, money_ticks, spread, ticks_from_zero

prices = st.decimals(Decimal("0.0001"), Decimal("99999999"), places=4)


class TestMoneyTicks:
    @pytest.mark.parametrize(
        ("lowest", "highest", "ticks"),
        [
            ("3.99", "10.10", ["0", "2", "4", "6", "8", "10", "12"]),
            ("8.00", "8.72", ["8.0", "8.2", "8.4", "8.6", "8.8"]),
            ("6.00", "6.00", ["5.7", "5.8", "5.9", "6.0", "6.1", "6.2", "6.3"]),
            ("0.02", "0.40", ["0.0", "0.1", "0.2", "0.3", "0.4"]),
        ],
    )
    def test_are_round(self, lowest: str, highest: str, ticks: list[str]) -> None:
        assert money_ticks(Decimal(lowest), Decimal(highest)) == [Decimal(tick) for tick in ticks]

    @given(prices, prices)
    def test_enclose_every_price_at_equal_distances(self, one: Decimal, other: Decimal) -> None:
        lowest, highest = sorted([one, other])
        ticks = money_ticks(lowest, highest)
        assert 0 <= ticks[0] <= lowest <= highest <= ticks[-1]
        assert 2 <= len(ticks) <= 7
        assert len({after - before for before, after in pairwise(ticks)}) == 1

    @pytest.mark.parametrize(("lowest", "highest"), [("0", "1"), ("2", "1"), ("-1", "1")])
    def test_refuses_what_are_no_prices_in_order(self, lowest: str, highest: str) -> None:
        with pytest.raises(ValueError, match="lowest price"):
            money_ticks(Decimal(lowest), Decimal(highest))


class TestTicksFromZero:
    @given(st.decimals(0, Decimal("99999999"), places=2))
    def test_begin_at_nothing_and_enclose_the_highest(self, highest: Decimal) -> None:
        ticks = ticks_from_zero(highest)
        assert ticks[0] == 0 < ticks[-1] >= highest
        assert 2 <= len(ticks) <= 6


class TestLogTicks:
    @pytest.mark.parametrize(
        ("lowest", "highest", "ticks"),
        [
            ("3.99", "10.10", ["2", "5", "10", "20"]),
            ("8.72", "8.73", ["5", "10"]),
            ("0.5", "900", ["0.1", "1", "10", "100", "1000"]),
            ("10", "10", ["10", "20"]),
        ],
    )
    def test_are_one_two_five_or_powers_of_ten(self, lowest: str, highest: str, ticks: list[str]) -> None:
        assert log_ticks(Decimal(lowest), Decimal(highest)) == [Decimal(tick) for tick in ticks]

    @given(prices, prices)
    def test_enclose_every_amount_in_order(self, one: Decimal, other: Decimal) -> None:
        lowest, highest = sorted([one, other])
        ticks = log_ticks(lowest, highest)
        assert 0 < ticks[0] <= lowest <= highest <= ticks[-1]
        assert ticks == sorted(set(ticks)) and 2 <= len(ticks) <= 14

    @pytest.mark.parametrize(("lowest", "highest"), [("0", "1"), ("2", "1")])
    def test_refuse_what_is_not_positive_and_in_order(self, lowest: str, highest: str) -> None:
        with pytest.raises(ValueError, match="lowest amount"):
            log_ticks(Decimal(lowest), Decimal(highest))


class TestDateTicks:
    @pytest.mark.parametrize(
        ("since", "until", "labels"),
        [
            (date(2021, 11, 23), date(2026, 11, 23), ["2022", "2023", "2024", "2025", "2026"]),
            (date(2024, 2, 1), date(2024, 8, 1), ["2024-02", "2024-03", "2024-04", "2024-05", "2024-06", "2024-07"]),
            (date(2024, 1, 1), date(2024, 1, 22), ["2024-01-01", "2024-01-08", "2024-01-15"]),
            (date(2024, 1, 1), date(2024, 1, 2), ["2024-01-01"]),
            (date(1990, 1, 1), date(2026, 1, 1), ["1990", "1995", "2000", "2005", "2010", "2015", "2020", "2025"]),
        ],
    )
    def test_are_firsts_of_years_and_months_or_days(self, since: date, until: date, labels: list[str]) -> None:
        assert [label for _day, label in date_ticks(since, until)] == labels

    @given(st.dates(date(1949, 10, 1), date(2099, 12, 31)), st.integers(1, 50 * 366))
    def test_lie_in_order_within_the_days(self, since: date, days: int) -> None:
        until = since + timedelta(days=days)
        ticks = [day for day, _label in date_ticks(since, until)]
        assert len(ticks) <= 8 and ticks == sorted(set(ticks))
        assert all(since <= day < until for day in ticks)
        assert ticks or days < 14


class TestSpread:
    @given(st.lists(st.floats(0, 300), max_size=12))
    def test_keeps_labels_apart_in_order_and_in_bounds(self, wanted: list[float]) -> None:
        placed = spread(wanted, gap=17, lowest=0, highest=300)
        assert all(-0.001 <= place <= 300.001 for place in placed)
        order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
        assert all(placed[after] - placed[before] >= 16.999 for before, after in pairwise(order))

    def test_leaves_alone_what_does_not_overlap(self) -> None:
        assert spread([200.0, 10.0, 60.0], gap=17, lowest=0, highest=300) == [200.0, 10.0, 60.0]
