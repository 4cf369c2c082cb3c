"""Who reads what: each role on each list and on each page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from catalog.accounts.models import ApiClient, Membership, Organization, User
from catalog.foundation.imports import read_table
from catalog.foundation.journal.admin import differences, related_names
from catalog.foundation.journal.models import Event
from catalog.models import Region, RuleSet
from distribution.models import Requisition, RetailFinding, RetailReport
from distribution.portal import urls as portal_urls
from distribution.queries.flags import flags
from distribution.states import FlagKind
from procurement.models import Agreement, AgreementLine, Bid, DemandReport, KeyShare, Lot, OpeningKey, Tender, TenderKey
from tests import factories
from tests.cast import HENAN, HUBEI, Cast, user_of
from tests.catalog.admin.answers import rows_of
from tests.factories import TODAY
from tests.procurement.admin.conftest import in_a_savepoint
from tests.procurement.admin.pages import (
    client_of,
    get,
    growing,
    list_of,
    offered,
    operator_client,
    page_of,
    registered,
    rows_with_pages,
)
from tests.worlds.lists import supply

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

OPERATORS_ONLY = {"oauth2_provider.Application", "oauth2_provider.AccessToken"}
SUPERVISORS_ONLY = {"journal.DeniedAttempt", "journal.Reading"}
# What supervisors decide: conduct records with four eyes, and flags that they have looked at.
DECISIONS = {
    "procurement.ConductRecord": {"propose", "confirm", "drop", "repair"},
    "procurement.ScreenFlag": {"review"},
}
PEOPLE = {"accounts.User", "accounts.Membership", "accounts.ApiClient"}
READINGS = {
    "export-workbook",
    "export-csv",
    "totals",
    "opening",
    "my-opening-key",
    "compare",
    "technical-evaluation",
    "download",
    "redistribution",
    "readings",
    "refused-rows",
}
# Pages with figures that no record's list or page leads to.
PAGES = {
    *("cheaper-elsewhere", "patient-share", "performance", "gaps", "repeaters", "dashboard", "flags", "file"),
    *("shares", "ranking", "must-stock", "patient-cost", "savings"),
}


@pytest.fixture
def db(lasting_year: Cast, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    yield from in_a_savepoint(django_db_blocker)


class TestEveryList:
    def test_is_read_by_an_officer_page_by_page(self, year: Cast) -> None:
        client = client_of(year.officer)
        for model in registered():
            answer = client.get(list_of(model))
            if model._meta.label in OPERATORS_ONLY | PEOPLE | SUPERVISORS_ONLY:
                assert answer.status_code == 403, model
                continue
            assert answer.status_code == 200, model
            for record in rows_with_pages(answer, 3):
                get(client, page_of(record))

    def test_is_read_by_a_supervisor_who_finds_nothing_to_decide(self, year: Cast) -> None:
        client = client_of(year.supervisor)
        for model in registered():
            answer = client.get(list_of(model))
            if model._meta.label in OPERATORS_ONLY:
                assert answer.status_code == 403, model
                continue
            for page in [answer, *(client.get(page_of(record)) for record in rows_with_pages(answer, 3))]:
                assert page.status_code == 200, model
                assert offered(page) <= READINGS | DECISIONS.get(model._meta.label, set()), model
                assert 'name="_save"' not in page.content.decode()

    def test_of_the_journal_gives_no_number_away(self, year: Cast) -> None:
        client = client_of(year.supervisor)
        event = Event.objects.latest("pk")
        assert f"/event/{event.pk}/" not in get(client, list_of(Event))
        assert client.get(page_of(event)).status_code == 404

    def test_is_closed_to_a_buyer(self, year: Cast) -> None:
        client = client_of(year.buyer)
        assert {client.get(list_of(model)).status_code for model in registered()} == {403}

    def test_sends_whoever_is_not_staff_to_the_login(self, year: Cast) -> None:
        client = client_of(year.officer, is_staff=False)
        for model in registered():
            answer = client.get(list_of(model))
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith(reverse("admin:login"))

    @pytest.mark.parametrize("name", ["officer", "supervisor"])
    def test_adds_changes_and_deletes_no_record(self, year: Cast, name: str) -> None:
        client = client_of(getattr(year, name))
        for model in registered():
            prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            assert client.get(reverse(f"{prefix}_add")).status_code == 403, model
            record = model._default_manager.first()
            if record is not None:
                assert client.post(reverse(f"{prefix}_delete", args=[record.pk])).status_code == 403, model
                # entries of the journal have no pages
                refused = 404 if model is Event else 403
                assert client.post(page_of(record), {"status": "awarded"}).status_code == refused, model


class TestSupervisor:
    def test_is_refused_at_the_address_of_every_decision(self, year: Cast) -> None:
        client = client_of(year.supervisor)
        before = Event.objects.count()
        # some lead to the page on which it is decided
        asked = {
            (model._meta.label, name): client.post(address, {}, follow=True).status_code
            for model in registered()
            for name, address in decisions(model)
        }
        assert {place: status for place, status in asked.items() if status not in (403, 404)} == {}
        assert {"publish", "award", "approve"} & {name for _model, name in asked} and len(asked) > 60
        assert Event.objects.count() == before

    def test_changes_nothing_by_what_is_read(self, year: Cast) -> None:
        client = client_of(year.supervisor)
        before = Event.objects.count()
        for model in registered():
            for _name, address in readings(model):
                assert client.post(address, {}).status_code in (200, 302, 403, 404, 405), address
        assert Event.objects.count() == before

    def test_is_let_into_no_page_of_the_portal(self, year: Cast) -> None:
        client = client_of(year.supervisor)
        for pattern in portal_urls.urlpatterns:
            if pattern.name in ("login", "logout"):
                continue
            values = dict.fromkeys(pattern.pattern.converters, 1)
            address = reverse(f"portal:{pattern.name}", kwargs=values)
            for answer in (client.get(address), client.post(address, {})):
                assert answer.status_code in (403, 404, 405), (address, answer.status_code)

    def test_is_led_from_each_flag_to_its_rows(self, year: Cast) -> None:
        client = client_of(year.supervisor)
        since, until = TODAY - timedelta(days=100), TODAY + timedelta(days=1)
        found = flags(year.supervisor, HENAN, since=since, until=until)
        assert {flag.kind for flag in found} >= {FlagKind.RETAIL_FINDING, FlagKind.LATE_PAYMENT}
        assert all(flag.rule and flag.source and flag.figures for flag in found)
        asked = {"province": HENAN, "since": f"{since}", "until": f"{until}"}
        page = get(client, reverse("admin:distribution_supervisionreport_flags", query=asked))
        for flag in found:
            opts = flag.model._meta
            where = f"{reverse(f'admin:{opts.app_label}_{opts.model_name}_changelist')}?{urlencode(flag.where)}"
            assert escape(where) in page
            assert flag.rule in page
            assert client.get(where).context["cl"].result_list, flag
        files = [
            client.get(reverse("admin:distribution_supervisionreport_flags", query={**asked, "format": ending}))
            for ending in ("csv", "xlsx")
        ]
        lines = rows_of(files[0])
        assert len(lines) == len(found) + 1
        assert read_table(files[1].content, name="flags.xlsx").header[0] == "kind"

    def test_s_flags_of_another_province_are_none_of_an_officers(self, year: Cast) -> None:
        address = reverse("admin:distribution_supervisionreport_flags", query={"province": HENAN})
        assert client_of(year.officer).get(address).status_code == 200
        assert client_of(year.foreign_officer).get(address).status_code == 403
        assert client_of(year.buyer).get(address).status_code == 403


def addresses(model: type[Model]) -> Iterator[tuple[str, str]]:
    """Every page of the model's own in the admin, by the last part of its address: of its first record, and of none."""
    model_admin = admin.site._registry[model]
    record = model._default_manager.order_by("pk").first()
    prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
    for pattern in model_admin.get_urls():
        name = str(pattern.name or "").removeprefix(prefix)
        if not pattern.name or name in ("changelist", "add", "history", "delete", "change"):
            continue
        key = 0 if record is None else record.pk
        values = dict.fromkeys(pattern.pattern.converters, key)
        address = reverse(f"admin:{pattern.name}", kwargs=values)
        yield [part for part in address.split("/") if part and not part.isdecimal()][-1], address


