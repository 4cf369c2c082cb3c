"""The public page of misconduct."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.urls import reverse

from procurement.services.conduct import repair_conduct_record
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, TODAY
from tests.procurement.admin.pages import get


def page(**asked: str) -> str:
    client = Client(headers={"accept-language": "en"})
    return get(client, reverse("conduct-records", query=asked))


class TestConductPage:
    def test_says_who_is_barred_where_and_why(self, cast: Cast) -> None:
        record = factories.conduct_record(cast)
        shown = page()
        for words in ("华夏制药有限公司", "bribery", "barred", "elsewhere: lowers the score", "河南省", record.source):
            assert words in shown

    def test_keeps_to_itself_what_is_only_proposed(self, cast: Cast) -> None:
        factories.proposed_conduct(cast)
        assert "No conduct record is in force." in page()
        assert "No conduct record is in force." in page(all="yes")

    def test_shows_what_was_repaired_when_it_is_asked_for(self, cast: Cast) -> None:
        record = factories.conduct_record(cast, starts_on=TODAY - timedelta(days=9))
        repair_conduct_record(record_id=record.pk, on=TODAY, note="降价", actor=cast.officer, at=NOW)
        assert "华夏制药有限公司" not in page()
        assert "华夏制药有限公司" in page(all="yes")

    def test_is_linked_from_every_page(self, db: None) -> None:
        assert reverse("conduct-records") in get(Client(), reverse("home"))
