from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.foundation.journal.models import Delivery
from procurement.models import Evaluation, Opening, Tender
from procurement.states import TenderStatus
from procurement.tasks import close_due_tenders, evaluate_tender_task, open_technical_task, open_tender_task
from tests import factories
from tests.cast import Cast
from tests.factories import ago

pytestmark = pytest.mark.usefixtures("rule_sets")


class TestCloseDueTenders:
    def test_closes_what_is_past_its_deadline_and_no_more(self, cast: Cast) -> None:
        factories.guide_price()
        due = factories.published_tender(cast, at=ago(days=2), deadline_at=ago(days=1))
        ahead = factories.published_tender(cast, [factories.lot_plan(factories.presentation())])
        assert ahead.deadline_at - due.deadline_at > timedelta(days=1)
        assert (close_due_tenders(), close_due_tenders()) == (1, 0)
        assert Tender.objects.get(pk=due.pk).status == TenderStatus.CLOSED
        assert Tender.objects.get(pk=ahead.pk).status == TenderStatus.PUBLISHED


class TestTheTechnicalOpening:
    def test_is_done_once_however_often_it_is_called(self, cast: Cast) -> None:
        tender = factories.two_envelope_tender(cast, at=ago(days=40), deadline_at=ago(days=10))
        factories.two_envelope_bid(tender.lots.select_related("tender", "presentation").get(), cast.supplier)
        factories.release(tender, cast.officer, cast.supervisor)
        message = Delivery.objects.get(subscriber="procurement.open_technical")
        for _ in range(2):
            open_technical_task(message.event_id)
        message.refresh_from_db()
        assert message.delivered_at is not None
        assert Opening.objects.get().stage == "technical"


class TestFromTheSharesToTheProposal:
    def test_each_step_is_done_once_however_often_it_is_called(self, cast: Cast) -> None:
        tender = factories.assembled_tender(cast)
        for task, subscriber in (
            (open_tender_task, "procurement.open_tender"),
            (evaluate_tender_task, "procurement.evaluate_tender"),
        ):
            message = Delivery.objects.get(subscriber=subscriber)
            for _ in range(2):
                task(message.event_id)
            message.refresh_from_db()
            assert message.delivered_at is not None
        tender.refresh_from_db()
        assert tender.status == TenderStatus.EVALUATED
        assert Opening.objects.count() == Evaluation.objects.count() == 1
