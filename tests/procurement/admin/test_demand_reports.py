"""Confirming demand in the admin, and telling what was used in the year before."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from catalog.foundation.actor import Actor
from catalog.foundation.web.admin import badge
from catalog.models import RuleSet
from procurement.models import Agreement, DemandReport, DemandRound, PriorUse, Tender
from procurement.states import DemandReportStatus, DemandStatus
from tests import factories
from tests.cast import Cast, organization_of
from tests.factories import NOW
from tests.procurement.admin.pages import action_of, client_of, get, list_of, offered, page_of, post

UPLOAD = "admin:procurement_prioruse_upload"
HEADER = "organization,medicine,form,strength,quantity\n"


@pytest.fixture
def county(cast: Cast) -> Actor:
    """The health officer of the hospital's county."""
    return factories.health_officer()


@pytest.fixture
def report(cast: Cast) -> DemandReport:
    """Of the hospital: 700 with a reason where 1,000 were used, of a floor of 80 %; tablets are left out."""
    factories.rule_set(RuleSet.Kind.VOLUME_BASED, {"demand_floor": "0.8"})
    capsules, tablets = factories.presentation(), factories.presentation(form="片剂")
    factories.prior_use({capsules: 1000, tablets: 4321}, cast.buyer)
    return factories.demand_report(factories.demand_round(cast), {capsules: 700}, cast.buyer, reason="停用")


def status_of(report: DemandReport) -> str:
    report.refresh_from_db()
    return report.status


class TestReport:
    def test_shows_what_is_under_the_floor_why_and_what_is_missing(self, cast: Cast, report: DemandReport) -> None:
        page = get(client_of(cast.officer), page_of(report))
        for words in (badge("70%", "danger"), "停用", "4,321"):
            assert words in page

    def test_marks_nothing_that_reaches_the_floor(self, cast: Cast, report: DemandReport) -> None:
        factories.demand_report(report.round, {factories.presentation(): 800}, cast.buyer)
        page = get(client_of(cast.officer), page_of(report))
        assert badge("80%") in page

    def test_is_confirmed_by_the_county_and_by_the_province(
        self, cast: Cast, county: Actor, report: DemandReport
    ) -> None:
        officer = client_of(cast.officer)
        assert organization_of(county).name in get(officer, action_of(report, "confirm_report"))
        assert "confirms this report first" in post(officer, action_of(report, "confirm_report"))
        post(client_of(county), action_of(report, "confirm_report"))
        assert status_of(report) == DemandReportStatus.COUNTY_CONFIRMED
        post(officer, action_of(report, "confirm_report"))
        assert status_of(report) == DemandReportStatus.CONFIRMED

    def test_is_returned_with_a_reason(self, cast: Cast, report: DemandReport) -> None:
        client = client_of(cast.officer)
        post(client, action_of(report, "return_report"), reason="")
        assert status_of(report) == DemandReportStatus.SUBMITTED
        post(client, action_of(report, "return_report"), reason="请核对数量")
        assert status_of(report) == DemandReportStatus.RETURNED
        assert "请核对数量" in get(client, page_of(report))

    def test_offers_each_what_is_theirs_to_do(self, cast: Cast, county: Actor, report: DemandReport) -> None:
        clients = {name: client_of(actor) for name, actor in {"county": county, "officer": cast.officer}.items()}

        def shown() -> dict[str, set[str]]:
            return {name: offered(client.get(page_of(report))) for name, client in clients.items()}

        assert shown() == {"county": {"confirm", "return"}, "officer": {"confirm", "return"}}
        post(clients["county"], action_of(report, "confirm_report"))
        assert shown() == {"county": {"return"}, "officer": {"confirm", "return"}}
        post(clients["officer"], action_of(report, "confirm_report"))
        assert shown() == {"county": set(), "officer": {"return"}}

    def test_is_decided_by_no_supervisor(self, cast: Cast, report: DemandReport) -> None:
        client = client_of(cast.supervisor)
        assert offered(client.get(page_of(report))) == set()
        assert client.post(action_of(report, "confirm_report")).status_code == 403


