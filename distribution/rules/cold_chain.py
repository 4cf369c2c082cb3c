"""Did the goods stay within their temperatures all the way, and is there a record of all the way?

Source: annex 3 of the Good Supply Practice (药品经营质量管理规范, 2016): the temperature of a transport is recorded
automatically, at intervals; on arrival the record is checked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Literal


@dataclass(frozen=True, slots=True)
class Reading:
    taken_at: datetime
    celsius: Decimal


@dataclass(frozen=True, slots=True)
class Limits:
    """From ``lowest`` to ``highest`` degrees Celsius, both allowed, None where there is no bound.

    ``longest_gap`` may just pass between two readings.
    """

    lowest: Decimal | None
    highest: Decimal | None
    longest_gap: timedelta

    def beyond(self, celsius: Decimal) -> Decimal:
        """By how many degrees it is too warm; negative where it is too cold, 0 within."""
        if self.highest is not None and celsius > self.highest:
            return celsius - self.highest
        if self.lowest is not None and celsius < self.lowest:
            return celsius - self.lowest
        return Decimal(0)


@dataclass(frozen=True, slots=True)
class Excursion:
    """Too warm, or too cold, from the first such reading until the next that is not, or the journey's end.

    ``extreme`` is the reading farthest beyond the limit.
    """

    start: datetime
    end: datetime
    extreme: Decimal


@dataclass(frozen=True, slots=True)
class Gap:
    """The time between two readings (or the journey's start or end) that is longer than allowed."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ColdChainReport:
    """The extremes and number of the journey's readings, and what was wrong; ``complete`` without any gap.

    Where temperatures were broken and readings are missing, the verdict speaks of the temperatures.
    """

    lowest: Decimal | None
    highest: Decimal | None
    count: int
    excursions: tuple[Excursion, ...]
    gaps: tuple[Gap, ...]
    complete: bool
    verdict: Literal["within", "excursion", "gaps", "missing"]


def assess(readings: Iterable[Reading], limits: Limits, since: datetime, until: datetime) -> ColdChainReport:
    """Judge the log of a journey from ``since`` to ``until``, both moments counted.

    The readings come in any order. Repeated ones count once, those before and after the journey not at all. Of several
    different readings of one moment (several probes) the one farthest beyond the limits is the one that is judged.

    Raises:
        ValueError: the journey ends before it starts; the lowest temperature is above the highest.
        TypeError: some times have a time zone and some have none.
    """
    if until < since:
        raise ValueError("a journey does not end before it starts")
    if limits.lowest is not None and limits.highest is not None and limits.lowest > limits.highest:
        raise ValueError("the lowest temperature is not above the highest")
    taken = {reading for reading in readings if since <= reading.taken_at <= until}
    moments = [
        (at, max((reading.celsius for reading in group), key=lambda celsius: abs(limits.beyond(celsius))))
        for at, group in groupby(sorted(taken, key=attrgetter("taken_at", "celsius")), key=attrgetter("taken_at"))
    ]
    times = [since, *(at for at, _ in moments), until]
    gaps = tuple(Gap(start, end) for start, end in pairwise(times) if end - start > limits.longest_gap)
    excursions = tuple(_excursions(moments, limits, until))
    temperatures = [reading.celsius for reading in taken]
    return ColdChainReport(
        lowest=min(temperatures, default=None),
        highest=max(temperatures, default=None),
        count=len(taken),
        excursions=excursions,
        gaps=gaps,
        complete=bool(taken) and not gaps,
        verdict="missing" if not taken else "excursion" if excursions else "gaps" if gaps else "within",
    )


def _excursions(moments: list[tuple[datetime, Decimal]], limits: Limits, until: datetime) -> Iterable[Excursion]:
    def side(moment: tuple[datetime, Decimal]) -> int:
        beyond = limits.beyond(moment[1])
        return (beyond > 0) - (beyond < 0)

    runs = [(beyond, list(run)) for beyond, run in groupby(moments, key=side)]
    for number, (beyond, run) in enumerate(runs, start=1):
        if beyond:
            temperatures = [celsius for _, celsius in run]
            end = runs[number][1][0][0] if number < len(runs) else until
            yield Excursion(run[0][0], end, max(temperatures) if beyond > 0 else min(temperatures))
