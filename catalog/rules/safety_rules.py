"""By when adverse reactions are reported and reviewed, and from which figures on they warn, as a dated rule set states.

Sources: MOH Order 81 (2011), articles 20 and 21 (limits of reporting) and 24 to 26 (limits of review); the thresholds
of the MHRA (PRR), the EMA (lower bound of the PRR), of the ROR and of the information component. No Chinese rule gives
numbers for clusters on a lot: those are the platform's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Self

from catalog.rules.parameters import Parameters

# How grave a reaction is, as ``distribution.states.Seriousness`` names it.
GRADES = ("death", "serious", "new", "other")


def _days(**days: int) -> Mapping[str, int]:
    return days


@dataclass(frozen=True, slots=True)
class SafetyRules:
    """The limits of reports and the thresholds of warnings.

    ``report_days`` are calendar days from when the reporter learned of it, 0 at once; ``review_working_days`` count
    from the report, ``conclude_working_days`` of the province from the review. ``death_report_days`` and
    ``investigate_days`` are calendar days. Statistics count the reports of the last ``signal_months``; ``cluster_days``
    is the width of the sliding window, and a Poisson tail under ``cluster_probability`` counts from
    ``cluster_least_reports`` in the window on.
    """

    report_days: Mapping[str, int] = field(default_factory=lambda: _days(death=0, serious=15, new=15, other=30))
    review_working_days: Mapping[str, int] = field(default_factory=lambda: _days(death=3, serious=3, new=15, other=15))
    conclude_working_days: int = 7
    death_report_days: int = 15
    investigate_days: int = 7
    signal_months: int = 60
    prr_least: Decimal = Decimal(2)
    chi_squared_least: Decimal = Decimal(4)
    prr_least_reports: int = 3
    ror_least_reports: int = 3
    ema_least_reports: int = 5
    cluster_days: int = 14
    cluster_same_event: int = 3
    cluster_serious: int = 2
    cluster_deaths: int = 1
    cluster_probability: Decimal = Decimal("0.001")
    cluster_least_reports: int = 3

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a rule set; decimal numbers are texts, and what is left out has its default.

        Raises:
            UnfitParameter
        """
        read = Parameters.of(parameters, known=[field.name for field in fields(cls)])
        usual = cls()
        numbers: dict[str, Any] = {
            item.name: read.whole(item.name, getattr(usual, item.name)) for item in fields(cls) if item.type == "int"
        }
        return cls(
            report_days=_of_grades(read, "report_days", usual.report_days, least=0),
            review_working_days=_of_grades(read, "review_working_days", usual.review_working_days, least=1),
            cluster_probability=read.decimal("cluster_probability", usual.cluster_probability, above=0, most=1),
            prr_least=read.decimal("prr_least", usual.prr_least, above=0),
            chi_squared_least=read.decimal("chi_squared_least", usual.chi_squared_least, above=0),
            **numbers,
        )


def _of_grades(read: Parameters, name: str, usual: Mapping[str, int], *, least: int) -> Mapping[str, int]:
    if not read.states(name):
        return usual
    part = read.part(name, GRADES)
    return {grade: part.whole(grade, usual[grade], least=least) for grade in GRADES}
