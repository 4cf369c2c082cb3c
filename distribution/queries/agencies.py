"""Whose officers look after a province."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization


def agency_ids(province_id: str) -> list[int]:
    """The procurement agencies of the province."""
    agencies = Organization.objects.filter(kind=OrganizationKind.AGENCY, region__code__startswith=province_id[:2])
    return list(agencies.filter(is_active=True).order_by("pk").values_list("pk", flat=True))


def agencies_of(regions: Iterable[str]) -> list[int]:
    """The procurement agencies of the provinces that some places lie in; places are codes of regions."""
    provinces = {region[:2] for region in regions if region}
    agencies = Organization.objects.filter(kind=OrganizationKind.AGENCY, is_active=True)
    return [pk for pk, region in agencies.order_by("pk").values_list("pk", "region") if (region or "")[:2] in provinces]
