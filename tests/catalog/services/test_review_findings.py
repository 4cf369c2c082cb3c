from __future__ import annotations

from datetime import date

import pytest

from catalog.errors import AlreadyRegistered, ReasonNeeded, UnknownCode
from catalog.foundation.errors import NotAllowed, NothingGiven, NotVisible
from catalog.foundation.journal.models import Event
from catalog.models import Edition, SelectionFinding, SelectionReview
from catalog.services.reviews import Finding, add_findings, record_review
from catalog.states import Criterion
from tests.cast import Cast
from tests.catalog.admin.lists import drafted, entry_of, listing
from tests.factories import NOW
from tests.refusals import refused


@pytest.fixture
def edition(cast: Cast) -> Edition:
    return drafted("2026", [listing(), listing(1, "青霉素")], cast.officer)


@pytest.fixture
def review(cast: Cast, edition: Edition) -> SelectionReview:
    return record_review(
        edition=edition,
        title="遴选会议",
        held_on=date(2026, 3, 1),
        panel="国家基本药物工作委员会",
        source="",
        findings=[],
        actor=cast.officer,
        at=NOW,
    )


class TestAddFindings:
    def test_adds_to_what_the_review_has_found(self, cast: Cast, edition: Edition, review: SelectionReview) -> None:
        for name in ("阿莫西林", "青霉素"):
            findings = [Finding(entry_of(edition, name), Criterion.SAFETY, True)]
            add_findings(review_id=review.pk, findings=findings, actor=cast.second_officer, at=NOW)
        assert review.findings.count() == 2
        event = Event.objects.filter(action="selection_review.add_findings").latest("pk")
        assert (event.subject_id, event.changes) == (review.pk, {"findings": [None, 1]})

    def test_judges_a_criterion_once(self, cast: Cast, edition: Edition, review: SelectionReview) -> None:
        finding = Finding(entry_of(edition, "阿莫西林"), Criterion.SAFETY, True)
        add_findings(review_id=review.pk, findings=[finding], actor=cast.officer, at=NOW)
        other = Finding(entry_of(edition, "青霉素"), Criterion.SAFETY, True)
        with refused(AlreadyRegistered):
            add_findings(review_id=review.pk, findings=[other, finding], actor=cast.officer, at=NOW)
        assert SelectionFinding.objects.count() == 1

    def test_refuses_every_finding_without_its_reason_or_of_another_edition(
        self, cast: Cast, edition: Edition, review: SelectionReview
    ) -> None:
        foreign = entry_of(drafted("2018", [listing()], cast.officer), "阿莫西林")
        findings = [
            Finding(entry_of(edition, "阿莫西林"), Criterion.PRICE, False, " "),
            Finding(foreign, Criterion.PRICE, True),
        ]
        with refused(ReasonNeeded, UnknownCode) as refusal:
            add_findings(review_id=review.pk, findings=findings, actor=cast.officer, at=NOW)
        assert refusal.pointers == ["/findings/0/reason", "/findings/1/entry"]

    def test_refuses_nothing_at_all_and_an_unknown_review(
        self, cast: Cast, edition: Edition, review: SelectionReview
    ) -> None:
        with refused(NothingGiven):
            add_findings(review_id=review.pk, findings=[], actor=cast.officer, at=NOW)
        finding = Finding(entry_of(edition, "阿莫西林"), Criterion.SAFETY, True)
        with refused(NotVisible):
            add_findings(review_id=0, findings=[finding], actor=cast.officer, at=NOW)

    def test_is_the_officers_matter(self, cast: Cast, edition: Edition, review: SelectionReview) -> None:
        finding = Finding(entry_of(edition, "阿莫西林"), Criterion.SAFETY, True)
        with refused(NotAllowed):
            add_findings(review_id=review.pk, findings=[finding], actor=cast.supervisor, at=NOW)
