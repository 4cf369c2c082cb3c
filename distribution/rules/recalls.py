"""By when a recall is told and reported on, and how well it reached what it was about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

from catalog.rules.recall_rules import Limit, RecallRules

PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class RecallLimits:
    """The moments before which notice and plan are due, and the days between progress reports."""

    notify_by: datetime
    plan_by: datetime
    progress_days: int


def limits_of(level: str, *, opened_at: datetime, rules: RecallRules) -> RecallLimits:
    """The limits of a recall of the class that is opened at the moment, given in local time."""
    return RecallLimits(
        notify_by=due_before(rules.notify[level], opened_at),
        plan_by=due_before(rules.plan[level], opened_at),
        progress_days=rules.progress_days[level],
    )


def due_before(limit: Limit, start: datetime) -> datetime:
    """The end of a limit: so many hours later, or the midnight after the last of the days that follow the start."""
    if limit.hours is not None:
        return start + timedelta(hours=limit.hours)
    return _midnight_after(start, limit.days or 0)


def next_report_before(progress_days: int, start: datetime) -> datetime:
    """The midnight after the last of so many days that follow a report, given in local time."""
    return _midnight_after(start, progress_days)


def _midnight_after(start: datetime, days: int) -> datetime:
    return datetime.combine(start.date() + timedelta(days=days + 1), time.min, start.tzinfo)


@dataclass(frozen=True, slots=True)
class Reached:
    """What one receiver has and had of the lots, in units; when it was told and when it acknowledged."""

    received: int
    on_hand: int
    back: int
    destroyed: int
    sent_at: datetime | None = None
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Effectiveness:
    """How well a recall works: shares are parts of one to four places, None where there is nothing to divide by.

    Units are reachable while they were not used: on hand, handed back or destroyed. ``hours_to_stop`` are from the
    decision until nothing could be ordered, sent or dispensed any more, ``hours_to_acknowledge`` the median from notice
    to acknowledgement.
    """

    receivers: int
    told: int
    acknowledged: int
    share_acknowledged: Decimal | None
    received: int
    reachable: int
    recovered: int
    share_recovered: Decimal | None
    hours_to_stop: Decimal
    hours_to_acknowledge: Decimal | None

    def kept(self) -> dict[str, Any]:
        """As it is stored, decimal numbers as text."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def effectiveness(receivers: Sequence[Reached], *, decided_at: datetime, stopped_at: datetime) -> Effectiveness:
    """What the figures of all receivers come to."""
    told = [item for item in receivers if item.sent_at is not None]
    acknowledged = [item for item in told if item.acknowledged_at is not None]
    recovered = sum(item.back + item.destroyed for item in receivers)
    reachable = recovered + sum(item.on_hand for item in receivers)
    waits = [
        _hours(item.acknowledged_at - item.sent_at) for item in acknowledged if item.acknowledged_at and item.sent_at
    ]
    return Effectiveness(
        receivers=len(receivers),
        told=len(told),
        acknowledged=len(acknowledged),
        share_acknowledged=_share(len(acknowledged), len(receivers)),
        received=sum(item.received for item in receivers),
        reachable=reachable,
        recovered=recovered,
        share_recovered=_share(recovered, reachable),
        hours_to_stop=_hours(stopped_at - decided_at),
        hours_to_acknowledge=median(waits) if waits else None,
    )


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(PLACES, ROUND_HALF_UP) if whole else None


def _hours(span: timedelta) -> Decimal:
    return (Decimal(span.total_seconds()) / 3600).quantize(Decimal("0.01"), ROUND_HALF_UP)
