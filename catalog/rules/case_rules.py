"""How a case about a retail price is conducted, as the part ``cases`` of the retail check's rule set states it.

The days are those of the province's procedure for price violations; who repeats is counted over so many months.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from catalog.rules.parameters import Parameters

PART = "cases"


@dataclass(frozen=True, slots=True)
class CaseRules:
    """Working days until the institution is notified, answers, has lowered its price; months that repetition counts.

    The days to answer and to correct run from the notification.
    """

    notify_days: int = 5
    answer_days: int = 7
    correct_days: int = 15
    repeat_months: int = 12

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the part of a rule set; what is left out has its default.

        Raises:
            UnfitParameter
        """
        names = [field.name for field in fields(cls)]
        read = Parameters.of(parameters.get(PART, {}), known=names, place=PART)
        usual = cls()
        return cls(**{name: read.whole(name, getattr(usual, name)) for name in names})
