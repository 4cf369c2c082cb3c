"""Which institutions repeat."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from catalog.accounts.models import Organization
from catalog.rules.months import months_after
from distribution.states import CaseStatus


def repeat_offenders(province_id: str, on: date, *, months: int) -> QuerySet[Any]:
    """The institutions of the province with more than one case in so many months, dismissed ones not counted.

    With ``case_count``, ``penalised_count``, ``penalty_total`` (yuan) and ``last_case_at``, the most cases first.
    """
    counted = Q(retail_cases__province=province_id, retail_cases__opened_at__date__gte=months_after(on, -months)) & ~Q(
        retail_cases__status=CaseStatus.DISMISSED
    )
    confirmed = counted & Q(retail_cases__confirmed_by__isnull=False)
    return (
        Organization.objects.annotate(
            case_count=Count("retail_cases", filter=counted),
            penalised_count=Count("retail_cases", filter=confirmed),
            penalty_total=Sum("retail_cases__penalty_amount", filter=confirmed),
            last_case_at=Max("retail_cases__opened_at", filter=counted),
        )
        .filter(case_count__gt=1)
        .order_by("-case_count", "-last_case_at")
    )
