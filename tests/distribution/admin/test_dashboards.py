"""Dashboards and reports in the admin, and the firm's own page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from distribution.models import SupervisionReport
from distribution.services.supervision_reports import make_report
from tests.cast import HENAN, HUBEI, ZHONGYUAN, Cast
from tests.factories import NOW, TODAY
from tests.procurement.admin.pages import client_of, get, list_of, page_of, post, text_of
from tests.worlds.supervised import LAST_MONTH, make_supervised_province

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

DASHBOARD = "admin:distribution_supervisionreport_dashboard"
ASK = "admin:distribution_supervisionreport_ask"


@pytest.fixture(scope="module")
def supervised(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_supervised_province()
        transaction.set_rollback(True)


@pytest.fixture
def db(supervised: Cast, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def cast(supervised: Cast, db: None) -> Cast:
    return supervised


def got(client: Client, question: dict[str, str]) -> str:
    return text_of(client.get(reverse(DASHBOARD), question))


class TestDashboard:
    def test_shows_each_figure_drawn_in_words_and_with_a_link_to_its_rows(self, cast: Cast) -> None:
        for page in (got(client_of(cast.officer), {}), got(client_of(cast.supervisor), {"province": HENAN})):
            for name in ("savings", "retail-prices", "deliveries", "deliveries-by-county", "use", "shortages"):
                assert f'<section class="figure" id="{name}"' in page, name
            # the shortages are a list
            assert page.count('<svg class="drawing"') == page.count("<desc id=") >= 5
            assert "1 of 2 reported prices lie above the guide price of their day." in page
            assert f'href="{reverse("admin:distribution_retailfinding_changelist")}?province={HENAN}"' in page
            assert f"county={ZHONGYUAN}" in page
            section = page[page.index('<section class="figure"') : page.rindex("</section>")]
            assert "<style" not in section and "<script" not in section and "style=" not in section

    def test_is_fetched_by_the_first_page_once_that_is_shown(self, cast: Cast) -> None:
        page = get(client_of(cast.officer), reverse("admin:index"))
        assert f'hx-get="{reverse(DASHBOARD)}" hx-trigger="load" hx-select="#dashboard"' in page
        assert 'id="awarded-savings"' in page and 'id="retail-prices"' not in page

    def test_is_of_a_county_an_institution_or_a_firm_where_one_is_named(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        county = got(client, {"county": ZHONGYUAN})
        assert "Use of essential medicines by institution" in county and cast.hospital.name in county
        hospital = got(client, {"organization": cast.hospital.code})
        assert "Use of essential medicines by month" in hospital
        firm = got(client, {"organization": cast.supplier_firm.code})
        assert 'id="payments"' in firm and "华夏制药" in firm

    def test_says_so_where_there_is_nothing(self, cast: Cast) -> None:
        page = got(client_of(cast.supervisor), {"province": HUBEI})
        assert page.count("There is nothing to show for this place and time.") == 6

    def test_is_of_the_officers_own_province(self, cast: Cast) -> None:
        client = client_of(cast.foreign_officer)
        assert client.get(reverse(DASHBOARD), {"province": HENAN}).status_code == 404
        assert client.get(reverse(DASHBOARD), {"organization": cast.hospital.code}).status_code == 404
        assert client_of(cast.buyer).get(reverse(DASHBOARD)).status_code in (302, 403)


class TestFirmPage:
    def test_shows_the_own_firm(self, cast: Cast) -> None:
        page = text_of(client_of(cast.supplier).get(reverse("portal:firm")))
        assert "10 of 20 ordered packs were delivered" in page and "¥27.20 less" in page
        rival = text_of(client_of(cast.rival).get(reverse("portal:firm")))
        assert "were delivered" not in rival and "There is nothing to show" in rival
        assert client_of(cast.buyer).get(reverse("portal:firm")).status_code == 403


class TestReports:
    def test_are_asked_for_read_and_made_anew(self, cast: Cast) -> None:
        client = client_of(cast.officer)
        assert "A report is made when its month or year is over" in post(client, reverse(ASK), kind="month", day=TODAY)
        assert "is asked for" in post(client, reverse(ASK), kind="month", day=LAST_MONTH)
        report = SupervisionReport.objects.get()
        assert client.get(page_of(report))["Refresh"]
        make_report(report_id=report.pk, actor=cast.platform, at=NOW)
        page = get(client, page_of(report))
        for file in report.files.all():
            address = reverse("admin:distribution_supervisionreport_file", args=[file.pk])
            assert address in page
            answer = client.get(address)
            assert answer.content == bytes(file.content) and f'filename="{file.name}"' in answer["Content-Disposition"]
            assert client_of(cast.foreign_officer).get(address).status_code == 404
        again = reverse("admin:distribution_supervisionreport_ask_again", args=[report.pk])
        assert "is asked for" in post(client, again)
        report.refresh_from_db()
        assert report.status == "requested"

    def test_are_read_and_not_asked_for_by_supervisors(self, cast: Cast) -> None:
        client = client_of(cast.supervisor)
        assert client.get(reverse(ASK)).status_code == 403
        assert "Ask for a report" not in get(client, list_of(SupervisionReport))
