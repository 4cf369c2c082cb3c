"""Strengths as structured quantities: what one smallest unit of a presentation contains, or how much of it there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from catalog.rules.quantities import PERCENT

CONTENT, FILL, CONCENTRATION = "content", "fill", "concentration"
EQUALS = "相当于"
CONTAINS = "含"

_EXACT = Context(prec=100)


@dataclass(frozen=True, slots=True)
class Part:
    """``amount`` of what is ``name``-d, in ``per`` (``1ml``, ``40丸``; empty: in the strength itself)."""

    name: str
    amount: Decimal
    unit: str
    per: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Strength:
    """``amount`` in the smallest ``unit`` of its kind (``mg``, ``单位``, ``ml``, ``%``, ``mg/ml`` …).

    ``basis`` says what is measured: the active ``content``, the ``fill`` of a container or weight of a piece (重),
    or a ``concentration``. The content stands in ``volume_ml`` or ``mass_mg`` where it is dissolved. All of it is in
    ``count`` pieces of ``counter`` (每10丸重: 10, 丸); ``doses`` of these are in a container. ``of`` says what was
    weighed (``相当于饮片``). A compound has ``components``; its amount is their sum, or the first where they are
    measured differently. ``equivalent`` says the same amount in another measure.
    """

    amount: Decimal
    unit: str
    volume_ml: Decimal | None = None
    basis: str = CONTENT
    components: tuple[Part, ...] = ()
    equivalent: Part | None = None
    remark: str = ""
    of: str = ""
    count: Decimal = Decimal(1)
    counter: str = ""
    mass_mg: Decimal | None = None
    doses: int | None = None

    def ratio_to(self, reference: Strength) -> Decimal:
        """X of the price-ratio rules: how many times the reference's content per piece this one has.

        Raises:
            ValueError: the two are not measured alike, or their components do not stand in one ratio.
        """
        mine, theirs = self.amount * reference.count, reference.amount * self.count
        proportional = all(
            (one.name, one.unit) == (other.name, other.unit)
            and one.amount * reference.count * theirs == other.amount * self.count * mine
            for one, other in zip(self.components, reference.components, strict=False)
        )
        if self._measured_as() != reference._measured_as() or not proportional:
            raise ValueError(f"{self} and {reference} cannot be compared")
        return mine / theirs

    def _measured_as(self) -> tuple[object, ...]:
        sized = (self.volume_ml is None, self.mass_mg is None)
        return self.unit, self.basis, self.of, self.counter, len(self.components), *sized


def compound(parts: Sequence[Part]) -> Strength:
    """One substance is the amount's name; several are components."""
    amount, unit = total(parts)
    basis = CONCENTRATION if unit == PERCENT else CONTENT
    if len(parts) == 1 and not parts[0].note:
        return Strength(amount, unit, basis=basis, of=parts[0].name)
    return Strength(amount, unit, basis=basis, components=tuple(parts))


def total(parts: Sequence[Part]) -> tuple[Decimal, str]:
    if len({part.unit for part in parts}) > 1:
        return parts[0].amount, parts[0].unit
    total = Decimal(0)
    for part in parts:
        total = _EXACT.add(total, part.amount)
    return total, parts[0].unit
