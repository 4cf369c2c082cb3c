"""The figures of a province, a county, an institution or a firm, for the province's officers and for supervisors."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.admin.filters import provinces_and_chosen
from catalog.foundation.figures.figure import Figure
from catalog.foundation.web.admin import actor_of
from catalog.models import Region
from distribution.queries.dashboards import (
    Scope,
    county_figures,
    firm_figures,
    institution_figures,
    months_until,
    province_figures,
)
from distribution.querysets import sees_everything

DASHBOARD = "admin:distribution_supervisionreport_dashboard"
FIRMS = (OrganizationKind.SUPPLIER, OrganizationKind.DISTRIBUTOR)
# The key of a record in an address, until it is known.
KEY = "0"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What is shown, of whom, and what else may be chosen."""

    title: str
    figures: list[Figure]
    province: Region
    provinces: list[Region]
    counties: list[Region]
    county: Region | None
    organization: Organization | None


def dashboard_of(request: HttpRequest) -> Dashboard:
    """The figures of whom the address names, over the last twelve months; an officer's province where it names none.

    Raises:
        Http404: no province is registered, or none such that the person may look at.
    """
    provinces, province = provinces_and_chosen(request)
    actor = actor_of(request)
    if not sees_everything(actor):
        provinces = [item for item in provinces if item.code == actor.province]
        if province not in provinces:
            raise Http404(_("Officers look at their own province."))
    organization = _organization(request, province)
    counties = list(
        Region.objects.filter(
            organizations__kind=OrganizationKind.INSTITUTION, code__startswith=province.code[:2]
        ).distinct()
    )
    county = next((item for item in counties if item.code == request.GET.get("county")), None)
    scope = _scope(province, county, organization)
    return Dashboard(
        title=_title(province, county, organization),
        figures=_figures(scope),
        province=province,
        provinces=provinces,
        counties=counties,
        county=county,
        organization=organization,
    )


def _organization(request: HttpRequest, province: Region) -> Organization | None:
    """The institution of the province, or the firm of wherever, that the address names."""
    code = request.GET.get("organization", "")
    if not code:
        return None
    found = Organization.objects.filter(code=code, kind__in=[OrganizationKind.INSTITUTION, *FIRMS]).first()
    if found is None or (found.kind == OrganizationKind.INSTITUTION and found.province_id != province.code):
        raise Http404(_("There is no such institution or firm in the province."))
    return found


def _scope(province: Region, county: Region | None, organization: Organization | None) -> Scope:
    at = timezone.now()
    since, until = months_until(localdate(at))
    is_institution = organization is not None and organization.kind == OrganizationKind.INSTITUTION
    own = {"province": province.code}
    here = f"{reverse(DASHBOARD)}?{urlencode(own)}"
    return Scope(
        province_id=province.code,
        since=since,
        until=until,
        at=at,
        county_id=county.code if county and organization is None else None,
        institution_id=organization.pk if organization and is_institution else None,
        firm_id=organization.pk if organization and not is_institution else None,
        lists={
            "deliveries": _list("scorecard_performance", own),
            "orders": _list("order_changelist", own),
            "findings": _list("retailfinding_changelist", own),
            "shortages": _list("shortageitem_changelist", own),
            "use": _list("usefigure_changelist", own),
            "cases": _list("retailcase_changelist", own),
            "payables": _list("payable_changelist", {}),
        },
        rows={
            "county": f"{here}&county={{key}}",
            "retail_price": _list("retailfinding_changelist", {}) + "?retail_price__id__exact={key}",
            "shortage": _record("distribution_shortageitem"),
            "institution": f"{here}&organization={{key}}",
            "medicine": _record("catalog_medicine"),
        },
    )


def _list(name: str, question: dict[str, str]) -> str:
    try:
        address = reverse(f"admin:distribution_{name}")
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(question)}" if question else address


def _record(name: str) -> str:
    try:
        return reverse(f"admin:{name}_change", args=[KEY]).replace(f"/{KEY}/", "/{key}/")
    except NoReverseMatch:
        return ""


def _figures(scope: Scope) -> list[Figure]:
    if scope.institution_id is not None:
        return institution_figures(scope)
    if scope.firm_id is not None:
        return firm_figures(scope)
    return province_figures(scope) if scope.county_id is None else county_figures(scope)


def _title(province: Region, county: Region | None, organization: Organization | None) -> str:
    name = " · ".join(str(part) for part in (province, organization or county) if part)
    return _("%(name)s, the last twelve months") % {"name": name}
