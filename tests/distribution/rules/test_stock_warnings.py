from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from distribution.rules.stock_warnings import near_expiry_before, warning_of_product


def test_exactly_six_months_of_life_are_near_today_and_the_last_day_counted() -> None:
    assert near_expiry_before(date(2026, 3, 10), 6) == date(2026, 9, 10)


@pytest.mark.parametrize(
    ("usable", "monthly_use", "warning"),
    [(0, "0", None), (0, "0.1", "stock_out"), (44, "30", "low"), (45, "30", None), (1, "0", None)],
)
def test_says_whether_a_product_runs_out(usable: int, monthly_use: str, warning: str | None) -> None:
    """The cover is a month and a half of the usual use."""
    found = warning_of_product(usable=usable, monthly_use=Decimal(monthly_use), cover_months=Decimal("1.5"))
    assert found == warning
