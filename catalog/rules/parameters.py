"""Reading the parameters of a rule set name by name, and saying which of them cannot be used."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any, Self, TypeVar

from django.utils.translation import gettext

from catalog.rules.ratio_rules import UnfitParameter

# As text, since a JSON number would be read as a binary fraction.
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")

# What holds from a number on: (from how many, the value), ascending.
Table = tuple[tuple[int, Value], ...]


def value_for(table: Table[Value], number: int) -> Value | None:
    """The value of the last row that ``number`` reaches; none where it reaches no row."""
    return next((value for start, value in reversed(table) if number >= start), None)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a rule set states, or a part of it; ``place`` is where the part stands.

    Every reader raises ``UnfitParameter`` with the full place of what it cannot use.
    """

    given: Mapping[str, Any]
    place: str = ""

    @classmethod
    def of(cls, given: object, *, known: Collection[str], place: str = "") -> Self:
        """Refuses what is not a table of names, and a name that is not known."""
        if not isinstance(given, Mapping):
            raise UnfitParameter(place, gettext("is not a table of names and values"))
        parameters = cls(given, place)
        for name in given:
            if name not in known:
                raise parameters.unfit(str(name), gettext("is not known"))
        return parameters

    def unfit(self, name: str, problem: str) -> UnfitParameter:
        return UnfitParameter(self._place(name), problem)

    def _place(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name

    def _value(self, name: str) -> Any:
        if self.given.get(name) is None:
            raise self.unfit(name, gettext("is missing"))
        return self.given[name]

    def states(self, name: str) -> bool:
        """Whether the name has a value other than null."""
        return self.given.get(name) is not None

    def whole(self, name: str, default: int | None = None, *, least: int = 1) -> int:
        if default is not None and name not in self.given:
            return default
        return _whole(self._place(name), self._value(name), least=least)

    def decimal(
        self, name: str, default: Decimal | None = None, *, above: int | None = None, most: int | None = None
    ) -> Decimal:
        if default is not None and name not in self.given:
            return default
        return _decimal(self._place(name), self._value(name), above=above, most=most)

    def decimal_or_none(self, name: str, *, above: int | None = None, most: int | None = None) -> Decimal | None:
        return self.decimal(name, above=above, most=most) if self.states(name) else None

    def whole_or_none(self, name: str) -> int | None:
        return self.whole(name) if self.states(name) else None

    def flag(self, name: str, default: bool = False) -> bool:
        """Yes or no."""
        value = self.given.get(name, default)
        if not isinstance(value, bool):
            raise self.unfit(name, gettext("is not true or false"))
        return value

    def text(self, name: str) -> str:
        value = self._value(name)
        if not isinstance(value, str) or not value.strip():
            raise self.unfit(name, gettext("is not a text"))
        return value

    def choice(self, name: str, choices: type[Choice], default: Choice | None = None) -> Choice:
        if default is not None and name not in self.given:
            return default
        return _choice(self._place(name), self._value(name), choices)

    def choices(self, name: str, choices: type[Choice], default: tuple[Choice, ...]) -> tuple[Choice, ...]:
        """An order of different choices, at least one."""
        if name not in self.given:
            return default
        value = self._value(name)
        if not isinstance(value, list) or not value:
            raise self.unfit(name, gettext("is not a list"))
        read = tuple(_choice(self._place(name), item, choices) for item in value)
        if len(set(read)) < len(read):
            raise self.unfit(name, gettext("names one thing twice"))
        return read

    def parts(self, name: str, known: Collection[str]) -> list[Parameters]:
        """A list of tables of names."""
        value = self.given.get(name, [])
        if not isinstance(value, list):
            raise self.unfit(name, gettext("is not a list"))
        return [Parameters.of(item, known=known, place=f"{self._place(name)}.{at}") for at, item in enumerate(value)]

    def part(self, name: str, known: Collection[str]) -> Parameters:
        return Parameters.of(self._value(name), known=known, place=self._place(name))

    def whole_table(self, name: str, default: Table[int] = (), *, from_one: bool = True) -> Table[int]:
        """Pairs of a number and a whole number that holds from it on."""
        return self._table(name, default, lambda place, value: _whole(place, value, least=1), from_one=from_one)

    def share_table(self, name: str, default: Table[Decimal] = ()) -> Table[Decimal]:
        """Pairs of a number and a share that holds from it on."""
        return self._table(name, default, lambda place, value: _decimal(place, value, above=0, most=1), from_one=True)

    def _table(
        self, name: str, default: Table[Value], read: Callable[[str, Any], Value], *, from_one: bool
    ) -> Table[Value]:
        if name not in self.given:
            return default
        place, pairs = self._place(name), self.given[name]
        if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            raise UnfitParameter(place, gettext("is not a list of pairs: from how many, what holds"))
        if not pairs:
            return ()
        table = sorted((_whole(place, start, least=1), read(place, value)) for start, value in pairs)
        if from_one and table[0][0] != 1:
            raise UnfitParameter(place, gettext("must start from 1"))
        if any(one == other for (one, _v), (other, _w) in pairwise(table)):
            raise UnfitParameter(place, gettext("states one number twice"))
        if any(one > other for (_n, one), (_m, other) in pairwise(table)):  # type: ignore[operator]
            raise UnfitParameter(place, gettext("must not fall where the number grows"))
        return tuple(table)


def _whole(place: str, value: Any, *, least: int) -> int:
    # a boolean is an int to Python
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnfitParameter(place, gettext("is not a whole number"))
    if value < least:
        raise UnfitParameter(place, gettext("must be at least %(limit)s") % {"limit": least})
    return value


def _decimal(place: str, value: Any, *, above: int | None, most: int | None) -> Decimal:
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        raise UnfitParameter(place, gettext("is not a decimal number as text, such as “1.8”"))
    number = Decimal(value)
    if above is not None and number <= above:
        raise UnfitParameter(place, gettext("must be above %(limit)s") % {"limit": above})
    if most is not None and number > most:
        raise UnfitParameter(place, gettext("must be at most %(limit)s") % {"limit": most})
    return number


def _choice(place: str, value: Any, choices: type[Choice]) -> Choice:
    if not isinstance(value, str) or value not in set(choices):
        raise UnfitParameter(place, gettext("is not one of %(choices)s") % {"choices": ", ".join(choices)})
    return choices(value)
