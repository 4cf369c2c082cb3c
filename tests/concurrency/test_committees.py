"""Officers, experts and workers at the same committee at the same moment."""

from __future__ import annotations

import pytest

from catalog.foundation.journal.models import Event
from procurement.models import Committee, CommitteeMember
from procurement.services import committees, scores
from procurement.services.committees import draw_committee, replace_member
from procurement.services.scores import save_scores, submit_scores
from procurement.services.shortlists import shortlist_tender
from tests import factories
from tests.cast import Cast
from tests.concurrency.threads import at_once, kinds, meeting
from tests.factories import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rule_sets")]


class TestTwoDraws:
    def test_leave_one_committee(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        tender = factories.technical_opened_tender(cast)
        factories.experts(cast)
        monkeypatch.setattr(committees, "may_run_tender", meeting(committees.may_run_tender))
        outcomes = at_once(
            *(
                lambda actor=actor: draw_committee(tender_number=tender.number, actor=actor, at=NOW)
                for actor in (cast.officer, cast.second_officer)
            )
        )
        assert kinds(outcomes) == ["Committee", "CommitteeDrawn"]
        assert Committee.objects.count() == 1
        assert CommitteeMember.objects.count() == 5


class TestReplacingWhoSubmits:
    def test_does_one_of_the_two(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        tender = factories.technical_opened_tender(cast)
        sheet = factories.sheets(factories.committee(cast, tender))[0]
        member = factories.actor_of(sheet.member.expert)
        save_scores(sheet_id=sheet.pk, points=factories.full_scores(tender), actor=member, at=NOW)
        together = meeting(lambda: None)
        policy, require = scores.may_score, committees.may_run_tender
        monkeypatch.setattr(scores, "may_score", lambda *given: (together(), policy(*given)))
        monkeypatch.setattr(committees, "may_run_tender", lambda *given: (together(), require(*given)))
        outcomes = at_once(
            lambda: submit_scores(sheet_id=sheet.pk, actor=member, at=NOW),
            lambda: replace_member(member_id=sheet.member_id, reason="生病", actor=cast.officer, at=NOW),
        )
        assert kinds(outcomes) in (
            ["ScoreSheet", "ScoresSubmitted"],
            ["CommitteeMember", "NotAllowed"],
            ["CommitteeMember", "NotVisible"],
        )
        sitting = CommitteeMember.objects.sitting()
        assert sitting.count() == 5
        sheet.refresh_from_db()
        assert (sheet.status == "submitted") == sitting.filter(pk=sheet.member_id).exists()


class TestTwoWorkers:
    def test_shortlist_once(self, cast: Cast) -> None:
        tender = factories.scored_tender(cast)
        outcomes = at_once(*[lambda: shortlist_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)] * 2)
        assert kinds(outcomes) == ["AlreadyDone", "Tender"]
        assert Event.objects.filter(action="bid.shortlist").count() == 2
