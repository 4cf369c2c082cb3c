"""How far a run is, what it put together, and the routes that it went by."""

from __future__ import annotations

import pytest
from django.urls import reverse

from catalog.models import Township
from distribution.models import ConsolidatedDelivery, DistributionRun, Order, Route
from distribution.services.routes import plan_route
from distribution.services.runs import request_run
from distribution.states import RunStatus
from tests import factories
from tests.cast import HENAN, ZHONGYUAN, Cast
from tests.factories import NOW
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

PLAN = "admin:distribution_route_plan"


@pytest.fixture
def route(cast: Cast) -> Route:
    Township.objects.create(code=f"{ZHONGYUAN}001", name="棉纺路", county_id=ZHONGYUAN)
    Township.objects.create(code=f"{ZHONGYUAN}002", name="绿东村", county_id=ZHONGYUAN)
    return plan_route(
        carrier_id=cast.distributor_firm.pk,
        county_code=ZHONGYUAN,
        name="东线",
        townships=[f"{ZHONGYUAN}001"],
        actor=cast.distributor,
        at=NOW,
    )


class TestRuns:
    def test_show_how_far_they_are_and_go_on_by_themselves(self, cast: Cast) -> None:
        run = request_run(province_id=HENAN, actor=cast.officer, at=NOW)
        DistributionRun.objects.update(status=RunStatus.RUNNING, expected_count=8, requisition_count=2)
        client = client_of(cast.officer)
        for address in (list_of(DistributionRun), page_of(run)):
            response = client.get(address)
            assert response.headers["Refresh"] == "3"
            assert "2 of 8" in response.content.decode()
            assert "25.0%" in response.content.decode()

    def test_that_have_finished_stand_still(self, cast: Cast) -> None:
        run = factories.run(cast)
        client = client_of(cast.officer)
        for address in (list_of(DistributionRun), page_of(run)):
            assert "Refresh" not in client.get(address).headers


@pytest.mark.usefixtures("rule_sets")
class TestConsolidatedDeliveries:
    def test_are_listed_with_their_orders(self, cast: Cast) -> None:
        order = factories.placed_order(cast)
        client = client_of(cast.officer)
        page = get(client, list_of(ConsolidatedDelivery))
        for words in ("中原区", "华夏制药有限公司", "room temperature"):
            assert words in page
        delivery = order.delivery
        assert delivery is not None
        address = f"{list_of(Order)}?delivery__id__exact={delivery.pk}"
        assert address in get(client, page_of(delivery))
        assert list(client.get(address).context["cl"].result_list) == [order]
        assert f"run__id__exact={order.run_id}" in get(client, page_of(order.run))

    def test_are_the_provinces(self, cast: Cast) -> None:
        factories.placed_order(cast)
        page = client_of(cast.foreign_officer).get(list_of(ConsolidatedDelivery))
        assert not page.context["cl"].result_list


class TestRoutes:
    def test_are_listed_with_their_townships(self, cast: Cast, route: Route) -> None:
        page = get(client_of(cast.supervisor), list_of(Route))
        for words in ("东线", "棉纺路", "中原医药配送有限公司"):
            assert words in page

    def test_are_planned_by_officers(self, cast: Cast, route: Route) -> None:
        values = {"carrier": cast.distributor_firm.code, "county": ZHONGYUAN, "name": "西线"}
        page = post(client_of(cast.officer), reverse(PLAN), **values, townships=f"{ZHONGYUAN}001")
        assert "东线" in page and Route.objects.count() == 1
        post(client_of(cast.officer), reverse(PLAN), **values, townships=f"{ZHONGYUAN}002")
        assert Route.objects.get(name="西线").stops.get().township_id == f"{ZHONGYUAN}002"

    def test_are_given_up_by_the_provinces_officers(self, cast: Cast, route: Route) -> None:
        address = action_of(route, "drop")
        assert client_of(cast.supervisor).post(address).status_code == 403
        assert address in get(client_of(cast.officer), page_of(route))
        assert address not in get(client_of(cast.foreign_officer), page_of(route))
        post(client_of(cast.officer), address)
        assert not Route.objects.exists()
