"""Reading across demand, tenders and agreements."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Sum

from procurement.models import DemandLine, DemandRound


def demand_by_province(
    demand_round: DemandRound, presentation_ids: Collection[int], province_ids: Collection[str]
) -> dict[str, int]:
    """The reported quantity per province, summed over the presentations, in smallest units as counted."""
    rows = (
        DemandLine.objects.filter(
            report__round=demand_round, presentation__in=presentation_ids, report__province__in=province_ids
        )
        .values_list("report__province")
        .annotate(total=Sum("quantity"))
        .order_by("report__province")
    )
    return {province: int(total) for province, total in rows}
