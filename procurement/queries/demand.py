"""What was reported and what was used, added up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.db.models import F, Max, QuerySet, Sum, Value

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.models import GuidePrice, Presentation
from catalog.rules.procedure_rules import ProcedureRules
from procurement.models import DemandLine, DemandReport, DemandRound, PriorUse
from procurement.querysets import health_authorities
from procurement.states import DemandReportStatus

Key = TypeVar("Key")


def rules_of_round(demand_round: DemandRound) -> ProcedureRules:
    """The rules that the round was bound to when it was opened; one without any has no floor and names no brands."""
    return ProcedureRules.read(demand_round.rules.parameters if demand_round.rules else {})


def _confirmed(demand_round: DemandRound, province_ids: Collection[str]) -> QuerySet[DemandLine]:
    return DemandLine.objects.filter(
        report__round=demand_round, report__status=DemandReportStatus.CONFIRMED, report__province__in=province_ids
    ).order_by()


def demand_by_province(
    demand_round: DemandRound, presentation_ids: Collection[int], province_ids: Collection[str]
) -> dict[str, int]:
    """The confirmed quantity per province, summed over the presentations, in smallest units as counted."""
    rows = (
        _confirmed(demand_round, province_ids)
        .filter(presentation__in=presentation_ids)
        .values_list("report__province")
        .annotate(total=Sum("quantity"))
        .order_by("report__province")
    )
    return {province: int(total) for province, total in rows}


@dataclass(frozen=True, slots=True)
class GroupDemand:
    """The confirmed demand for a medicine in one form, in all strengths: the suggestion for a lot.

    ``presentation`` is the strength that most units are needed of; ``guide_price`` its dearest guide price per smallest
    unit on the day, not rounded; ``quantities`` are smallest units by presentation and province.
    """

    number: int
    presentation: Presentation
    quantities: Mapping[tuple[int, str], int]
    guide_price: Decimal | None

    @property
    def quantity(self) -> int:
        """Over all strengths and provinces."""
        return sum(self.quantities.values())

    @property
    def by_presentation(self) -> dict[int, int]:
        """Over all provinces."""
        return _sums((presentation, units) for (presentation, _province), units in self.quantities.items())

    @property
    def by_province(self) -> dict[str, int]:
        """Over all strengths."""
        return _sums((province, units) for (_presentation, province), units in self.quantities.items())


def demand_totals(demand_round: DemandRound, province_ids: Collection[str], *, on: date) -> list[GroupDemand]:
    """Lots as the confirmed demand suggests them, in the order of their medicines; three queries however many."""
    rows = (
        _confirmed(demand_round, province_ids)
        .values_list("presentation", "report__province")
        .annotate(total=Sum("quantity"))
    )
    items = {
        item.pk: item
        for item in Presentation.objects.filter(pk__in={row[0] for row in rows}).select_related("medicine")
    }
    groups: defaultdict[tuple[str, str, int], dict[tuple[int, str], int]] = defaultdict(dict)
    for key, province, total in rows:
        item = items[key]
        groups[item.medicine.name, item.form, item.medicine_id][key, province] = int(total)
    most_needed = {group: _most_needed(quantities) for group, quantities in groups.items()}
    guide = dict(
        GuidePrice.objects.in_force(on)
        .filter(presentation__in=most_needed.values())
        .order_by()
        .values_list("presentation")
        .annotate(dearest=Max(F("price") / F("pack_quantity")))
    )
    return [
        GroupDemand(number, items[most_needed[group]], groups[group], guide.get(most_needed[group]))
        for number, group in enumerate(sorted(groups), start=1)
    ]


def _most_needed(quantities: Mapping[tuple[int, str], int]) -> int:
    """The presentation of most units; of two alike the one registered first."""
    units = _sums((presentation, total) for (presentation, _province), total in quantities.items())
    return max(units, key=lambda presentation: (units[presentation], -presentation))


def county_authority_of(report: DemandReport) -> Organization | None:
    """The health authority that confirms the report before the province: the nearest with a health officer.

    None for an agency's own sum, and where no county, prefecture or province has one on the platform.
    """
    if report.organization.kind != OrganizationKind.INSTITUTION:
        return None
    above = health_authorities(Value(report.organization.region_id or ""))
    return above.order_by("-region").first()


def last_use(organization_id: int, year: int) -> dict[int, int]:
    """What the organization used in the year, in smallest units by presentation."""
    return dict(
        PriorUse.objects.filter(organization=organization_id, year=year).values_list("presentation", "quantity")
    )


def used_and_not_reported(report: DemandReport) -> QuerySet[PriorUse]:
    """What the organization used in the year before and does not report at all: a demand of zero to be looked at."""
    return (
        PriorUse.objects.filter(organization=report.organization_id, year=report.round.year - 1, quantity__gt=0)
        .exclude(presentation__in=report.lines.values("presentation"))
        .select_related("presentation__medicine")
        .order_by("presentation__medicine__name", "presentation")
    )


def _sums(pairs: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    total: defaultdict[Key, int] = defaultdict(int)
    for key, units in pairs:
        total[key] += units
    return dict(total)
