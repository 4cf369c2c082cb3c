"""From which rates on a firm's deliveries pass, and how long a complaint about them may take.

Sources: the pass marks of provincial delivery contracts (a delivery rate of 90 to 95 % passes, under 80 % warns), the
arrival rate within three days of the monitoring indicators, and article 61 of the Implementing Regulation of the
Bidding Law (complaints: three working days to accept, thirty to decide).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self

from django.utils.translation import gettext

from catalog.rules.parameters import Parameters


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """The marks that deliveries are judged by.

    The rates are parts of one: from ``delivery_rate_pass`` on a firm passes, under ``delivery_rate_warn`` it is warned.
    ``three_days`` are the days of 24 hours of the arrival rate. Fewer lines than ``least_lines`` get no verdict.
    So many months in a row that fail (``failing_months_for_conduct``) are a record of conduct. The days of complaints
    are working days.
    """

    delivery_rate_pass: Decimal = Decimal("0.95")
    delivery_rate_warn: Decimal = Decimal("0.8")
    three_days: int = 3
    least_lines: int = 10
    failing_months_for_conduct: int = 3
    complaint_accept_days: int = 3
    complaint_decide_days: int = 30

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set; decimal numbers are texts, and what is left out has its default.

        Raises:
            UnfitParameter
        """
        read = Parameters.of(parameters, known=[field.name for field in fields(cls)])
        usual = cls()
        rules = cls(
            delivery_rate_pass=read.decimal("delivery_rate_pass", usual.delivery_rate_pass, above=0, most=1),
            delivery_rate_warn=read.decimal("delivery_rate_warn", usual.delivery_rate_warn, above=0, most=1),
            three_days=read.whole("three_days", usual.three_days),
            least_lines=read.whole("least_lines", usual.least_lines),
            failing_months_for_conduct=read.whole("failing_months_for_conduct", usual.failing_months_for_conduct),
            complaint_accept_days=read.whole("complaint_accept_days", usual.complaint_accept_days),
            complaint_decide_days=read.whole("complaint_decide_days", usual.complaint_decide_days),
        )
        if rules.delivery_rate_warn > rules.delivery_rate_pass:
            raise read.unfit(
                "delivery_rate_warn",
                gettext("must be at most “%(other)s”, which is %(limit)s")
                % {"other": "delivery_rate_pass", "limit": rules.delivery_rate_pass},
            )
        return rules
