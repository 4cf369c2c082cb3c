"""Is an event reported more often after a product than after the others? The statistics of a two-by-two table.

Sources: Evans, Waller and Davis 2001 (PRR, as the MHRA reads it), the EMA's guideline EMEA/106464/2006 (lower bound of
the PRR), van Puijenbroek 2002 (ROR), Norén 2013 (information component with shrinkage and its lower bound).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from math import exp, log, log2, sqrt
from typing import Any

from catalog.rules.safety_rules import SafetyRules

# Two-sided, 95 %.
Z = 1.96
# How a lower bound of the information component falls below it (Norén 2013, 2.5 %).
FALL, FASTER_FALL = 3.3, 2.0


class Method(StrEnum):
    """Whose threshold a pair passes."""

    PRR = "prr"
    ROR = "ror"
    EMA = "ema"
    IC = "ic"


@dataclass(frozen=True, slots=True)
class Counts:
    """Reports: ``a`` of the event after the product, ``b`` of others after it, ``c`` of the event after other products,
    ``d`` of others after others. ``a`` is at least one."""

    a: int
    b: int
    c: int
    d: int

    @property
    def total(self) -> int:
        return self.a + self.b + self.c + self.d


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its bounds of 95 %."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is reckoned from the counts; ``ic`` has the lower bound alone, since nothing asks for the upper one."""

    prr: Interval
    ror: Interval
    chi_squared: float
    yates: float
    ic: float
    ic_lower: float


def statistics(counts: Counts) -> Statistics:
    """Every statistic of the table.

    Where one of ``b``, ``c`` and ``d`` is nought, ratios are taken with half a report more in every cell (Haldane and
    Anscombe), since they were infinite or undefined otherwise; χ² and the information component need no such help.
    """
    return Statistics(
        prr=_prr(counts),
        ror=_ror(counts),
        chi_squared=_chi_squared(counts, correction=0),
        yates=_chi_squared(counts, correction=counts.total / 2),
        ic=_ic(counts),
        ic_lower=_ic(counts) - FALL * (counts.a + 0.5) ** -0.5 - FASTER_FALL * (counts.a + 0.5) ** -1.5,
    )


def methods_passed(counts: Counts, found: Statistics, rules: SafetyRules) -> tuple[Method, ...]:
    """The methods whose threshold the pair passes; at a threshold it is passed."""
    passed = {
        Method.PRR: counts.a >= rules.prr_least_reports
        and found.prr.value >= rules.prr_least
        and found.chi_squared >= rules.chi_squared_least,
        Method.ROR: counts.a >= rules.ror_least_reports and found.ror.lower > 1,
        Method.EMA: counts.a >= rules.ema_least_reports and found.prr.lower >= 1,
        Method.IC: found.ic_lower > 0,
    }
    return tuple(method for method in Method if passed[method])


def told(counts: Counts, found: Statistics) -> dict[str, Any]:
    """The counts and statistics as they are kept, to six places."""
    rounded = {
        name: round(value, 6) if isinstance(value, float) else {key: round(part, 6) for key, part in value.items()}
        for name, value in asdict(found).items()
    }
    return {**asdict(counts), **rounded}


def _helped(counts: Counts) -> tuple[float, float, float, float]:
    half = 0 if counts.b and counts.c and counts.d else 0.5
    return counts.a + half, counts.b + half, counts.c + half, counts.d + half


def _prr(counts: Counts) -> Interval:
    a, b, c, d = _helped(counts)
    return _interval((a / (a + b)) / (c / (c + d)), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def _ror(counts: Counts) -> Interval:
    a, b, c, d = _helped(counts)
    return _interval(a * d / (b * c), 1 / a + 1 / b + 1 / c + 1 / d)


def _interval(ratio: float, variance: float) -> Interval:
    half = Z * sqrt(variance)
    return Interval(ratio, exp(log(ratio) - half), exp(log(ratio) + half))


def _chi_squared(counts: Counts, *, correction: float) -> float:
    a, b, c, d = counts.a, counts.b, counts.c, counts.d
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    # with an empty margin there is nothing to compare
    return counts.total * max(abs(a * d - b * c) - correction, 0) ** 2 / margins if margins else 0.0


def _ic(counts: Counts) -> float:
    expected = (counts.a + counts.b) * (counts.a + counts.c) / counts.total
    return log2((counts.a + 0.5) / (expected + 0.5))
