"""By when a recall is told and reported on, by its class, as a dated rule set states.

Sources: the recall measures of 2007 (SFDA Order 29: the stop of sale is told within 24, 48 or 72 hours, the plan goes
to the province within 1, 3 or 7 days) and of 2022 (in force since 1 November 2022: the notice within 1, 3 or 7 days);
progress reports every day, every 3 or every 7 days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from django.utils.translation import gettext

from catalog.rules.parameters import Parameters

# As ``distribution.states.RecallClass`` names them.
CLASSES = ("I", "II", "III")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many hours by the clock, or so many days, the last of which ends at midnight."""

    hours: int | None = None
    days: int | None = None


def _days(first: int, second: int, third: int) -> Mapping[str, Limit]:
    return {name: Limit(days=days) for name, days in zip(CLASSES, (first, second, third), strict=True)}


@dataclass(frozen=True, slots=True)
class RecallRules:
    """The limits of a recall by class, the rule that sets them, and which classes are made public.

    A receiver that has not acknowledged after ``acknowledge_days`` is reminded.
    """

    rule: str = "CN.2022-92.recall"
    notify: Mapping[str, Limit] = field(default_factory=lambda: _days(1, 3, 7))
    plan: Mapping[str, Limit] = field(default_factory=lambda: _days(1, 3, 7))
    progress_days: Mapping[str, int] = field(default_factory=lambda: dict(zip(CLASSES, (1, 3, 7), strict=True)))
    public_classes: tuple[str, ...] = ("I", "II")
    acknowledge_days: int = 1

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set; what is left out has its default.

        Raises:
            UnfitParameter
        """
        read = Parameters.of(parameters, known=[item.name for item in fields(cls)])
        usual = cls()
        return cls(
            rule=read.text("rule") if read.states("rule") else usual.rule,
            notify=_limits(read, "notify", usual.notify),
            plan=_limits(read, "plan", usual.plan),
            progress_days=_progress(read, usual.progress_days),
            public_classes=_classes(read, usual.public_classes),
            acknowledge_days=read.whole("acknowledge_days", usual.acknowledge_days),
        )


def _limits(read: Parameters, name: str, usual: Mapping[str, Limit]) -> Mapping[str, Limit]:
    if not read.states(name):
        return usual
    part = read.part(name, CLASSES)
    return {level: _limit(part.part(level, ("hours", "days"))) for level in CLASSES}


def _limit(part: Parameters) -> Limit:
    """Hours or days, not both."""
    if part.states("hours") and part.states("days"):
        raise part.unfit("days", gettext("is stated beside hours: state one of them"))
    return Limit(hours=part.whole("hours")) if part.states("hours") else Limit(days=part.whole("days"))


def _progress(read: Parameters, usual: Mapping[str, int]) -> Mapping[str, int]:
    if not read.states("progress_days"):
        return usual
    part = read.part("progress_days", CLASSES)
    return {level: part.whole(level) for level in CLASSES}


def _classes(read: Parameters, usual: tuple[str, ...]) -> tuple[str, ...]:
    if not read.states("public_classes"):
        return usual
    value = read.given["public_classes"]
    if not isinstance(value, list) or any(level not in CLASSES for level in value):
        raise read.unfit("public_classes", gettext("is not one of %(choices)s") % {"choices": ", ".join(CLASSES)})
    return tuple(level for level in CLASSES if level in value)
