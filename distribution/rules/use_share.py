"""The share of essential medicines in what an institution keeps and uses, against the share that the rules ask for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import reduce
from typing import Self

from django.utils.translation import gettext as _

from catalog.foundation.money import UNIT_PRICE, round_half_up
from catalog.rules.use_share_rules import Measure, UseShareRules
from distribution.rules.checks import Check, Gate


@dataclass(frozen=True, slots=True)
class Use:
    """What was kept (generic names) and issued to patients (smallest units, yuan), and how much of it was essential."""

    essential_varieties: int = 0
    varieties: int = 0
    essential_units: int = 0
    units: int = 0
    essential_amount: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)

    def __add__(self, other: Self) -> Self:
        return replace(
            self, **{item.name: getattr(self, item.name) + getattr(other, item.name) for item in fields(self)}
        )

    def parts(self, measure: Measure) -> tuple[Decimal, Decimal]:
        """The essential part and the whole of a measure."""
        parts: dict[Measure, tuple[int | Decimal, int | Decimal]] = {
            Measure.VARIETIES: (self.essential_varieties, self.varieties),
            Measure.QUANTITY: (self.essential_units, self.units),
            Measure.AMOUNT: (self.essential_amount, self.amount),
        }
        part, whole = parts[measure]
        return Decimal(part), Decimal(whole)

    def share(self, measure: Measure) -> Decimal | None:
        """The essential part of one, half-up to four places for the reader; none where there is no whole."""
        part, whole = self.parts(measure)
        return round_half_up(part / whole, UNIT_PRICE) if whole else None


def together(uses: Iterable[Use]) -> Use:
    """Several institutions or months as one; a variety counts in each of them."""
    return reduce(Use.__add__, uses, Use())


def judge(use: Use, rules: UseShareRules, *, tier: str, county: str, source: str) -> list[Check]:
    """Each measure that the rules name for the tier and that has a whole, against the least share, inclusive.

    Part and whole are compared unrounded. No check where the rules do not judge the tier.
    """
    least = rules.least_for(tier, county)
    if least is None:
        return []
    return [
        _check(use, measure, least, rules, source)
        for measure in rules.shares[tier].measures
        if use.parts(measure)[1] > 0
    ]


def _check(use: Use, measure: Measure, least: Decimal, rules: UseShareRules, source: str) -> Check:
    part, whole = use.parts(measure)
    share = use.share(measure)
    sentence = _(
        "%(measure)s: %(part)s of %(whole)s are essential, %(share)s %%; at least %(least)s %% are asked for"
    ) % {
        "measure": measure_words(measure),
        "part": f"{part:f}",
        "whole": f"{whole:f}",
        "share": f"{(share or Decimal(0)) * 100:.2f}",
        "least": f"{least * 100:.2f}",
    }
    return Check(
        rule=f"{rules.rule}.{measure.value}",
        source=source,
        gate=Gate.WARNING,
        passed=part >= least * whole,
        sentence=sentence,
        values={"part": str(part), "whole": str(whole), "share": str(share), "least": str(least)},
    )


def measure_words(measure: Measure) -> str:
    """What is measured, for people."""
    return {Measure.VARIETIES: _("varieties kept"), Measure.QUANTITY: _("units issued"), Measure.AMOUNT: _("yuan")}[
        measure
    ]


def margin(use: Use, rules: UseShareRules, *, tier: str, county: str) -> Decimal | None:
    """How far the worst measure lies above (or, negative, below) the least share; none where nothing is judged."""
    least = rules.least_for(tier, county)
    if least is None:
        return None
    shares = [use.share(measure) for measure in rules.shares[tier].measures]
    return min((share - least for share in shares if share is not None), default=None)


@dataclass(frozen=True, slots=True)
class Kept:
    """A product on the shelf: its medicine, whether it is essential, the units issued in a month and their yuan."""

    medicine_id: int
    is_essential: bool
    units: int = 0
    amount: Decimal = Decimal(0)


def use_of(shelf: Iterable[Kept]) -> Use:
    """What the shelf adds up to: a generic name is one variety, and essential where one of its products is."""
    rows = list(shelf)
    essential = [row for row in rows if row.is_essential]
    return Use(
        essential_varieties=len({row.medicine_id for row in essential}),
        varieties=len({row.medicine_id for row in rows}),
        essential_units=sum(row.units for row in essential),
        units=sum(row.units for row in rows),
        essential_amount=sum((row.amount for row in essential), Decimal(0)),
        amount=sum((row.amount for row in rows), Decimal(0)),
    )


def after_move(shelf: Sequence[Kept], place: int, medicine_id: int, unit_price: Decimal) -> Use:
    """The use if an essential medicine, at yuan per unit, had taken the product's place on the shelf, unit for unit."""
    units = shelf[place].units
    instead = Kept(medicine_id, True, units, round_half_up(units * unit_price))
    return use_of([*shelf[:place], instead, *shelf[place + 1 :]])


def gain(before: Use, after: Use, measures: Collection[Measure]) -> Decimal:
    """By how much the worst of the measured shares rises, unrounded; negative where it falls."""
    return _worst(after, measures) - _worst(before, measures)


def _worst(use: Use, measures: Collection[Measure]) -> Decimal:
    shares = [part / whole for part, whole in (use.parts(measure) for measure in measures) if whole]
    return min(shares, default=Decimal(0))
