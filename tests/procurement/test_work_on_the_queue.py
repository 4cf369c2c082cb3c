"""The worker's part: heard of, restartable, safe to run twice; killed in the middle it leaves the tender whole."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.foundation.journal.models import Delivery
from procurement import tasks
from procurement.models import Bid, EvaluationLine, Notice, Release, ScreenFlag, Tender, TenderJob
from procurement.states import BidStatus, TenderStatus
from tests import factories
from tests.cast import Cast
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("rule_sets")

Work = TenderJob.Work


def waiting(subscriber: str) -> list[int]:
    """The events that wait for the task."""
    return list(
        Delivery.objects.filter(subscriber=subscriber, delivered_at=None).order_by("pk").values_list("event", flat=True)
    )


def state_of(tender: Tender, work: str) -> TenderJob.State:
    return TenderJob.objects.get(tender=tender, name=work).state(NOW)


class TestWhatIsHeardOf:
    def test_publishes_tells_and_screens_along_the_way(self, cast: Cast) -> None:
        tender = factories.concluded_tender(cast)
        for task, name in (
            (tasks.screen_tender_task, "procurement.screen_tender"),
            (tasks.publish_releases_task, "procurement.publish_releases"),
            (tasks.send_notices_task, "procurement.send_notices"),
        ):
            events = waiting(name)
            assert events
            for event in events * 2:
                task(event)
            assert waiting(name) == []
        assert Release.objects.filter(tender=tender).exists() and Notice.objects.filter(tender=tender).count() == 3
        done = TenderJob.objects.filter(tender=tender)
        assert {job.name for job in done} == {Work.SCREENING, Work.PUBLICATION, Work.NOTICES}
        assert {job.state(NOW) for job in done} == {TenderJob.State.DONE}

    def test_deals_with_all_that_waits_about_a_tender_at_once(self, cast: Cast) -> None:
        first, second = factories.concluded_tender(cast), factories.published_tender(cast)
        events = waiting("procurement.publish_releases")
        tasks.publish_releases_task(events[0])
        left = waiting("procurement.publish_releases")
        assert len(events) > 3 and len(left) == 1
        assert set(Release.objects.values_list("tender", flat=True)) == {first.pk}
        with CaptureQueriesContext(connection) as queries:
            tasks.publish_releases_task(events[1])
        assert len(queries) <= 4
        tasks.publish_releases_task(left[0])
        assert Release.objects.filter(tender=second).count() == 1

    def test_keeps_the_messages_of_work_that_failed(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        tender = factories.published_tender(cast)
        [event] = waiting("procurement.publish_releases")

        def fail(**_given: object) -> None:
            raise RuntimeError("no room on the disk")

        with monkeypatch.context() as broken:
            broken.setattr(tasks, "publish_releases", fail)
            with pytest.raises(RuntimeError):
                tasks.publish_releases_task(event)
        assert waiting("procurement.publish_releases") == [event]
        job = TenderJob.objects.get(tender=tender)
        assert job.failure == "RuntimeError"
        tasks.publish_releases_task(event)
        job.refresh_from_db()
        assert waiting("procurement.publish_releases") == [] and job.failure == ""


class TestAKilledWorker:
    """``SystemExit`` in the middle stands for the kill: nothing after it runs, the transaction is gone."""

    def test_leaves_an_opening_whole_and_the_next_finishes_it(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tender = factories.assembled_tender(cast)
        [event] = waiting("procurement.open_tender")
        self.kill(monkeypatch, "procurement.services.openings.write_minutes", tasks.open_tender_task, event)
        tender.refresh_from_db()
        assert tender.status == TenderStatus.OPENING
        assert set(Bid.objects.filter(lot__tender=tender).values_list("status", "offer_price")) == {
            (BidStatus.SEALED, None)
        }
        assert state_of(tender, Work.OPENING) == TenderJob.State.RUNNING
        tasks.open_tender_task(event)
        tender.refresh_from_db()
        assert tender.status == TenderStatus.OPENED and state_of(tender, Work.OPENING) == TenderJob.State.DONE

    def test_leaves_an_evaluation_whole_and_the_next_finishes_it(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tender = factories.opened_tender(cast)
        [event] = waiting("procurement.evaluate_tender")
        self.kill(monkeypatch, "procurement.services.evaluations.ask_explanations", tasks.evaluate_tender_task, event)
        tender.refresh_from_db()
        assert tender.status == TenderStatus.OPENED and not EvaluationLine.objects.exists()
        tasks.evaluate_tender_task(event)
        tender.refresh_from_db()
        assert tender.status == TenderStatus.EVALUATED and EvaluationLine.objects.count() == 2
        tasks.evaluate_tender_task(event)
        assert EvaluationLine.objects.count() == 2 and state_of(tender, Work.EVALUATION) == TenderJob.State.DONE

    def test_leaves_the_flags_whole_and_the_next_finishes_them(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tender = factories.evaluated_tender(cast)
        Bid.objects.filter(lot__tender=tender).update(machine="a" * 64)
        [event] = waiting("procurement.screen_tender")
        self.kill(monkeypatch, "procurement.services.screens.record", tasks.screen_tender_task, event)
        assert not ScreenFlag.objects.exists() and waiting("procurement.screen_tender") == [event]
        tasks.screen_tender_task(event)
        assert ScreenFlag.objects.count() == 1 and waiting("procurement.screen_tender") == []

    def kill(self, monkeypatch: pytest.MonkeyPatch, where: str, task: object, event: int) -> None:
        def die(*_given: object, **_named: object) -> None:
            raise SystemExit

        with monkeypatch.context() as killed:
            killed.setattr(where, die)
            with pytest.raises(SystemExit):
                task(event)  # type: ignore[operator]
