"""When accepted goods are to be paid, what lateness costs, and how old debts are.

Sources: 国办发〔2010〕56号 (30 days from acceptance); volume-based procurement: by the end of the month after
acceptance. The interest is what the agreement states.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Self

from catalog.foundation.money import round_half_up
from catalog.rules.invoicing_rules import InvoicingRules, PaymentClock
from catalog.rules.months import months_after

# Days overdue up to which a debt counts as young, middling and old, as lists of debts are usually drawn up.
AGES = (30, 60, 90)


@dataclass(frozen=True, slots=True)
class PaymentTerm:
    """``days`` are calendar days from acceptance, and mean nothing where the clock is the end of the next month."""

    kind: PaymentClock
    days: int = 0

    @classmethod
    def of(cls, rules: InvoicingRules, *, is_volume_based: bool) -> Self:
        """The term of the rule set for goods from volume-based procurement, or for all others."""
        return cls(rules.volume_based_payment if is_volume_based else PaymentClock.DAYS, rules.payment_days)


@dataclass(frozen=True, slots=True)
class AgeBucket:
    """Debts that are overdue from ``least`` to ``most`` days, both included; in yuan.

    The first bucket is what is not overdue yet (``least`` None), the last has no end (``most`` None).
    """

    least: int | None
    most: int | None
    count: int
    amount: Decimal


def due_on(accepted_on: date, term: PaymentTerm) -> date:
    """The last day on which payment is in time."""
    if term.kind == PaymentClock.END_OF_NEXT_MONTH:
        return months_after(accepted_on.replace(day=1), 2) - timedelta(days=1)
    return accepted_on + timedelta(days=term.days)


def interest(amount: Decimal, *, due_on: date, paid_on: date, per_day: Decimal) -> Decimal:
    """Simple interest on an amount in yuan for each day after the due day, half-up to the fen; ``per_day`` is a share.

    Nothing where it was paid in time, and nothing on a credit.

    Raises:
        ValueError: the share is negative.
    """
    if per_day < 0:
        raise ValueError("a share of interest is not negative")
    days_late = max((paid_on - due_on).days, 0)
    return round_half_up(max(amount, Decimal(0)) * per_day * days_late)


def ageing(debts: Iterable[tuple[date, Decimal]], *, on: date, bounds: tuple[int, ...] = AGES) -> list[AgeBucket]:
    """Sort unpaid amounts (due day, yuan) into what is not overdue on a day and the ages up to each bound.

    ``bounds`` are days overdue, ascending. Every bucket is there, empty ones too.
    """
    edges = (0, *bounds)
    counts, amounts = [0] * (len(edges) + 1), [Decimal("0.00")] * (len(edges) + 1)
    for due, amount in debts:
        place = bisect_left(edges, (on - due).days)
        counts[place] += 1
        amounts[place] += amount
    spans: list[tuple[int | None, int | None]] = [
        (None, 0),
        *((lower + 1, upper) for lower, upper in pairwise(edges)),
        (edges[-1] + 1, None),
    ]
    return [
        AgeBucket(least, most, count, amount)
        for (least, most), count, amount in zip(spans, counts, amounts, strict=True)
    ]
