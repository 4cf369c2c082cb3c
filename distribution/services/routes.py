"""The ways that carriers take through the townships of a county."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, unit_of_work
from catalog.models import Region, Township
from catalog.states import RegionLevel
from distribution.errors import RouteWithoutStops, TownshipOffRoute, TownshipOnOtherRoute
from distribution.models import Route, RouteStop
from distribution.policies import may_plan_routes


def plan_route(
    *, carrier_id: int, county_code: str, name: str, townships: Sequence[str], actor: Actor, at: datetime
) -> Route:
    """Say by which townships, in this order, a carrier goes through a county; a route of the name is changed.

    What is on its way keeps the route that it was given.

    Raises:
        NotAllowed
        NotVisible: no such county, or no active firm that delivers.
        RouteWithoutStops
        RulesBroken: townships that are not the county's, or named twice.
        TownshipOnOtherRoute: the carrier comes to a township by another route.
    """
    county = find(Region.objects.filter(level=RegionLevel.COUNTY), code=county_code)
    may_plan_routes(actor, carrier_id, county.province_id)
    carriers = Organization.objects.filter(
        kind__in=[OrganizationKind.DISTRIBUTOR, OrganizationKind.SUPPLIER], is_active=True
    )
    _check(name, county, townships)
    with unit_of_work():
        # two plans of one carrier take turns
        carrier = lock(carriers, pk=carrier_id)
        _refuse_taken(carrier, name, county, townships)
        route, _is_new = Route.objects.get_or_create(carrier=carrier, county=county, name=name)
        before = list(route.stops.values_list("township", flat=True))
        route.stops.all().delete()
        RouteStop.objects.bulk_create(
            RouteStop(route=route, carrier=carrier, township_id=code, position=position)
            for position, code in enumerate(townships, start=1)
        )
        changes = {"townships": [before or None, list(townships)]}
        record(actor=actor, action="route.plan", subject=route, at=at, changes=changes)
    return route


def drop_route(*, route_id: int, actor: Actor, at: datetime) -> None:
    """Give a route up; its townships are on none then, and what is on its way goes on without one.

    Raises:
        NotVisible, NotAllowed
    """
    with unit_of_work():
        route = lock(Route.objects.select_related("county"), pk=route_id)
        may_plan_routes(actor, route.carrier_id, route.county.province_id)
        townships = list(route.stops.values_list("township", flat=True))
        record(actor=actor, action="route.drop", subject=route, at=at, changes={"townships": [townships, None]})
        route.delete()


def _check(name: str, county: Region, townships: Sequence[str]) -> None:
    if not townships:
        raise RouteWithoutStops(name=name, county=county, pointer="/townships")
    there = set(Township.objects.filter(county=county, code__in=townships).values_list("code", flat=True))
    times = Counter(townships)
    refuse(
        [
            TownshipOffRoute(township=code, county=county, pointer=f"/townships/{index}")
            for index, code in enumerate(townships)
            if code not in there or times[code] > 1
        ]
    )


def _refuse_taken(carrier: Organization, name: str, county: Region, townships: Sequence[str]) -> None:
    taken = (
        RouteStop.objects.filter(carrier=carrier, township__in=townships)
        .exclude(route__county=county, route__name=name)
        .select_related("route", "township")
        .order_by("township")
    )
    if stops := list(taken):
        raise TownshipOnOtherRoute(
            carrier=carrier,
            townships="、".join(stop.township.name for stop in stops),
            routes="、".join(dict.fromkeys(stop.route.name for stop in stops)),
            pointer="/townships",
        )