def decisions(model: type[Model]) -> list[tuple[str, str]]:
    """The addresses at which something is decided, but for what supervisors decide themselves."""
    own = READINGS | PAGES | DECISIONS.get(model._meta.label, set())
    return [(name, address) for name, address in addresses(model) if name not in own]


def readings(model: type[Model]) -> list[tuple[str, str]]:
    """The addresses that only show something, but for the files of lists."""
    shown = (READINGS | PAGES) - {"export-workbook", "export-csv"}
    return [(name, address) for name, address in addresses(model) if name in shown]


class TestOperator:
    def test_keeps_the_registers_and_reads_no_business(self, year: Cast) -> None:
        client = operator_client()
        allowed = {model for model in registered() if client.get(list_of(model)).status_code == 200}
        assert {Organization, User, Membership, ApiClient, RuleSet, Region, Event} < allowed
        assert not {Tender, Lot, Agreement, AgreementLine, RetailFinding, RetailReport} & allowed

    def test_reads_only_the_journal_of_the_registers(self, year: Cast) -> None:
        events = operator_client().get(list_of(Event)).context["cl"].result_list
        assert {event.subject_type.app_label for event in events} <= {"accounts", "oauth2_provider"}


class TestKeyMaterial:
    def test_is_not_in_the_admin(self) -> None:
        assert not {OpeningKey, TenderKey, KeyShare, Bid} & set(registered())


