"""The heavy steps on a real Celery worker, over the real broker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from celery.contrib.testing.worker import start_worker
from django.utils import timezone

from catalog.foundation.journal.models import Delivery
from config.celery import app
from distribution.models import RetailFinding, RetailReport
from distribution.services.runs import request_run
from distribution.states import RetailReportStatus, RunStatus
from procurement.models import Tender
from procurement.states import TenderStatus
from tests import factories
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    app.control.purge()
    with start_worker(app, perform_ping_check=False, queues=["default", "bulk"], pool="solo", shutdown_timeout=30):
        yield


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, list(Delivery.objects.values())
        time.sleep(0.1)


class TestWorker:
    def test_opens_and_evaluates_after_the_second_share(self, cast: Cast, rule_sets: object, worker: None) -> None:
        tender = factories.assembled_tender(cast, at=timezone.now())
        wait_for(lambda: Tender.objects.get(pk=tender.pk).status == TenderStatus.EVALUATED)
        wait_for(lambda: not Delivery.objects.filter(delivered_at=None).exists())

    def test_runs_the_distribution(self, cast: Cast, rule_sets: object, worker: None) -> None:
        requisition = factories.approved_requisition(cast, at=timezone.now())
        run = request_run(province_id=requisition.province_id, actor=cast.officer, at=timezone.now())
        wait_for(lambda: type(run).objects.get(pk=run.pk).status == RunStatus.FINISHED)
        requisition.refresh_from_db()
        assert requisition.orders.count() == 1

    def test_checks_retail_prices(self, cast: Cast, rule_sets: object, worker: None) -> None:
        [line] = factories.agreement_lines(cast, at=timezone.now())
        today = timezone.localdate()
        report = factories.retail_report(cast, {line.product: "9.99"}, observed_on=today, at=timezone.now())
        wait_for(lambda: RetailReport.objects.get(pk=report.pk).status == RetailReportStatus.CHECKED)
        assert RetailFinding.objects.filter(retail_price__report=report).count() == 2
