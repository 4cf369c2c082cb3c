"""Demand, as the demonstration reports and confirms it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Sum

from catalog.accounts.kinds import Role
from catalog.foundation.money import allocate
from catalog.models import Presentation
from config.demo import data
from config.demo.people import person, person_of
from config.demo.registers import lot_presentations
from procurement.models import DemandLine, DemandReport
from procurement.services.demand import Need, close_demand_round, open_demand_round, report_demand
from procurement.services.demand_confirmation import confirm_all_demand

ROUND = "2027"


def report_all_demand(at: datetime) -> dict[str, int]:
    """Hospitals of the province report their quantities, the other provinces' agencies their sums."""
    officer = person("officer")
    open_demand_round(code=ROUND, title="2027年度需求填报", year=2027, actor=officer, at=at)
    presentations = lot_presentations()
    for province, needs in _needs_by_province(presentations).items():
        if province != data.PROVINCE:
            reporter = person_of(f"AG{province}", Role.PROCUREMENT_OFFICER)
            report_demand(round_code=ROUND, needs=needs, actor=reporter, at=at)
        else:
            _report_hospitals(needs, at)
    for province in _needs_by_province(presentations):
        own = province == data.PROVINCE
        confirmer = person("officer2") if own else person_of(f"AG{province}", Role.PROCUREMENT_OFFICER, 1)
        confirm_all_demand(round_code=ROUND, actor=confirmer, at=at)
    close_demand_round(code=ROUND, actor=officer, at=at)
    lines = DemandLine.objects.filter(report__round__code=ROUND)
    return {
        "reports": DemandReport.objects.filter(round__code=ROUND).count(),
        "lines": lines.count(),
        "provinces": lines.values("report__province").distinct().count(),
        "units": int(lines.aggregate(total=Sum("quantity"))["total"]),
    }


def _needs_by_province(presentations: Mapping[tuple[int, str], Presentation]) -> dict[str, list[Need]]:
    needs: defaultdict[str, list[Need]] = defaultdict(list)
    for volume in data.volumes():
        needs[volume.province].append(Need(presentations[volume.lot, volume.strength].pk, volume.quantity))
    return needs


def _report_hospitals(needs: list[Need], at: datetime) -> None:
    """The province's volumes, which are real, split over its hospitals by a made-up size (derived)."""
    hospitals = [row["code"] for row in data.rows("hospitals")]
    sizes = [1 + 20 // (1 + place) for place in range(len(hospitals))]
    parts = [allocate(need.quantity, sizes) for need in needs]
    for place, hospital in enumerate(hospitals):
        own = [Need(need.presentation_id, part[place]) for need, part in zip(needs, parts, strict=True) if part[place]]
        report_demand(round_code=ROUND, needs=own, actor=person_of(hospital, Role.BUYER), at=at)
