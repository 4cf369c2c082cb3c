from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.foundation.journal.models import Delivery
from catalog.foundation.journal.relay import relay
from catalog.models import RuleSet
from catalog.rules.months import months_after
from distribution.models import DistributionRun, Order, PriceAlarm, RetailCase, RetailFinding, Scorecard
from distribution.services.retail_checks import check_retail_report
from distribution.services.runs import request_run
from distribution.states import RunStatus
from distribution.tasks import (
    check_retail_report_task,
    draw_scorecards_task,
    escalate_orders,
    execute_run_task,
    note_checked_task,
    refresh_signals_task,
    remind_of_recalls_task,
    request_runs,
    watch_price_alarms_task,
    watch_shortages_task,
    watch_stock_and_reserve,
)
from tests import factories
from tests.cast import HENAN, HUBEI, Cast
from tests.distribution.measured import DELIVERED, measured_order
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.usefixtures("rule_sets")
CHECK = "distribution.check_retail_report"


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
        relay(lambda name, event_id: sent.append(event_id) if name == CHECK else None, at=NOW)
        for event_id in sent * 2:
            check_retail_report_task(event_id)
        assert RetailFinding.objects.count() == 1


class TestNoteCheckedTask:
    def test_opens_the_case_after_the_check_once_however_often_it_is_called(self, cast: Cast) -> None:
        factories.guide_price()
        report = factories.retail_report(cast, {factories.product(cast.supplier_firm): "9.00"})
        check_retail_report(report_id=report.pk, actor=cast.platform, at=NOW)
        message = Delivery.objects.get(subscriber="distribution.note_checked")
        for _ in range(2):
            note_checked_task(message.event_id)
        assert RetailCase.objects.get().findings.count() == 1
        message.refresh_from_db()
        assert message.delivered_at is not None


class TestWatchPriceAlarmsTask:
    def test_looks_through_every_province_once_a_quarter(self, cast: Cast) -> None:
        factories.price_alarm(cast)
        for firm, price in ((cast.supplier_firm, "3.00"), (cast.rival_firm, "1.00")):
            alike = factories.product(firm, factories.presentation("氨溴索", "片剂", "30mg"))
            factories.procurement_price(alike, price, province_id=HUBEI)
        # Henan has those of this quarter
        assert (watch_price_alarms_task(), watch_price_alarms_task()) == (1, 0)
        PriceAlarm.objects.all().delete()
        RuleSet.objects.filter(kind=RuleSet.Kind.PRICE_ALARM).delete()
        assert watch_price_alarms_task() == 0


class TestWithoutRules:
    @pytest.mark.parametrize(
        "task",
        [
            *(watch_shortages_task, refresh_signals_task, remind_of_recalls_task, watch_price_alarms_task),
            *(escalate_orders, draw_scorecards_task, watch_stock_and_reserve),
        ],
    )
    def test_a_task_of_the_clock_does_nothing(self, cast: Cast, task: Callable[[], int]) -> None:
        RuleSet.objects.all().delete()
        assert task() == 0

    def test_price_alarms_without_ratios_are_too_few(self, cast: Cast) -> None:
        factories.price_alarm(cast)
        RuleSet.objects.filter(kind=RuleSet.Kind.PRICE_RATIO).delete()
        assert watch_price_alarms_task() == 0


class TestDrawScorecards:
    def test_draws_those_of_the_month_before_in_every_province(self, cast: Cast) -> None:
        [line] = factories.agreement_lines(cast)
        last_month = months_after(TODAY.replace(day=1), -1)
        placed_at = NOW.replace(year=last_month.year, month=last_month.month, day=10)
        for hospital in (cast.hospital, cast.other_hospital):
            measured_order(hospital, [(line, DELIVERED)], placed_at=placed_at)
        assert [draw_scorecards_task() for _ in range(2)] == [2, 2]
        cards = Scorecard.objects.order_by("province").values_list("province", "month", "verdict")
        assert list(cards) == [(HENAN, last_month, "too_few"), (HUBEI, last_month, "too_few")]


class TestWatchStock:
    def test_looks_at_every_province_and_the_reserves(self, cast: Cast) -> None:
        product = factories.product(cast.supplier_firm)
        factories.stock_lot(cast.pharmacist, product, days=-1)
        factories.stock_lot(cast.outsider, product, days=-1)
        factories.filled_reserve(cast, product, factories.fresh(1))
        assert watch_stock_and_reserve() == 3
        assert watch_stock_and_reserve() == 0
