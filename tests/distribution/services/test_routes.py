from __future__ import annotations

from collections.abc import Sequence

import pytest

from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed, NotVisible
from catalog.foundation.journal.models import Event
from catalog.models import Township
from distribution.errors import RouteWithoutStops, TownshipOffRoute, TownshipOnOtherRoute
from distribution.models import Route
from distribution.services.routes import drop_route, plan_route
from tests.cast import ZHENGZHOU, ZHONGYUAN, Cast
from tests.factories import NOW
from tests.refusals import refused

A, B, C = (f"{ZHONGYUAN}00{number}" for number in (1, 2, 3))


@pytest.fixture(autouse=True)
def townships(cast: Cast) -> None:
    Township.objects.bulk_create(Township(code=code, name=code[-3:], county_id=ZHONGYUAN) for code in (A, B, C))


def plan(
    cast: Cast, townships: Sequence[str], name: str = "东线", *, actor: Actor | None = None, county: str = ZHONGYUAN
) -> Route:
    return plan_route(
        carrier_id=cast.distributor_firm.pk,
        county_code=county,
        name=name,
        townships=townships,
        actor=actor or cast.distributor,
        at=NOW,
    )


def stops(route: Route) -> list[str]:
    return list(route.stops.order_by("position").values_list("township", flat=True))


class TestPlanRoute:
    @pytest.mark.parametrize("role", ["distributor", "officer"])
    def test_writes_the_townships_in_their_order(self, cast: Cast, role: str) -> None:
        route = plan(cast, [B, A], actor=getattr(cast, role))
        assert (route.carrier, route.county_id, stops(route)) == (cast.distributor_firm, ZHONGYUAN, [B, A])
        assert Event.objects.get(action="route.plan").changes == {"townships": [None, [B, A]]}

    def test_changes_the_route_of_the_name(self, cast: Cast) -> None:
        plan(cast, [A, B])
        assert stops(plan(cast, [C, A])) == [C, A]
        assert Route.objects.count() == 1

    def test_is_refused_for_a_township_on_another_route(self, cast: Cast) -> None:
        plan(cast, [A])
        with refused(TownshipOnOtherRoute) as refusal:
            plan(cast, [A, B], "西线")
        assert refusal.facts["routes"] == "东线"
        assert plan(cast, [B], "西线")

    def test_is_refused_without_townships(self, cast: Cast) -> None:
        with refused(RouteWithoutStops):
            plan(cast, [])

    def test_is_refused_for_townships_that_are_not_the_countys_or_come_twice(self, cast: Cast) -> None:
        with refused(TownshipOffRoute, TownshipOffRoute, TownshipOffRoute):
            plan(cast, [A, "420102001", B, B])
        assert not Route.objects.exists()

    @pytest.mark.parametrize("role", ["rival", "supplier", "foreign_officer", "buyer", "supervisor", "visitor"])
    def test_is_refused_to_others(self, cast: Cast, role: str) -> None:
        with refused(NotAllowed):
            plan(cast, [A], actor=getattr(cast, role))

    @pytest.mark.parametrize("flaw", ["prefecture", "inactive"])
    def test_is_refused_for_what_is_no_county_or_no_carrier(self, cast: Cast, flaw: str) -> None:
        Organization.objects.filter(pk=cast.distributor_firm.pk).update(is_active=flaw != "inactive")
        with refused(NotVisible):
            plan(cast, [A], county=ZHENGZHOU if flaw == "prefecture" else ZHONGYUAN)


class TestDropRoute:
    def test_frees_the_townships(self, cast: Cast) -> None:
        drop_route(route_id=plan(cast, [A]).pk, actor=cast.officer, at=NOW)
        assert Event.objects.get(action="route.drop").changes == {"townships": [[A], None]}
        assert stops(plan(cast, [A], "西线")) == [A]

    def test_is_refused_to_others(self, cast: Cast) -> None:
        route = plan(cast, [A])
        with refused(NotAllowed):
            drop_route(route_id=route.pk, actor=cast.foreign_officer, at=NOW)
        assert stops(route) == [A]
