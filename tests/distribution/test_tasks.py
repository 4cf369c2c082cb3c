from __future__ import annotations

import pytest

from catalog.foundation.journal.models import Delivery
from catalog.foundation.journal.relay import relay
from distribution.models import DistributionRun, Order, RetailFinding
from distribution.services.runs import request_run
from distribution.states import RunStatus
from distribution.tasks import check_retail_report_task, execute_run_task, request_runs
from tests import factories
from tests.cast import HENAN, Cast
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("rule_sets")


class TestRequestRuns:
    def test_asks_for_a_run_of_each_province_where_something_is_approved(self, cast: Cast) -> None:
        assert request_runs() == 0
        factories.approved_requisition(cast)
        assert request_runs() == 1
        assert DistributionRun.objects.get().province_id == HENAN

    def test_leaves_what_is_under_way(self, cast: Cast) -> None:
        factories.approved_requisition(cast)
        request_run(province_id=HENAN, actor=cast.officer, at=NOW)
        assert request_runs() == 0
        assert DistributionRun.objects.count() == 1


class TestExecuteRunTask:
    def test_places_the_orders_once_however_often_it_is_called(self, cast: Cast) -> None:
        factories.approved_requisition(cast)
        request_run(province_id=HENAN, actor=cast.officer, at=NOW)
        message = Delivery.objects.get(subscriber="distribution.execute_run")
        for _ in range(3):
            execute_run_task(message.event_id)
        assert DistributionRun.objects.get().status == RunStatus.FINISHED
        assert Order.objects.count() == 1
        message.refresh_from_db()
        assert message.delivered_at is not None


class TestCheckRetailReportTask:
    def test_finds_each_violation_once_however_often_it_is_called(self, cast: Cast) -> None:
        factories.guide_price()
        factories.retail_report(cast, {factories.product(cast.supplier_firm): "9.00"})
        sent: list[int] = []
        relay(lambda name, event_id: sent.append(event_id), at=NOW)
        for event_id in sent * 2:
            check_retail_report_task(event_id)
        assert RetailFinding.objects.count() == 1
