"""Whose officers look after a province."""

from __future__ import annotations

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization


def agency_ids(province_id: str) -> list[int]:
    """The procurement agencies of the province."""
    agencies = Organization.objects.filter(kind=OrganizationKind.AGENCY, region__code__startswith=province_id[:2])
    return list(agencies.filter(is_active=True).order_by("pk").values_list("pk", flat=True))
