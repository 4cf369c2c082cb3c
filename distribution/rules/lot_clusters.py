"""Do adverse reactions crowd on one lot? The reports of a lot in a sliding window of days.

No Chinese rule gives numbers; the limits are parameters of the safety rules, and every ground says what was compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import exp, fsum, lgamma, log
from typing import Any

from catalog.rules.safety_rules import SafetyRules

SAME_EVENT = "PLATFORM.lot-cluster.same-event"
SERIOUS = "PLATFORM.lot-cluster.serious"
DEATH = "PLATFORM.lot-cluster.death"
EXPOSURE = "PLATFORM.lot-cluster.poisson"
GRAVE = ("death", "serious")


@dataclass(frozen=True, slots=True)
class LotReport:
    """A report about the lot; ``is_fresh`` unless it was there when somebody decided about the lot last."""

    onset_on: date
    event: str
    seriousness: str
    is_fresh: bool = True


@dataclass(frozen=True, slots=True)
class Exposure:
    """All reports about the product, and how many of its units were received, of the lot and of all lots."""

    reports: int
    lot_units: int
    units: int

    @property
    def expected(self) -> float | None:
        """The reports that the lot would have, were it like the others; None where nothing was received."""
        return self.reports * self.lot_units / self.units if self.units and self.lot_units else None


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a lot is warned of: the rule, the values, and the first and the last report of the window."""

    rule: str
    values: dict[str, Any]
    first_on: date
    last_on: date


def clusters(reports: Sequence[LotReport], exposure: Exposure, rules: SafetyRules) -> list[Ground]:
    """Every ground on which the reports of one lot warn of it, each with its fullest window; empty if none does.

    A window is ``cluster_days`` wide and has a fresh report in it.
    """
    windows = [window for window in _windows(reports, rules.cluster_days) if any(item.is_fresh for item in window)]
    if not windows:
        return []
    grounds = [
        _most(windows, DEATH, rules.cluster_deaths, lambda item: item.seriousness == "death"),
        _most(windows, SERIOUS, rules.cluster_serious, lambda item: item.seriousness in GRAVE),
        _same_event(windows, rules),
        _beyond_exposure(windows, exposure, rules),
    ]
    return [ground for ground in grounds if ground is not None]


def poisson_tail(count: int, expected: float) -> float:
    """The probability of ``count`` or more where ``expected`` are expected, by Poisson's distribution."""
    if count <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    # by logarithms: the exponential of a great number has no float
    below = fsum(exp(number * log(expected) - expected - lgamma(number + 1)) for number in range(count))
    return min(max(1 - below, 0.0), 1.0)


def _windows(reports: Sequence[LotReport], days: int) -> Iterator[Sequence[LotReport]]:
    """The reports of the ``days`` days that begin with each report: no fuller window begins elsewhere."""
    rows = sorted(reports, key=lambda item: item.onset_on)
    end = 0
    for start, first in enumerate(rows):
        while end < len(rows) and rows[end].onset_on < first.onset_on + timedelta(days=days):
            end += 1
        yield rows[start:end]


def _most(
    windows: Sequence[Sequence[LotReport]], rule: str, least: int, counts: Callable[[LotReport], bool]
) -> Ground | None:
    found = [[item for item in window if counts(item)] for window in windows]
    fullest = max(found, key=len)
    return _ground(rule, fullest, {"reports": len(fullest), "least": least}) if len(fullest) >= least else None


def _same_event(windows: Sequence[Sequence[LotReport]], rules: SafetyRules) -> Ground | None:
    best: list[LotReport] = []
    for window in windows:
        [(event, count)] = Counter(item.event for item in window).most_common(1)
        if count > len(best):
            best = [item for item in window if item.event == event]
    if len(best) < rules.cluster_same_event:
        return None
    values = {"event": best[0].event, "reports": len(best), "least": rules.cluster_same_event}
    return _ground(SAME_EVENT, best, values)


def _beyond_exposure(windows: Sequence[Sequence[LotReport]], exposure: Exposure, rules: SafetyRules) -> Ground | None:
    fullest = max(windows, key=len)
    if exposure.expected is None or len(fullest) < rules.cluster_least_reports:
        return None
    tail = poisson_tail(len(fullest), exposure.expected)
    if Decimal(tail) >= rules.cluster_probability:
        return None
    values = {
        "reports": len(fullest),
        "expected": f"{exposure.expected:.4f}",
        "probability": f"{tail:.2e}",
        "limit": str(rules.cluster_probability),
        "lot_units": exposure.lot_units,
        "units": exposure.units,
    }
    return _ground(EXPOSURE, fullest, values)


def _ground(rule: str, reports: Sequence[LotReport], values: dict[str, Any]) -> Ground:
    return Ground(rule, values, reports[0].onset_on, reports[-1].onset_on)
