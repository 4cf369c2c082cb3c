"""Is what the schemes pay back for essential medicines clearly more than for others?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalog.models import ReimbursementTerms, RuleSet
from catalog.queries.rulesets import rule_set
from catalog.rules.reimbursement import BonusVerdict, judge_bonus


@dataclass(frozen=True, slots=True)
class JudgedTerms:
    """Terms with the verdict on their bonus."""

    terms: ReimbursementTerms
    verdict: BonusVerdict


def judge_reimbursement(on: date, province_id: str = "") -> list[JudgedTerms]:
    """Every scheme and level that holds on the day, everywhere or in one province, judged by the rule of the day.

    Raises:
        NoRuleSet: no rule says how much higher is clearly higher.
    """
    least = Decimal(rule_set(RuleSet.Kind.REIMBURSEMENT, on).parameters["least_bonus"])
    rows = ReimbursementTerms.objects.in_force(on).select_related("province")
    if province_id:
        rows = rows.filter(province=province_id)
    return [JudgedTerms(row, judge_bonus(row.terms, least)) for row in rows]
