"""Starting a run, and finding the orders that it made."""

from __future__ import annotations

import pytest
from django.urls import reverse

from distribution.models import DistributionRun, Order, Requisition
from tests import factories
from tests.cast import HENAN, Cast
from tests.procurement.admin.pages import client_of, get, list_of, page_of, post

pytestmark = pytest.mark.usefixtures("rule_sets")
START = "admin:distribution_distributionrun_start"


class TestStart:
    def test_asks_for_a_run_of_the_officers_province(self, cast: Cast) -> None:
        factories.approved_requisition(cast)
        client = client_of(cast.officer)
        assert "河南省: 1 approved requisitions wait" in get(client, reverse(START))
        assert not DistributionRun.objects.exists()
        assert "is asked for" in post(client, reverse(START))
        run = DistributionRun.objects.get()
        assert (run.province_id, run.requested_by_id) == (HENAN, cast.officer.user_id)

    def test_a_second_one_waits(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        post(client, reverse(START))
        assert "is under way" in post(client, reverse(START))
        assert DistributionRun.objects.count() == 1

    def test_is_not_for_supervisors(self, cast: Cast) -> None:
        assert client_of(cast.supervisor).post(reverse(START)).status_code == 403


class TestOrders:
    def test_are_found_by_their_number(self, cast: Cast) -> None:
        order = factories.placed_order(cast)
        client = client_of(cast.officer)
        found = client.get(list_of(Order), {"q": order.number}).context["cl"].result_list
        assert list(found) == [order]
        assert not client.get(list_of(Order), {"q": "PO99999999"}).context["cl"].result_list
        [requisition] = client.get(list_of(Requisition), {"q": order.requisition.number}).context["cl"].result_list
        assert requisition.pk == order.requisition_id

    def test_show_their_lines_and_what_they_cost(self, cast: Cast) -> None:
        order = factories.despatch(cast).order
        page = get(client_of(cast.officer), page_of(order))
        for words in ("阿莫西林 胶囊 0.25g × 24", "¥6.00", "¥60.00", "despatched"):
            assert words in page

    def test_are_counted_on_their_run(self, cast: Cast) -> None:
        order = factories.placed_order(cast)
        client = client_of(cast.officer)
        page = get(client, page_of(order.run))
        assert f"{list_of(Order)}?run__id__exact={order.run_id}" in page
        shown = client.get(list_of(Order), {"run__id__exact": order.run_id}).context["cl"].result_list
        assert list(shown) == [order]
