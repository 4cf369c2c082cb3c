"""How short a medicine is in a province: four signals, each a step of the rule set, together a grade.

Sources: 国办发〔2019〕47号 (reports, orders and stock are looked at together, responses are graded), article 95 of the
Drug Administration Law (stops of production are reported).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from catalog.rules.shortage_rules import ShortageRules, Steps
from distribution.states import NationalListing, ShortageGrade

MONITORING = "国办发〔2019〕47号"
LAW = "药品管理法第95条"
NATIONAL_LIST = "国家短缺药品清单管理办法（2020年征求意见稿）"
TENTH = Decimal("0.1")
SHARE = Decimal("0.0001")
DAYS_OF_MONTH = 30


class Signal(StrEnum):
    REPORTS = "reports"
    UNSUPPLIED = "unsupplied"
    STOCK = "stock"
    STOP = "stop"


RULES = {
    Signal.REPORTS: ("CN.2019-47.institution-report", MONITORING),
    Signal.UNSUPPLIED: ("CN.2019-47.order-unsupplied", MONITORING),
    Signal.STOCK: ("CN.2019-47.stock-cover", MONITORING),
    Signal.STOP: ("CN.DAL-95.production-stop", LAW),
}
RULE_NATIONAL = "CN.2020-draft.national-shortage"
RULE_EASILY_SHORT = "CN.2020-draft.easily-short"


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of a presentation in a province; units are smallest units.

    ``institutions`` report, lacking ``lacking`` units a month. Of ``lines`` order lines with ``ordered`` units
    ``unsupplied`` are not supplied by anybody, of which ``silent`` wait for an overdue answer. ``usable`` units are in
    stock, ``monthly`` is their usual use; ``moved`` is by how much stock grew in the window; of ``users``
    ``users_out`` have none left. The first producer stops in ``stops_in`` days while ``others`` still supply.
    """

    institutions: int = 0
    lacking: int = 0
    lines: int = 0
    ordered: int = 0
    unsupplied: int = 0
    silent: int = 0
    usable: int = 0
    monthly: Decimal = Decimal(0)
    moved: int = 0
    users: int = 0
    users_out: int = 0
    stops_in: int | None = None
    others: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One signal: its rule and source, the values it rests on (fit for JSON), and the grade it comes to alone."""

    signal: Signal
    grade: ShortageGrade
    values: dict[str, Any]

    def as_check(self) -> dict[str, Any]:
        """As it is kept on the record."""
        rule, source = RULES[self.signal]
        return {"rule": rule, "source": source, "signal": self.signal, "grade": self.grade, "values": self.values}


def findings(figures: Figures, rules: ShortageRules) -> list[Finding]:
    """The signals that reach a step, in the order of ``Signal``."""
    return [*_reports(figures, rules), *_unsupplied(figures, rules), *_stock(figures, rules), *_stop(figures, rules)]


def grade_of(found: Sequence[Finding], rules: ShortageRules) -> ShortageGrade | None:
    """The gravest of the signals; enough of them that are short are severe together; nothing where there is none."""
    if not found:
        return None
    if sum(finding.grade != ShortageGrade.WATCH for finding in found) >= rules.signals_for_severe:
        return ShortageGrade.SEVERE
    return min((finding.grade for finding in found), key=rank)


def rank(grade: str) -> int:
    """The place of a grade, the gravest first."""
    return list(ShortageGrade).index(ShortageGrade(grade))


def _reports(figures: Figures, rules: ShortageRules) -> Iterator[Finding]:
    if grade := _step(Decimal(figures.institutions), rules.reports):
        values = {"institutions": figures.institutions, "lacking": figures.lacking}
        yield Finding(Signal.REPORTS, grade, values | _of(rules.reports))


def _unsupplied(figures: Figures, rules: ShortageRules) -> Iterator[Finding]:
    if figures.lines < rules.least_lines or not figures.ordered:
        return
    # the units are compared and not the rounded share
    share = Decimal(figures.unsupplied) / figures.ordered
    if grade := _step(share, rules.unsupplied):
        values = {
            "share": str(share.quantize(SHARE, ROUND_HALF_UP)),
            "unsupplied": figures.unsupplied,
            "silent": figures.silent,
            "ordered": figures.ordered,
            "lines": figures.lines,
        }
        yield Finding(Signal.UNSUPPLIED, grade, values | _of(rules.unsupplied))


def _stock(figures: Figures, rules: ShortageRules) -> Iterator[Finding]:
    is_falling = figures.moved < 0 or not figures.usable
    if not figures.monthly or not is_falling:
        return
    days = figures.usable * DAYS_OF_MONTH / figures.monthly
    if grade := _step(-days, _falling(rules.cover_days)):
        values = {
            "days": str(days.quantize(TENTH, ROUND_HALF_UP)),
            "usable": figures.usable,
            "monthly_use": str(figures.monthly.quantize(TENTH, ROUND_HALF_UP)),
            "moved": figures.moved,
            "users": figures.users,
            "users_out": figures.users_out,
        }
        yield Finding(Signal.STOCK, grade, values | _of(rules.cover_days))


def _stop(figures: Figures, rules: ShortageRules) -> Iterator[Finding]:
    if figures.stops_in is None:
        return
    if grade := _step(Decimal(-figures.stops_in), _falling(rules.stop_days)):
        values = {"stops_in": figures.stops_in, "others": figures.others}
        yield Finding(Signal.STOP, ShortageGrade.WATCH if figures.others else grade, values | _of(rules.stop_days))


def _falling(steps: Steps) -> Steps:
    return Steps(-steps.watch, -steps.short, -steps.severe)


def _step(value: Decimal, steps: Steps) -> ShortageGrade | None:
    """The gravest step that the value reaches."""
    return next((grade for grade in ShortageGrade if value >= getattr(steps, grade)), None)


def _of(steps: Steps) -> dict[str, str]:
    return {grade: str(getattr(steps, grade)) for grade in ShortageGrade}


def answer_days(grade: str, rules: ShortageRules) -> int | None:
    """Working days until an answer is chosen; none where the presentation is only watched."""
    return {ShortageGrade.SHORT: rules.answer_days_short, ShortageGrade.SEVERE: rules.answer_days_severe}.get(
        ShortageGrade(grade)
    )


def last_follow_up(today: date, rules: ShortageRules) -> date:
    """The latest day for the follow-up of what is answered today."""
    return today + timedelta(days=rules.follow_up_days)


def national_listing(
    *, provinces: int, times: int, rules: ShortageRules
) -> tuple[NationalListing, dict[str, Any]] | None:
    """On which national list a presentation stands, with the evidence.

    ``provinces`` are those where it is short or severely so today, ``times`` how often it was listed so anywhere in the
    months of the rules.
    """
    values = {
        "provinces": provinces,
        "national_provinces": rules.national_provinces,
        "easily_short_provinces": rules.easily_short_provinces,
        "times": times,
        "easily_short_times": rules.easily_short_times,
        "months": rules.easily_short_months,
    }
    if provinces >= rules.national_provinces:
        return NationalListing.SHORT, {"rule": RULE_NATIONAL, "source": NATIONAL_LIST, "values": values}
    if provinces >= rules.easily_short_provinces or times >= rules.easily_short_times:
        return NationalListing.EASILY_SHORT, {"rule": RULE_EASILY_SHORT, "source": NATIONAL_LIST, "values": values}
    return None
