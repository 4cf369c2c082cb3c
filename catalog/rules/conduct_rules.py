"""What a record of misconduct leads to, by offence and level.

Sources: 国卫法制发〔2013〕50号 (commercial bribery: one record in a province bars from its public institutions for two
years and lowers the score elsewhere, two in five years bar in the whole nation) and 医保发〔2020〕34号 as revised in
June 2025 (credit evaluation of prices and procurement in three levels).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from catalog.rules.months import months_after
from catalog.rules.parameters import Parameters


class Offence(StrEnum):
    BRIBERY = "bribery"
    FAILED_SUPPLY = "failed_supply"
    FALSE_PAPERS = "false_papers"
    PRICE_ABUSE = "price_abuse"


class Ground(StrEnum):
    """What a record of bribery rests on."""

    COURT_FINDING = "court_finding"
    NON_PROSECUTION = "non_prosecution"
    PARTY_DISCIPLINE = "party_discipline"
    ADMINISTRATIVE_PENALTY = "administrative_penalty"
    AUDIT_FINDING = "audit_finding"
    OTHER = "other"


# 国卫法制发〔2013〕50号; findings of audits count since the revision of June 2025 alone.
GROUNDS_OF_2013: tuple[Ground, ...] = (
    Ground.COURT_FINDING,
    Ground.NON_PROSECUTION,
    Ground.PARTY_DISCIPLINE,
    Ground.ADMINISTRATIVE_PENALTY,
    Ground.OTHER,
)


class Level(StrEnum):
    """失信, 严重失信, 特别严重失信; the later the graver."""

    GENERAL = "general"
    SERIOUS = "serious"
    VERY_SERIOUS = "very_serious"

    @property
    def gravity(self) -> int:
        return list(Level).index(self)


class Effect(StrEnum):
    WARNING = "warning"
    LOWERS_SCORE = "lowers_score"
    BARRED = "barred"


class Scope(StrEnum):
    PROVINCE = "province"
    NATION = "nation"


@dataclass(frozen=True, slots=True)
class Measure:
    """What one record leads to from its day on, for so many months.

    ``effect`` holds in the scope; ``elsewhere`` in the other provinces where the scope is one province.
    """

    effect: Effect
    months: int
    scope: Scope
    elsewhere: Effect | None = None

    def until(self, start: date) -> date:
        """The first day on which it no longer holds."""
        return months_after(start, self.months)

    def effect_in(self, province: str, *, recorded_in: str) -> Effect | None:
        """What it means in a province; both are region codes."""
        return self.effect if self.scope == Scope.NATION or province == recorded_in else self.elsewhere


@dataclass(frozen=True, slots=True)
class RepeatRule:
    """So many records of an offence within so many years, the new one counted, lead to this measure instead."""

    count: int
    years: int
    measure: Measure


@dataclass(frozen=True, slots=True)
class ConductRules:
    """The measure of each offence and level, what repetition leads to, and the grounds on which bribery is recorded."""

    measures: Mapping[tuple[Offence, Level], Measure]
    repeats: Mapping[Offence, RepeatRule]
    grounds: tuple[Ground, ...] = GROUNDS_OF_2013

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set: per offence its levels, and ``repeat`` where there is such a rule.

        The ``grounds`` of bribery are those of 2013 where none are stated.

        A repeat rule without an effect or term of its own bars for the months of the gravest level.

        Raises:
            UnfitParameter
        """
        read = Parameters.of(parameters, known=list(Offence))
        measures: dict[tuple[Offence, Level], Measure] = {}
        repeats: dict[Offence, RepeatRule] = {}
        grounds = GROUNDS_OF_2013
        for offence in Offence:
            is_bribery = offence == Offence.BRIBERY
            levels = read.part(offence, [*Level, "repeat", *(["grounds"] if is_bribery else [])])
            if is_bribery:
                grounds = levels.choices("grounds", Ground, GROUNDS_OF_2013)
            for level in Level:
                measures[offence, level] = _measure(levels, level)
            if levels.states("repeat"):
                repeats[offence] = _repeat(levels, months=measures[offence, Level.VERY_SERIOUS].months)
        return cls(measures, repeats, grounds)

    def measure(self, offence: Offence, level: Level, *, on: date, earlier: Iterable[date] = ()) -> Measure:
        """What a record of ``on`` leads to; ``earlier`` are the days of the firm's other records of the offence.

        The period of a repetition is half-open: a record of the same day so many years ago is no longer counted.
        """
        repeat = self.repeats.get(offence)
        if repeat is not None:
            since = months_after(on, -12 * repeat.years)
            if 1 + sum(since < day <= on for day in earlier) >= repeat.count:
                return repeat.measure
        return self.measures[offence, level]


def _measure(levels: Parameters, level: Level) -> Measure:
    part = levels.part(level, ("effect", "months", "scope", "elsewhere"))
    return Measure(
        effect=part.choice("effect", Effect),
        months=part.whole("months"),
        scope=part.choice("scope", Scope),
        elsewhere=part.choice("elsewhere", Effect) if part.states("elsewhere") else None,
    )


def _repeat(levels: Parameters, *, months: int) -> RepeatRule:
    part = levels.part("repeat", ("count", "years", "scope", "effect", "months"))
    return RepeatRule(
        count=part.whole("count", least=2),
        years=part.whole("years"),
        measure=Measure(
            effect=part.choice("effect", Effect, Effect.BARRED),
            months=part.whole("months", months),
            scope=part.choice("scope", Scope, Scope.NATION),
        ),
    )