class TestHealthOfficer:
    def test_enters_the_admin_and_sees_their_countys_demand_alone(
        self, cast: Cast, county: Actor, report: DemandReport
    ) -> None:
        factories.demand_report(report.round, {factories.presentation(): 1}, cast.outsider)
        client = client_of(county)
        index = get(client, reverse("admin:index"))
        for model in (DemandRound, DemandReport, PriorUse):
            assert list_of(model) in index
        assert list(client.get(list_of(DemandReport)).context["cl"].result_list) == [report]
        assert client.get(list_of(PriorUse)).context["cl"].result_list
        for model in (Tender, Agreement):
            assert client.get(list_of(model)).status_code == 403

    def test_confirms_all_and_opens_or_closes_no_round(self, cast: Cast, county: Actor, report: DemandReport) -> None:
        client = client_of(county)
        assert offered(client.get(page_of(report.round))) == {"totals", "confirm-all"}
        assert "Confirmed reports: 1; submitted ones that wait for somebody else: 0." in post(
            client, action_of(report.round, "confirm_all")
        )
        assert status_of(report) == DemandReportStatus.COUNTY_CONFIRMED
        assert client.post(action_of(report.round, "close_round")).status_code == 403
        assert client.post(reverse("admin:procurement_demandround_open_round")).status_code == 403
        assert client.post(reverse(UPLOAD)).status_code == 403


class TestRound:
    def test_closes_without_the_unconfirmed_only_when_told_so(self, cast: Cast, report: DemandReport) -> None:
        client = client_of(cast.officer)
        asked = report.round
        assert "河南省 1" in get(client, action_of(asked, "close_round"))
        assert "not confirmed" in post(client, action_of(asked, "close_round"))
        asked.refresh_from_db()
        assert asked.status == DemandStatus.COLLECTING
        post(client, action_of(asked, "close_round"), leave_out="on")
        asked.refresh_from_db()
        assert asked.status == DemandStatus.CLOSED
        assert offered(client.get(page_of(report))) == set()

    def test_is_closed_by_the_agency_that_asks(self, cast: Cast, report: DemandReport) -> None:
        client = client_of(cast.foreign_officer)
        assert offered(client.get(page_of(report.round))) == {"totals", "confirm-all"}
        assert client.post(action_of(report.round, "close_round")).status_code == 403

    def test_follows_the_rules_of_a_procedure(self, cast: Cast) -> None:
        entered = factories.rule_set(RuleSet.Kind.DIRECT_LISTING, {})
        values = {"code": "2027", "title": "2027", "year": 2027, "procedure": "direct_listing"}
        post(client_of(cast.officer), reverse("admin:procurement_demandround_open_round"), **values)
        assert DemandRound.objects.get().rules == entered


class TestPriorUse:
    def upload(self, actor: Actor, rows: str, year: Any = 2025) -> Any:
        sheet = SimpleUploadedFile("use.csv", (HEADER + rows).encode())
        return client_of(actor).post(reverse(UPLOAD), {"year": year, "sheet": sheet}, follow=True)

    def test_is_told_by_a_sheet_twice_as_once(self, cast: Cast) -> None:
        item = factories.presentation()
        for quantity in ("1000", "900"):
            page = self.upload(cast.officer, f"{cast.hospital.code},阿莫西林,胶囊,0.25g,{quantity}\n")
            assert "Lines of use in 2025 that were taken: 1." in page.content.decode()
        use = PriorUse.objects.get()
        assert (use.organization, use.presentation, use.quantity) == (cast.hospital, item, 900)

    def test_gives_a_bad_sheet_back_with_the_errors_beside_the_rows(self, cast: Cast) -> None:
        factories.presentation()
        rows = f"{cast.hospital.code},阿莫西林,胶囊,0.25g,0\n{cast.hospital.code},没有的药,胶囊,0.25g,5\n"
        page = self.upload(cast.officer, rows).content.decode()
        for words in ("Row 2, column “quantity”", "没有的药", 'download="use.xlsx"'):
            assert words in page
        assert not PriorUse.objects.exists()

    def test_refuses_an_institution_of_another_province(self, cast: Cast) -> None:
        factories.presentation()
        page = self.upload(cast.officer, f"{cast.other_hospital.code},阿莫西林,胶囊,0.25g,5\n").content.decode()
        assert "whose use you tell" in page
        assert not PriorUse.objects.exists()

    def test_refuses_what_is_no_sheet(self, cast: Cast) -> None:
        answer = client_of(cast.officer).post(reverse(UPLOAD), {"year": 2025, "sheet": BytesIO(b"\x00")})
        assert answer.context["form"].errors["sheet"]

    def test_is_told_by_no_supervisor(self, cast: Cast) -> None:
        assert self.upload(cast.supervisor, "").status_code == 403

    def test_is_read_and_taken_along_with_numbers(self, cast: Cast) -> None:
        factories.prior_use({factories.presentation(): 4321}, cast.buyer)
        client = client_of(cast.supervisor)
        assert "4,321" in get(client, page_of(PriorUse.objects.get()))
        assert "4,321" in get(client, list_of(PriorUse))
        answer = client.get(reverse("admin:procurement_prioruse_export_csv"))
        last = b"".join(answer.streaming_content).decode().splitlines()[-1]
        assert last.endswith(f"{NOW.year - 1},4321")
