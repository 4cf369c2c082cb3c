"""Flags, notices, open data and the workers' progress in the admin."""

from __future__ import annotations

import pytest
from django.urls import reverse

from procurement.models import Bid, ScreenFlag, Tender, TenderJob
from procurement.services.jobs import visible_work
from procurement.services.notices import send_notices
from procurement.services.releases import publish_releases
from procurement.services.screens import screen_tender
from tests import factories
from tests.cast import Cast
from tests.factories import NOW, ago
from tests.procurement.admin.pages import client_of

pytestmark = pytest.mark.usefixtures("rule_sets")

LIST = "/admin/procurement/screenflag/"


@pytest.fixture
def flag(cast: Cast) -> ScreenFlag:
    """Both bids were sealed on one machine."""
    tender = factories.evaluated_tender(cast)
    Bid.objects.filter(lot__tender=tender).update(machine="a" * 64)
    [flag] = screen_tender(tender_id=tender.pk, actor=cast.platform, at=NOW)
    return flag


class TestFlags:
    def test_say_in_words_what_was_found(self, cast: Cast, flag: ScreenFlag) -> None:
        page = client_of(cast.supervisor).get(LIST).content.decode()
        for text in ("sealed on the same machine", "a" * 64, "华夏制药有限公司 (SUPPLIER)", "to be reviewed"):
            assert text in page
        page = client_of(cast.officer).get(f"{LIST}{flag.pk}/change/").content.decode()
        assert "国务院令第613号" in page and f"{flag.pk}/review" not in page

    def test_are_not_for_another_agency(self, cast: Cast, flag: ScreenFlag) -> None:
        assert "sealed on the same machine" not in client_of(cast.foreign_officer).get(LIST).content.decode()

    def test_are_reviewed_by_a_supervisor(self, cast: Cast, flag: ScreenFlag) -> None:
        where = reverse("admin:procurement_screenflag_review", args=[flag.pk])
        assert client_of(cast.officer).post(where, {"note": "x"}).status_code == 403
        assert client_of(cast.supervisor).post(where, {"note": "已核实"}).status_code == 302
        flag.refresh_from_db()
        assert flag.note == "已核实"

    def test_go_out_as_a_file(self, cast: Cast, flag: ScreenFlag) -> None:
        answer = client_of(cast.supervisor).get(f"{LIST}export-csv/")
        text = b"".join(answer.streaming_content).decode()
        assert "sealed on the same machine" in text and flag.tender.number in text


class TestWork:
    def test_stands_on_the_page_of_the_tender(self, cast: Cast) -> None:
        tender = factories.published_tender(cast)
        with visible_work(tender.pk, TenderJob.Work.PUBLICATION, total=7, clock=lambda: NOW):
            pass
        with pytest.raises(SystemExit), visible_work(tender.pk, TenderJob.Work.NOTICES, clock=lambda: ago(days=1)):
            raise SystemExit
        page = client_of(cast.officer).get(f"/admin/procurement/tender/{tender.pk}/change/").content.decode()
        for text in ("publication of open data", "7 / 7", "notices to bidders", "waits to be taken up again"):
            assert text in page


class TestWhatWasPublishedAndTold:
    @pytest.fixture
    def tender(self, cast: Cast) -> Tender:
        tender = factories.awarded_tender(cast)
        publish_releases(tender_id=tender.pk, at=NOW)
        send_notices(tender_id=tender.pk, at=NOW)
        return tender

    @pytest.mark.parametrize("model", ["release", "notice"])
    def test_is_listed_and_read(self, cast: Cast, tender: Tender, model: str) -> None:
        client = client_of(cast.supervisor)
        assert tender.number in client.get(f"/admin/procurement/{model}/").content.decode()
        row = (tender.releases if model == "release" else tender.notices).first()
        assert row is not None
        assert client.get(f"/admin/procurement/{model}/{row.pk}/change/").status_code == 200