class TestVisibleRows:
    def test_another_agencys_drafts_reports_and_agreements_are_not_listed(self, year: Cast) -> None:
        client = client_of(year.foreign_officer)
        assert "draft" not in {tender.status for tender in client.get(list_of(Tender)).context["cl"].result_list}
        assert not client.get(list_of(Agreement)).context["cl"].result_list
        reports = client.get(list_of(DemandReport)).context["cl"].result_list
        assert {report.province_id for report in reports} == {HUBEI}
        assert not client.get(list_of(RetailFinding)).context["cl"].result_list

    def test_another_agencys_bids_are_not_shown_on_its_lots(self, year: Cast) -> None:
        lot = Lot.objects.filter(status="proposed").get()
        assert year.supplier_firm.name in get(client_of(year.officer), page_of(lot))
        assert year.supplier_firm.name not in get(client_of(year.foreign_officer), page_of(lot))

    def test_an_officer_reads_the_journal_of_their_own_records(self, year: Cast) -> None:
        own = client_of(year.officer).get(list_of(Event)).context["cl"].queryset
        foreign = client_of(year.foreign_officer).get(list_of(Event)).context["cl"].queryset
        everything = client_of(year.supervisor).get(list_of(Event)).context["cl"].queryset
        assert own.filter(action="tender.publish").exists()
        assert not foreign.filter(action__startswith="tender.").exists()
        assert foreign.filter(action="demand.report").count() < own.count() < everything.count()

    def test_names_the_records_that_a_change_points_to(self, year: Cast) -> None:
        client = client_of(year.officer)
        event = Event.objects.filter(action="requisition.approve").latest("pk")
        kind = ContentType.objects.get_for_model(Requisition)
        page = get(client, f"{list_of(Event)}?subject_type__id__exact={kind.pk}&subject_id={event.subject_id}")
        assert f"Approved by: {user_of(year.approver)}" in page

    def test_keeps_the_number_of_a_record_that_is_gone(self, year: Cast) -> None:
        kind = ContentType.objects.get_for_model(Requisition)
        event = Event(subject_type=kind, changes={"approver_id": [None, 987654], "lines": [None, 3]})
        names = related_names([event], year.supervisor)
        assert [after for _label, _before, after in differences(event, names)] == ["987654", "3"]

    def test_the_history_of_a_record_is_its_journal(self, year: Cast) -> None:
        client = client_of(year.officer)
        tender = Tender.objects.filter(status="concluded").get()
        address = reverse("admin:procurement_tender_history", args=[tender.pk])
        events = client.get(address, follow=True).context["cl"].result_list
        assert {event.subject_id for event in events} == {tender.pk}
        assert "tender.conclude" in {event.action for event in events}


class TestSearch:
    def test_finds_lots_by_the_initials(self, year: Cast) -> None:
        [lot] = client_of(year.officer).get(list_of(Lot), {"q": "blf"}).context["cl"].result_list
        assert lot.presentation.medicine.name == "布洛芬"


class TestQueryCounts:
    def test_do_not_grow_with_the_rows(self, year: Cast) -> None:
        client = client_of(year.supervisor)

        def cost(model: type[Model]) -> tuple[int, int]:
            # of the journal less than a page of it
            question = {"action": "requisition.approve"} if model is Event else {}
            with CaptureQueriesContext(
                connection,
            ) as queries:
                rows = client.get(list_of(model), question).context["cl"].result_list
            return len(queries), len(rows)

        # what is looked up once per process is no cost of a list
        ContentType.objects.get_for_models(*apps.get_models())
        few = {model: cost(model) for model in growing()}
        supply(year, "头孢拉定")
        for model in growing():
            queries, rows = cost(model)
            assert rows > few[model][1], model
            assert queries == few[model][0], model


class TestDashboard:
    def test_shows_figures_that_lead_to_their_lists(self, year: Cast) -> None:
        page = get(client_of(year.officer), reverse("admin:index"))
        # 360,000 units at a ceiling of 0.36, won at 6.00 for 24: 0.11 saved on each
        assert "¥39,600" in page
        for model in (Tender, Lot, RetailFinding):
            assert f'href="{list_of(model)}' in page

    def test_shows_another_agency_nothing_of_it(self, year: Cast) -> None:
        assert "¥39,600" not in get(client_of(year.foreign_officer), reverse("admin:index"))

    def test_says_how_many_lots_the_chart_leaves_out(self, year: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        factories.agreement_lines(year, ["头孢拉定"])
        client = client_of(year.officer)
        assert "by lot (yuan)" in get(client, reverse("admin:index"))
        monkeypatch.setattr("config.dashboard.CHARTED_LOTS", 1)
        assert "the 1 largest of 2 lots" in get(client, reverse("admin:index"))

    def test_shows_operators_no_figures(self, year: Cast) -> None:
        assert 'id="figures"' not in get(operator_client(), reverse("admin:index"))
