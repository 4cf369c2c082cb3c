"""From which signals on a medicine is short in a province, and when so many provinces are short that the country is.

Sources: 国办发〔2019〕47号 (linked monitoring, graded responses, a list of shortages, producers report stops), the
draft rules on the national shortage list of 2020 (on the lists of at least three provinces; a companion list of what
is easily short), article 95 of the Drug Administration Law (a holder reports a stop of production). The steps of the
grades and the days are not stated there: those of a province replace the defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import pairwise
from typing import Any, Self

from django.utils.translation import gettext

from catalog.rules.parameters import Parameters

GRADES = ("watch", "short", "severe")


@dataclass(frozen=True, slots=True)
class Steps:
    """From which value on a signal is watched, short, severe; falling where less is worse."""

    watch: Decimal
    short: Decimal
    severe: Decimal


@dataclass(frozen=True, slots=True)
class ShortageRules:
    """The numbers by which signals become a grade, and a grade asks for an answer.

    ``reports`` are institutions whose report stands and is at most ``window_days`` old. ``unsupplied`` is the share of
    the units ordered in the window, from ``least_lines`` order lines on, that nobody answered for or supplied.
    ``cover_days`` are days that the province's usable stock lasts by its usual use, where it fell within the window or
    is gone. ``stop_days`` are days until a producer stops; where others supply the same presentation a stop is only
    watched. So many signals that are each short (``signals_for_severe``) are severe together.

    ``answer_days_*`` are working days until the province chooses an answer, ``follow_up_days`` the most calendar days
    until it is followed up; what an officer closed is listed again at the same grade after ``quiet_days`` at the
    soonest. ``stop_notice_months`` before it stops a producer tells of it. ``national_provinces`` that are short make a
    national item; ``easily_short_provinces`` that are, or ``easily_short_times`` shortages listed anywhere within
    ``easily_short_months``, one that is watched.
    """

    window_days: int = 30
    reports: Steps = Steps(Decimal(1), Decimal(2), Decimal(5))
    unsupplied: Steps = Steps(Decimal("0.2"), Decimal("0.5"), Decimal("0.8"))
    least_lines: int = 2
    cover_days: Steps = Steps(Decimal(30), Decimal(15), Decimal(7))
    stop_days: Steps = Steps(Decimal(180), Decimal(90), Decimal(30))
    signals_for_severe: int = 3
    answer_days_short: int = 5
    answer_days_severe: int = 2
    follow_up_days: int = 30
    quiet_days: int = 30
    stop_notice_months: int = 6
    national_provinces: int = 3
    easily_short_provinces: int = 2
    easily_short_times: int = 3
    easily_short_months: int = 12

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set; decimal numbers are texts, and what is left out has its default.

        Raises:
            UnfitParameter
        """
        read = Parameters.of(parameters, known=[field.name for field in fields(cls)])
        usual = cls()
        whole = {
            field.name: read.whole(field.name, value)
            for field in fields(cls)
            if isinstance(value := getattr(usual, field.name), int)
        }
        rules = cls(
            reports=_steps(read, "reports", usual.reports),
            unsupplied=_steps(read, "unsupplied", usual.unsupplied, most=1),
            cover_days=_steps(read, "cover_days", usual.cover_days, is_falling=True),
            stop_days=_steps(read, "stop_days", usual.stop_days, is_falling=True),
            **whole,
        )
        for smaller, larger in (
            ("answer_days_severe", "answer_days_short"),
            ("easily_short_provinces", "national_provinces"),
        ):
            if whole[smaller] > (limit := whole[larger]):
                raise read.unfit(
                    smaller,
                    gettext("must be at most “%(other)s”, which is %(limit)s") % {"other": larger, "limit": limit},
                )
        return rules


def _steps(read: Parameters, name: str, usual: Steps, *, is_falling: bool = False, most: int | None = None) -> Steps:
    if name not in read.given:
        return usual
    part = read.part(name, GRADES)
    steps = [part.decimal(grade, most=most) for grade in GRADES]
    for (milder, one), (graver, other) in pairwise(zip(GRADES, steps, strict=True)):
        if (one < other) if is_falling else (one > other):
            raise part.unfit(graver, gettext("must not be milder than “%(other)s”") % {"other": milder})
    return Steps(*steps)
