"""From which multiple of the lowest price of the same medicine on a listed price raises which alarm.

Source: 苏医保发〔2021〕64号 (above the lowest: yellow; 2 times: red ★; 5 times: ★★; 10 times: ★★★, trading suspended;
looked through at the beginning of each quarter).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import pairwise
from typing import Any, Self

from django.utils.translation import gettext

from catalog.rules.parameters import Parameters


@dataclass(frozen=True, slots=True)
class PriceAlarmRules:
    """Multiples of the lowest comparable price: ``yellow_above`` is not reached by itself, all others are.

    Trading is suspended from ``suspended_from`` on.
    """

    yellow_above: Decimal = Decimal(1)
    red_1_from: Decimal = Decimal(2)
    red_2_from: Decimal = Decimal(5)
    red_3_from: Decimal = Decimal(10)
    suspended_from: Decimal = Decimal(10)

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set; decimal numbers are texts, and what is left out has its default.

        Raises:
            UnfitParameter
        """
        names = [field.name for field in fields(cls)]
        read = Parameters.of(parameters, known=names)
        usual = cls()
        rules = cls(**{name: read.decimal(name, getattr(usual, name), above=0) for name in names})
        ascending = names[:4]
        for lower, higher in pairwise(ascending):
            if getattr(rules, higher) <= getattr(rules, lower):
                raise read.unfit(higher, gettext("must be above %(limit)s") % {"limit": getattr(rules, lower)})
        if rules.yellow_above < 1:
            raise read.unfit("yellow_above", gettext("must be at least %(limit)s") % {"limit": 1})
        return rules
