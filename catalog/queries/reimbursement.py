"""Is what the schemes pay back for essential medicines clearly more than for others?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from catalog.models import ReimbursementTerms, RuleSet
from catalog.rules.reimbursement import BonusVerdict, judge_bonus


def judge_reimbursement(rows: Iterable[ReimbursementTerms], *, today: date) -> dict[int, BonusVerdict]:
    """The verdict on each scheme and level, by the id of its terms; none where no rule says what is clearly higher.

    Terms that hold today are judged by the rule of today, others by that of the day nearest to it on which they hold.
    """
    rules = [
        (item.validity, Decimal(item.parameters["least_bonus"]))
        for item in RuleSet.objects.filter(kind=RuleSet.Kind.REIMBURSEMENT)
    ]
    found = {}
    for row in rows:
        on = _nearest_day(row, today)
        for validity, least in rules:
            if on in validity:
                found[row.pk] = judge_bonus(row.terms, least)
    return found


def _nearest_day(row: ReimbursementTerms, today: date) -> date:
    last = row.validity.upper - timedelta(days=1) if row.validity.upper else today
    return max(row.validity.lower, min(today, last))
