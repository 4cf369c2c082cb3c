"""The numbers of the price-ratio rules (发改价格〔2011〕2452号), as a rule set states them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Self

from django.utils.translation import gettext

from catalog.foundation.money import round_half_up

# As text, since a JSON number would be read as a binary fraction.
NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")


class UnfitParameter(ValueError):
    """A number of the ratio rules that is missing, or that they cannot use; ``name`` says where it stands."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        self.problem = problem
        super().__init__(gettext("Parameter “%(name)s” %(problem)s.") % {"name": name, "problem": problem})


@dataclass(frozen=True, slots=True)
class RatioRules:
    """The numbers of the price-ratio rules.

    ``pack_families`` are the forms whose packs are rebated by ``pack_base``, for all others K = X. ``form_ratios`` are
    relative to the plain tablet; a form without one is comparable with itself alone. ``packing_material`` is yuan per
    bottle above glass. ``rounding`` pairs a price with the step that holds from it upwards, ascending from 0.
    ``injection_floor`` is yuan per unit.
    """

    strength_base: Decimal
    volume_base: Decimal
    pack_base: Decimal
    pack_families: frozenset[str]
    form_ratios: Mapping[str, Decimal]
    sugar_free: Decimal
    packing_material: Mapping[str, Decimal]
    rounding: tuple[tuple[Decimal, Decimal], ...]
    injection_floor: Decimal | None = None

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set; its numbers are texts.

        Raises:
            UnfitParameter
        """
        floor = parameters.get("injection_floor")
        return cls(
            strength_base=_number(parameters, "strength_base", above=1),
            volume_base=_number(parameters, "volume_base", above=1),
            pack_base=_number(parameters, "pack_base", above=1),
            pack_families=_families(parameters),
            form_ratios=_table(parameters, "form_ratios", above=0),
            sugar_free=_number(parameters, "sugar_free", above=0),
            packing_material=_table(parameters, "packing_material"),
            rounding=_rounding(parameters),
            injection_floor=None if floor is None else _decimal("injection_floor", floor, above=0),
        )

    def rounded(self, price: Decimal) -> Decimal:
        """The price, half-up to the step that holds for it (art. 19)."""
        step = next(step for start, step in reversed(self.rounding) if price >= start)
        return round_half_up(price, step)


def _given(parameters: Mapping[str, Any], name: str) -> Any:
    if name not in parameters:
        raise UnfitParameter(name, gettext("is missing"))
    return parameters[name]


def _decimal(name: str, value: Any, *, above: int | None = None) -> Decimal:
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        raise UnfitParameter(name, gettext("is not a decimal number as text, such as “1.7”"))
    number = Decimal(value)
    if above is not None and number <= above:
        raise UnfitParameter(name, gettext("must be above %(limit)s") % {"limit": above})
    return number


def _number(parameters: Mapping[str, Any], name: str, *, above: int) -> Decimal:
    return _decimal(name, _given(parameters, name), above=above)


def _table(parameters: Mapping[str, Any], name: str, *, above: int | None = None) -> dict[str, Decimal]:
    table = _given(parameters, name)
    if not isinstance(table, Mapping):
        raise UnfitParameter(name, gettext("is not a table of names and numbers"))
    return {key: _decimal(f"{name}.{key}", value, above=above) for key, value in table.items()}


def _families(parameters: Mapping[str, Any]) -> frozenset[str]:
    families = _given(parameters, "pack_families")
    if not isinstance(families, list) or not all(isinstance(family, str) for family in families):
        raise UnfitParameter("pack_families", gettext("is not a list of form families"))
    return frozenset(families)


def _rounding(parameters: Mapping[str, Any]) -> tuple[tuple[Decimal, Decimal], ...]:
    pairs = _given(parameters, "rounding")
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise UnfitParameter("rounding", gettext("is not a list of pairs: from how many yuan, to which step"))
    read = [(_decimal("rounding", start), _decimal("rounding", step, above=0).normalize()) for start, step in pairs]
    if not read or read[0][0] != 0 or any(one >= other for (one, _s), (other, _t) in pairwise(read)):
        raise UnfitParameter("rounding", gettext("must start from 0 yuan and ascend"))
    if any(step > 1 or step.as_tuple().digits != (1,) for _start, step in read):
        raise UnfitParameter("rounding", gettext("must have steps of 1, 0.1, 0.01 or a smaller power of ten"))
    return tuple(read)
