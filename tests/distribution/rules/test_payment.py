from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules.invoicing_rules import InvoicingRules, PaymentClock
from distribution.rules.payment import PaymentTerm, ageing, due_on, interest

days = st.dates(date(2016, 1, 1), date(2040, 12, 31))
amounts = st.decimals("0.01", "9999999.99", places=2)


class TestDueDay:
    @pytest.mark.parametrize(
        ("accepted_on", "expected"),
        [
            (date(2026, 3, 2), date(2026, 4, 1)),
            (date(2026, 1, 31), date(2026, 3, 2)),
            (date(2028, 1, 31), date(2028, 3, 1)),
            (date(2026, 12, 15), date(2027, 1, 14)),
        ],
    )
    def test_is_thirty_days_after_acceptance(self, accepted_on: date, expected: date) -> None:
        term = PaymentTerm.of(InvoicingRules(), is_volume_based=False)
        assert term == PaymentTerm(PaymentClock.DAYS, 30)
        assert due_on(accepted_on, term) == expected

    @pytest.mark.parametrize(
        ("accepted_on", "expected"),
        [
            (date(2026, 3, 1), date(2026, 4, 30)),
            (date(2026, 3, 31), date(2026, 4, 30)),
            (date(2026, 1, 31), date(2026, 2, 28)),
            (date(2028, 1, 1), date(2028, 2, 29)),
            (date(2026, 11, 30), date(2026, 12, 31)),
            (date(2026, 12, 31), date(2027, 1, 31)),
        ],
    )
    def test_of_volume_based_procurement_ends_the_month_after(self, accepted_on: date, expected: date) -> None:
        term = PaymentTerm.of(InvoicingRules(), is_volume_based=True)
        assert due_on(accepted_on, term) == expected

    def test_follows_the_rule_set(self) -> None:
        rules = InvoicingRules(payment_days=60, volume_based_payment=PaymentClock.DAYS)
        for is_volume_based in (False, True):
            term = PaymentTerm.of(rules, is_volume_based=is_volume_based)
            assert due_on(date(2026, 3, 2), term) == date(2026, 5, 1)

    @given(days)
    def test_of_the_next_month_is_its_last_day(self, accepted_on: date) -> None:
        due = due_on(accepted_on, PaymentTerm(PaymentClock.END_OF_NEXT_MONTH))
        assert (due + timedelta(days=1)).day == 1
        assert (due.year * 12 + due.month) - (accepted_on.year * 12 + accepted_on.month) == 1


class TestInterest:
    DUE = date(2026, 4, 1)

    @pytest.mark.parametrize(
        ("amount", "paid_on", "per_day", "expected"),
        [
            ("10000.00", date(2026, 3, 1), "0.0005", "0.00"),
            ("10000.00", date(2026, 4, 1), "0.0005", "0.00"),
            ("10000.00", date(2026, 4, 2), "0.0005", "5.00"),
            ("10000.00", date(2026, 5, 1), "0.0005", "150.00"),
            ("10000.00", date(2026, 5, 1), "0", "0.00"),
            # 9.00 × 0.0005 × 1 = 0.0045, and × 30 = 0.135
            ("9.00", date(2026, 4, 2), "0.0005", "0.00"),
            ("9.00", date(2026, 5, 1), "0.0005", "0.14"),
            ("-9.00", date(2026, 5, 1), "0.0005", "0.00"),
        ],
    )
    def test_runs_from_the_day_after_the_due_day(self, amount: str, paid_on: date, per_day: str, expected: str) -> None:
        found = interest(Decimal(amount), due_on=self.DUE, paid_on=paid_on, per_day=Decimal(per_day))
        assert str(found) == expected

    def test_refuses_a_negative_share(self) -> None:
        with pytest.raises(ValueError, match="not negative"):
            interest(Decimal(1), due_on=self.DUE, paid_on=self.DUE, per_day=Decimal("-0.0001"))

    @given(amounts, days, days, days, st.decimals(0, 1, places=6))
    def test_never_falls_with_the_days(
        self, amount: Decimal, due: date, one: date, other: date, per_day: Decimal
    ) -> None:
        earlier, later = sorted((one, other))
        first, second = (interest(amount, due_on=due, paid_on=day, per_day=per_day) for day in (earlier, later))
        assert 0 <= first <= second
        assert (later > due) or second == 0


class TestAgeing:
    ON = date(2026, 7, 1)

    @pytest.mark.parametrize(
        ("days_overdue", "place"),
        [(-30, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (4000, 4)],
    )
    def test_puts_a_debt_in_the_bucket_of_its_days(self, days_overdue: int, place: int) -> None:
        buckets = ageing([(self.ON - timedelta(days=days_overdue), Decimal("5.00"))], on=self.ON)
        assert [bucket.count for bucket in buckets] == [int(number == place) for number in range(5)]
        assert [(bucket.least, bucket.most) for bucket in buckets] == [
            (None, 0),
            (1, 30),
            (31, 60),
            (61, 90),
            (91, None),
        ]

    @given(st.lists(st.tuples(days, amounts)), days, st.lists(st.integers(1, 400), unique=True).map(sorted))
    def test_loses_and_doubles_nothing(self, debts: list[tuple[date, Decimal]], on: date, bounds: list[int]) -> None:
        buckets = ageing(debts, on=on, bounds=tuple(bounds))
        assert sum(bucket.count for bucket in buckets) == len(debts)
        assert sum(bucket.amount for bucket in buckets) == sum(amount for _due, amount in debts)
        for bucket in buckets:
            within = [
                amount
                for due, amount in debts
                if (bucket.least is None or (on - due).days >= bucket.least)
                and (bucket.most is None or (on - due).days <= bucket.most)
            ]
            assert (bucket.count, bucket.amount) == (len(within), sum(within))
