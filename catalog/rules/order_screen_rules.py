"""Which patterns of orders a supervisor looks at, as a dated rule set of the kind ``order_screens`` states it.

No document gives these numbers: they are the platform's, and a province sets its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self

from django.utils.translation import gettext

from catalog.rules.parameters import Parameters

HOURS_OF_A_DAY = 24


@dataclass(frozen=True, slots=True)
class OrderScreenRules:
    """From how many, how often and how much on a pattern is told.

    ``near_limit_share`` is the part of a limit of amount from which a requisition is just below it; so many of them in
    ``near_limit_days`` days are told. ``one_approver_minutes`` is the median time from handing in to approval.
    ``sudden_times`` the usual units of a month, reckoned over at least ``usual_months`` earlier months with orders,
    are sudden. Night runs by the local clock from ``night_from`` to ``night_until`` o'clock, past midnight.
    """

    near_limit_share: Decimal = Decimal("0.9")
    near_limit_count: int = 3
    near_limit_days: int = 7
    one_approver_count: int = 10
    one_approver_minutes: int = 5
    split_count: int = 3
    sudden_times: Decimal = Decimal(3)
    usual_months: int = 3
    night_from: int = 22
    night_until: int = 6
    night_count: int = 3

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set; decimal numbers are texts, and what is left out has its default.

        Raises:
            UnfitParameter
        """
        usual = cls()
        read = Parameters.of(parameters, known=[field.name for field in fields(cls)])
        counts = {
            name: read.whole(name, getattr(usual, name), least=2)
            for name in ("near_limit_count", "one_approver_count", "split_count")
        }
        spans = {
            name: read.whole(name, getattr(usual, name))
            for name in ("near_limit_days", "one_approver_minutes", "usual_months", "night_count")
        }
        hours = {name: read.whole(name, getattr(usual, name), least=0) for name in ("night_from", "night_until")}
        for name, hour in hours.items():
            if hour >= HOURS_OF_A_DAY:
                raise read.unfit(name, gettext("must be at most %(limit)s") % {"limit": HOURS_OF_A_DAY - 1})
        return cls(
            near_limit_share=read.decimal("near_limit_share", usual.near_limit_share, above=0, most=1),
            sudden_times=read.decimal("sudden_times", usual.sudden_times, above=1),
            **counts,
            **spans,
            **hours,
        )
