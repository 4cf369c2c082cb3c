"""Selection reviews: recorded, filled entry by entry, read on the entry."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from catalog.models import Edition, SelectionFinding, SelectionReview
from catalog.services.reviews import Finding, record_review
from catalog.states import Criterion
from tests.cast import Cast
from tests.catalog.admin.answers import cost
from tests.catalog.admin.lists import drafted, entry_of, listing
from tests.factories import NOW
from tests.procurement.admin.pages import action_of, client_of, get, list_of, page_of, post

RECORD = "admin:catalog_selectionreview_record_review"


@pytest.fixture
def edition(cast: Cast) -> Edition:
    return drafted("2026", [listing(), listing(1, "青霉素")], cast.officer)


def review(
    cast: Cast, edition: Edition, title: str = "遴选会议", *findings: Finding, held_on: date = date(2026, 3, 1)
) -> SelectionReview:
    return record_review(
        edition=edition,
        title=title,
        held_on=held_on,
        panel="国家基本药物工作委员会",
        source="",
        findings=findings,
        actor=cast.officer,
        at=NOW,
    )


class TestRecord:
    def filled(self, edition: Edition) -> dict[str, Any]:
        return {"edition": edition.pk, "title": "遴选会议", "held_on": "2026-03-01", "panel": "专家组", "source": ""}

    def test_enters_a_meeting(self, cast: Cast, edition: Edition) -> None:
        page = post(client_of(cast.officer), reverse(RECORD), **self.filled(edition))
        assert "is recorded; add what it found." in page
        assert SelectionReview.objects.get().panel == "专家组"

    def test_refuses_the_same_meeting_twice(self, cast: Cast, edition: Edition) -> None:
        client = client_of(cast.officer)
        for _ in range(2):
            page = post(client, reverse(RECORD), **self.filled(edition))
        assert "is already registered" in page
        assert SelectionReview.objects.count() == 1

    def test_is_not_for_supervisors(self, cast: Cast, edition: Edition) -> None:
        client = client_of(cast.supervisor)
        assert client.post(reverse(RECORD), self.filled(edition)).status_code == 403
        assert reverse(RECORD) not in get(client, list_of(SelectionReview))


class TestFindings:
    def test_are_entered_for_several_entries_at_a_time(self, cast: Cast, edition: Edition) -> None:
        held, client = review(cast, edition), client_of(cast.officer)
        get(client, action_of(held, "judge"))
        entries = [entry.pk for entry in edition.entries.all()]
        verdicts = {"safety_verdict": "met", "price_verdict": "unmet", "price_reason": "价格偏高"}
        assert "4 findings are added" in post(client, action_of(held, "judge"), entries=entries, **verdicts)
        assert SelectionFinding.objects.filter(criterion="price", is_met=False, reason="价格偏高").count() == 2
        page = get(client_of(cast.supervisor), page_of(held))
        assert "价格偏高" in page and "青霉素" in page

    def test_are_entered_on_the_entry(self, cast: Cast, edition: Edition) -> None:
        held, entry, client = review(cast, edition), entry_of(edition, "阿莫西林"), client_of(cast.officer)
        post(client, action_of(entry, "judge"), review=held.pk, necessity_verdict="met")
        [finding] = SelectionFinding.objects.all()
        assert (finding.entry, finding.criterion, finding.is_met) == (entry, Criterion.NECESSITY, True)
        assert held.title in get(client, page_of(entry))

    @pytest.mark.parametrize(
        ("verdicts", "words"),
        [
            ({"safety_verdict": "unmet", "safety_reason": " "}, "Say why"),
            ({}, "give at least one line"),
            ({"safety_verdict": "perhaps"}, "Select a valid choice"),
        ],
    )
    def test_are_refused_with_what_is_wrong(
        self, cast: Cast, edition: Edition, verdicts: dict[str, str], words: str
    ) -> None:
        held, entry = review(cast, edition), entry_of(edition, "阿莫西林")
        assert words in post(client_of(cast.officer), action_of(entry, "judge"), review=held.pk, **verdicts)
        assert not SelectionFinding.objects.exists()

    def test_do_not_change_what_the_review_has_found(self, cast: Cast, edition: Edition) -> None:
        entry = entry_of(edition, "阿莫西林")
        held = review(cast, edition, "遴选会议", Finding(entry, Criterion.SAFETY, True))
        client = client_of(cast.officer)
        values = {"review": held.pk, "safety_verdict": "unmet", "safety_reason": "不良反应"}
        assert "is already registered" in post(client, action_of(entry, "judge"), **values)
        assert SelectionFinding.objects.get().is_met

    def test_are_not_for_supervisors(self, cast: Cast, edition: Edition) -> None:
        client = client_of(cast.supervisor)
        for record in (review(cast, edition), entry_of(edition, "阿莫西林")):
            assert client.get(action_of(record, "judge")).status_code == 403
            assert action_of(record, "judge") not in get(client, page_of(record))


class TestOnTheEntry:
    def test_the_latest_review_has_the_last_word(self, cast: Cast, edition: Edition) -> None:
        entry = entry_of(edition, "阿莫西林")
        review(cast, edition, "复审", Finding(entry, Criterion.SAFETY, True), held_on=date(2026, 5, 1))
        review(cast, edition, "初审", Finding(entry, Criterion.SAFETY, False, "证据不足"), held_on=date(2026, 2, 1))
        page = get(client_of(cast.supervisor), page_of(entry))
        assert page.index("复审") < page.index("初审")
        assert page.count("overruled") == 1
        assert page.index("复审") < page.index("overruled")


class TestQueryCounts:
    def test_do_not_grow_with_the_findings(self, cast: Cast, edition: Edition) -> None:
        client = client_of(cast.supervisor)
        entry = entry_of(edition, "阿莫西林")
        few = review(cast, edition, "甲", Finding(entry, Criterion.SAFETY, True))
        listed, shown, on_entry = (
            cost(client, list_of(few.__class__)),
            cost(client, page_of(few)),
            cost(client, page_of(entry)),
        )
        for number in range(49):
            found = [Finding(item, criterion, True) for item in edition.entries.all() for criterion in Criterion]
            many = review(cast, edition, f"乙{number}", *found)
        assert cost(client, list_of(SelectionReview)) == listed
        assert cost(client, page_of(many)) == shown
        assert cost(client, page_of(entry)) == on_entry
