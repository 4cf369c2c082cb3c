"""How well was delivered: the indicators of a set of order lines, and the marks that they are judged by.

Sources: the definitions of the national monitoring (配送率, 到货率, 三天到货率), 国办发〔2010〕56号 (who does not
deliver in time is recorded); the marks are those of contracts, as the rule set states them. The queries compute the
same in SQL and are tested against this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext

from catalog.foundation.money import UNIT_PRICE, round_half_up
from catalog.rules.delivery_rules import DeliveryRules
from distribution.rules.checks import Check, Gate

RULE_PASS = "CN.contract.delivery-rate-pass"
RULE_WARN = "CN.contract.delivery-rate-warn"
SOURCE = "国办发〔2010〕56号"


@dataclass(frozen=True, slots=True)
class LineFact:
    """What became of one line of an order, in packs; ``answered_at`` and ``answer_due_at`` are those of its order.

    ``packs`` are those that were to come: ordered, without what the institution did not want any more and what could
    not come by force majeure. ``fully_received_at`` is when the last of them was accepted.
    """

    order: int
    line: int
    packs: int
    confirmed: int
    despatched: int
    accepted: int
    placed_at: datetime
    answered_at: datetime | None
    answer_due_at: datetime
    due_at: datetime
    fully_received_at: datetime | None
    is_refused: bool

    @property
    def is_answered_in_time(self) -> bool:
        return self.answered_at is not None and self.answered_at <= self.answer_due_at

    @property
    def is_in_full_on_time(self) -> bool:
        return self.fully_received_at is not None and self.fully_received_at <= self.due_at

    def has_arrived_within(self, days: int) -> bool:
        return self.fully_received_at is not None and self.fully_received_at <= self.placed_at + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Counts:
    """What the rates are made of: packs delivered and accepted of packs ordered, and lines and orders that did well."""

    orders: int
    lines: int
    packs: int
    delivered: int
    accepted: int
    lines_in_three_days: int
    orders_in_full_on_time: int
    orders_answered_in_time: int
    refused_lines: int


@dataclass(frozen=True, slots=True)
class Indicators:
    """Rates as parts of one to four places, None where there is nothing to divide by.

    Delivery and received rate are of packs, three-day and refusal rate of lines, the others of orders.
    """

    delivery_rate: Decimal | None
    received_rate: Decimal | None
    three_day_rate: Decimal | None
    in_full_on_time_rate: Decimal | None
    response_rate: Decimal | None
    refusal_rate: Decimal | None
    counts: Counts


def measure(lines: Iterable[LineFact], *, three_days: int) -> Indicators:
    """The indicators of the lines; the caller leaves out those whose time to be answered or delivered still runs.

    What was sent or accepted beyond the ordered packs (a replacement) does not make up for what another line lacks.
    """
    return rates_of(_count(list(lines), three_days))


def rates_of(counts: Counts) -> Indicators:
    """The rates that the counts come to."""
    return Indicators(
        delivery_rate=_rate(counts.delivered, counts.packs),
        received_rate=_rate(counts.accepted, counts.packs),
        three_day_rate=_rate(counts.lines_in_three_days, counts.lines),
        in_full_on_time_rate=_rate(counts.orders_in_full_on_time, counts.orders),
        response_rate=_rate(counts.orders_answered_in_time, counts.orders),
        refusal_rate=_rate(counts.refused_lines, counts.lines),
        counts=counts,
    )


def judge(indicators: Indicators, rules: DeliveryRules) -> list[Check]:
    """The delivery rate against its pass mark and its warning mark; nothing where there are too few lines to judge.

    The packs are compared and not the rounded rate: 94.996 % do not pass at 95 %.
    """
    counts = indicators.counts
    if counts.lines < rules.least_lines or not counts.packs:
        return []
    return [
        _check(RULE_PASS, indicators, rules.delivery_rate_pass),
        _check(RULE_WARN, indicators, rules.delivery_rate_warn),
    ]


def _check(rule: str, indicators: Indicators, mark: Decimal) -> Check:
    counts = indicators.counts
    passed = counts.delivered >= mark * counts.packs
    percent = f"{(mark * 100).normalize():f}"
    words = gettext("%(delivered)s of %(packs)s ordered packs were delivered, at least %(mark)s %% are expected.")
    return Check(
        rule=rule,
        source=SOURCE,
        gate=Gate.WARNING,
        passed=passed,
        sentence=words % {"delivered": counts.delivered, "packs": counts.packs, "mark": percent},
        values={"delivery_rate": str(indicators.delivery_rate), "mark": str(mark), **asdict(counts)},
    )


def _count(lines: list[LineFact], three_days: int) -> Counts:
    lines_of: dict[int, list[LineFact]] = defaultdict(list)
    for line in lines:
        lines_of[line.order].append(line)
    return Counts(
        orders=len(lines_of),
        lines=len(lines),
        packs=sum(line.packs for line in lines),
        delivered=sum(min(line.despatched, line.packs) for line in lines),
        accepted=sum(min(line.accepted, line.packs) for line in lines),
        lines_in_three_days=sum(line.has_arrived_within(three_days) for line in lines),
        orders_in_full_on_time=sum(all(line.is_in_full_on_time for line in order) for order in lines_of.values()),
        orders_answered_in_time=sum(all(line.is_answered_in_time for line in order) for order in lines_of.values()),
        refused_lines=sum(line.is_refused for line in lines),
    )


def _rate(part: int, whole: int) -> Decimal | None:
    return round_half_up(Decimal(part) / whole, UNIT_PRICE) if whole else None
