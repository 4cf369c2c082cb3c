"""The worker shortlists when the last sheet is in, once, however often it is told."""

from __future__ import annotations

import pytest

from catalog.foundation.journal.models import Delivery, Event
from procurement.services.committees import replace_member
from procurement.services.experts import declare_interest
from procurement.states import TenderStatus
from procurement.tasks import shortlist_tender_task
from tests import factories
from tests.cast import Cast
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("rule_sets")


def deliver_all() -> None:
    """Every message about a submitted sheet reaches the worker, and then again."""
    for message in Delivery.objects.filter(subscriber="procurement.shortlist_tender").order_by("pk"):
        shortlist_tender_task(message.event_id)


class TestShortlistTask:
    def test_waits_for_the_last_sheet(self, cast: Cast) -> None:
        tender = factories.technical_opened_tender(cast)
        *first, last = factories.sheets(factories.committee(cast, tender))
        for sheet in first:
            factories.submitted_sheet(sheet, tender)
        deliver_all()
        tender.refresh_from_db()
        assert tender.status == TenderStatus.TECHNICAL_OPENED
        factories.submitted_sheet(last, tender)
        for _ in range(2):
            deliver_all()
        tender.refresh_from_db()
        assert tender.status == TenderStatus.SHORTLISTED
        assert Event.objects.filter(action="tender.shortlist").count() == 1
        messages = Delivery.objects.filter(subscriber="procurement.shortlist_tender")
        assert messages.count() == 5
        assert not messages.filter(delivered_at=None).exists()

    def test_waits_for_the_successor_of_a_member_in_conflict(self, cast: Cast) -> None:
        tender = factories.scored_tender(cast)
        member = tender.committee.members.all()[0]
        declare_interest(
            expert_id=member.expert_id, organization=cast.rival_firm, description="顾问", actor=cast.officer, at=NOW
        )
        deliver_all()
        tender.refresh_from_db()
        assert tender.status == TenderStatus.TECHNICAL_OPENED
        came = replace_member(member_id=member.pk, reason="利益冲突", actor=cast.officer, at=NOW)
        factories.submitted_sheet(came.sheet, tender)
        deliver_all()
        tender.refresh_from_db()
        assert tender.status == TenderStatus.SHORTLISTED
