"""Patterns of orders that a supervisor should look at: figures, no verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Pattern(StrEnum):
    """What is odd; the values are also the rules' names behind ``PLATFORM.orders.``."""

    NEAR_LIMIT = "near_limit"
    ONE_APPROVER = "one_approver"
    SPLIT = "split"
    SUDDEN = "sudden"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class OddOrders:
    """A pattern in the requisitions of one institution; the figures are texts and numbers by their names."""

    pattern: Pattern
    institution_id: int
    at: datetime
    requisitions: tuple[int, ...]
    figures: Mapping[str, Any]

    @property
    def rule(self) -> str:
        """The name of the rule."""
        return f"PLATFORM.orders.{self.pattern}"


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A requisition of an institution: its amount and the limit of the one who decides alone, in yuan."""

    requisition: int
    at: datetime
    amount: Decimal
    limit: Decimal


def bursts(handed_in: Iterable[HandedIn], *, share: Decimal, count: int, within: timedelta) -> list[Sequence[HandedIn]]:
    """Runs of at least ``count`` requisitions just below the limit, each at most ``within`` after the run's first.

    Just below is from ``share`` of the limit up to the limit itself. A requisition stands in one run.
    """
    near = sorted(
        (item for item in handed_in if item.limit * share <= item.amount <= item.limit),
        key=lambda item: (item.at, item.requisition),
    )
    found: list[Sequence[HandedIn]] = []
    first = 0
    while first < len(near):
        run = [item for item in near[first:] if item.at - near[first].at <= within]
        if len(run) >= count:
            found.append(run)
        first += len(run) if len(run) >= count else 1
    return found
