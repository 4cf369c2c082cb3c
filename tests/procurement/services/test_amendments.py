from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from catalog.foundation.errors import NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Event
from catalog.models import RuleSet
from procurement.errors import (
    BiddingClosed,
    BiddingNotOpen,
    ChangeTooLate,
    DeadlineMovedBack,
    FileNotAccepted,
    TextMissing,
)
from procurement.models import Amendment, Tender, TenderDocument
from procurement.services.amendments import drop_amendment, propose_amendment, publish_amendment
from procurement.services.documents import Attachment
from procurement.states import AmendmentStatus
from tests import factories
from tests.cast import PLAIN, Cast
from tests.factories import NOW
from tests.procurement.files import HTML, PDF
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("rule_sets")


@pytest.fixture
def tender(cast: Cast) -> Tender:
    RuleSet.objects.filter(kind=RuleSet.Kind.VOLUME_BASED).delete()
    factories.rule_set(RuleSet.Kind.VOLUME_BASED, PLAIN | {"least_change_days": 15})
    return factories.published_tender(cast)


def propose(cast: Cast, tender: Tender, **changed: Any) -> Amendment:
    options: dict[str, Any] = {
        "tender_number": tender.number,
        "text": "第二章补充配送要求",
        "deadline_at": tender.deadline_at + timedelta(days=5),
        "affects_preparation": True,
        "actor": cast.officer,
        "at": NOW,
    }
    return propose_amendment(**options | changed)


def publish(cast: Cast, amendment: Amendment, at: datetime = NOW, **changed: Any) -> Amendment:
    return publish_amendment(**{"amendment_id": amendment.pk, "actor": cast.second_officer, "at": at} | changed)


class TestProposeAmendment:
    def test_changes_nothing_yet_and_is_seen_by_the_agency_alone(self, cast: Cast, tender: Tender) -> None:
        amendment = propose(cast, tender, documents=[Attachment("补充文件", "补充.pdf", PDF)])
        before = tender.deadline_at
        tender.refresh_from_db()
        assert (tender.deadline_at, amendment.status) == (before, AmendmentStatus.PROPOSED)
        for rows in (Amendment.objects, TenderDocument.objects):
            assert not rows.visible_to(cast.supplier).exists()
            assert rows.visible_to(cast.second_officer).exists()

    def test_refuses_a_deadline_that_moves_back(self, cast: Cast, tender: Tender) -> None:
        with refused(DeadlineMovedBack):
            propose(cast, tender, deadline_at=tender.deadline_at - timedelta(seconds=1), affects_preparation=False)

    def test_leaves_bidders_fifteen_days_for_what_affects_them(self, cast: Cast, tender: Tender) -> None:
        late = tender.deadline_at - timedelta(days=14)
        with refused(ChangeTooLate):
            propose(cast, tender, deadline_at=tender.deadline_at, at=late)
        assert propose(cast, tender, deadline_at=late + timedelta(days=15), at=late)
        assert propose(cast, tender, deadline_at=tender.deadline_at, at=late, affects_preparation=False)

    def test_refuses_others_empty_texts_and_files_of_other_kinds(self, cast: Cast, tender: Tender) -> None:
        with refused(NotAllowed):
            propose(cast, tender, actor=cast.foreign_officer)
        with refused(TextMissing):
            propose(cast, tender, text=" ")
        with refused(FileNotAccepted):
            propose(cast, tender, documents=[Attachment("x", "x.pdf", HTML)])
        assert not Amendment.objects.exists()

    def test_is_for_published_tenders_before_their_deadline(self, cast: Cast, tender: Tender) -> None:
        with refused(BiddingNotOpen):
            propose(cast, factories.drafted_tender(cast))
        with refused(BiddingClosed):
            propose(cast, tender, at=tender.deadline_at)


class TestPublishAmendment:
    def test_moves_the_deadline_and_is_read_by_all(self, cast: Cast, tender: Tender) -> None:
        amendment = propose(cast, tender, documents=[Attachment("补充文件", "补充.pdf", PDF)])
        former, version = tender.deadline_at, tender.version
        publish(cast, amendment)
        tender.refresh_from_db()
        assert (tender.deadline_at, tender.version) == (former + timedelta(days=5), version + 1)
        assert Amendment.objects.visible_to(cast.visitor).get().published_by_id == cast.second_officer.user_id
        assert TenderDocument.objects.visible_to(cast.visitor).exists()
        assert "deadline_at" in Event.objects.get(action="tender.amend").changes

    def test_needs_a_second_officer(self, cast: Cast, tender: Tender) -> None:
        amendment = propose(cast, tender)
        with refused(NotAllowed):
            publish(cast, amendment, actor=cast.officer)
        with refused(NotAllowed):
            publish(cast, amendment, actor=cast.supervisor)
        with refused(NotAllowed):
            publish(cast, amendment, actor=cast.foreign_officer)

    def test_is_judged_anew_on_the_day_it_is_published(self, cast: Cast, tender: Tender) -> None:
        amendment = propose(cast, tender)
        with refused(ChangeTooLate):
            publish(cast, amendment, at=amendment.deadline_at - timedelta(days=14))
        with refused(BiddingClosed):
            publish(cast, amendment, at=tender.deadline_at)

    def test_never_moves_the_deadline_back_behind_another_amendment(self, cast: Cast, tender: Tender) -> None:
        short, long = propose(cast, tender), propose(cast, tender, deadline_at=tender.deadline_at + timedelta(days=9))
        publish(cast, long)
        with refused(DeadlineMovedBack):
            publish(cast, short)

    def test_happens_once(self, cast: Cast, tender: Tender) -> None:
        amendment = propose(cast, tender)
        publish(cast, amendment)
        with pytest.raises(WrongState):
            publish(cast, amendment)

    def test_is_not_there_for_who_does_not_see_the_tender(self, cast: Cast, tender: Tender) -> None:
        amendment = propose(cast, tender)
        Tender.objects.filter(pk=tender.pk).update(status="draft", published_at=None)
        with refused(NotVisible):
            publish(cast, amendment, actor=cast.supplier)


class TestDropAmendment:
    def test_takes_its_files_along(self, cast: Cast, tender: Tender) -> None:
        amendment = propose(cast, tender, documents=[Attachment("补充文件", "补充.pdf", PDF)])
        drop_amendment(amendment_id=amendment.pk, actor=cast.officer, at=NOW)
        amendment.refresh_from_db()
        assert amendment.status == AmendmentStatus.DROPPED
        assert not TenderDocument.objects.exists()
        with pytest.raises(WrongState):
            publish(cast, amendment)
