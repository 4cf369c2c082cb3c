"""Every list as a file: the columns it shows, the rows its filters leave, to whoever reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from python_calamine import CalamineWorkbook
from unfold.templatetags.unfold_list import result_headers

from catalog.accounts.models import ApiClient, Membership, Organization, User
from catalog.foundation.journal.models import DeniedAttempt, Event, Reading
from distribution.models import Despatch, DistributionRun, Entrustment, Receipt, Requisition, RetailReport
from procurement.models import Agreement, DemandReport, Lot, Tender
from tests.cast import Cast
from tests.catalog.admin.answers import rows_of
from tests.procurement.admin.conftest import in_a_savepoint
from tests.procurement.admin.pages import client_of, get, growing, list_of, offered, operator_client, registered
from tests.worlds.lists import supply

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

# What lets a machine in: whoever takes these lists along takes along who may call and until when.
SECRETS = {"oauth2_provider.Application", "oauth2_provider.AccessToken"}
EXPORTS = {"export-workbook", "export-csv"}
EXPORTED = [model for model in registered() if model._meta.label not in SECRETS]
REGISTERS = [Organization, User, Membership, ApiClient]
# A cell that begins so is run by a spreadsheet program.
ALIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.fixture
def db(lasting_year: Cast, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    yield from in_a_savepoint(django_db_blocker)


def file_of(model: type[Model], kind: str = "csv") -> str:
    """The address of the list's file."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_export_{kind}")


def lines_of(client: Client, model: type[Model], **filters: str) -> list[list[str]]:
    """The lines of the CSV file below its headings."""
    return rows_of(client.get(file_of(model), filters))[1:]


def sheet_of(client: Client, model: type[Model], **filters: str) -> list[dict[str, Any]]:
    """The lines of the workbook, by their headings."""
    content = client.get(file_of(model, "workbook"), filters).content
    headings, *rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    return [dict(zip(headings, row, strict=True)) for row in rows]


class TestEveryList:
    def test_offers_both_files_to_whoever_decides_there_beside_the_decisions(self, year: Cast) -> None:
        client = client_of(year.officer)
        assert offered(client.get(list_of(Tender))) == {"draft", "my-opening-key", *EXPORTS}
        for model in EXPORTED:
            if model not in (User, Membership, ApiClient, DeniedAttempt, Reading):
                assert offered(client.get(list_of(model))) >= EXPORTS, model

    def test_offers_operators_the_registers_and_no_secrets(self, year: Cast) -> None:
        client = operator_client()
        for model in registered():
            page = client.get(list_of(model))
            if model in REGISTERS:
                assert offered(page) >= EXPORTS, model
            if model._meta.label in SECRETS:
                assert page.status_code == 200
                assert not offered(page) & EXPORTS, model

    def test_offers_whoever_only_reads_it_both_files_with_the_same_headings_and_as_many_rows(self, year: Cast) -> None:
        client = client_of(year.supervisor)
        filled = set()
        for model in EXPORTED:
            page = client.get(list_of(model))
            assert offered(page) >= EXPORTS, model
            changelist = page.context["cl"]
            stated = getattr(admin.site._registry[model], "export_columns", ())
            with translation.override("en"):
                shown = [str(column.heading) for column in stated] or [
                    str(header["text"]) for header in result_headers(changelist)
                ]
            headings, *lines = rows_of(client.get(file_of(model)))
            assert headings == shown, model
            assert len(lines) == changelist.result_count, model
            assert all("<" not in cell for line in lines for cell in line), model
            rows = sheet_of(client, model)
            assert len(rows) == len(lines), model
            assert all(list(row) == shown for row in rows), model
            filled |= {model} if lines else set()
        assert filled >= {User, Entrustment, *growing()}

    def test_is_a_file_to_its_readers_alone(self, year: Cast) -> None:
        buyer, stranger = client_of(year.buyer), client_of(year.approver, is_staff=False)
        for model in EXPORTED:
            for kind in ("csv", "workbook"):
                assert buyer.get(file_of(model, kind)).status_code == 403, model
                assert stranger.get(file_of(model, kind)).status_code == 302, model

    def test_leaves_no_formula_alive_in_csv(self, year: Cast) -> None:
        for organization in Organization.objects.all():
            Organization.objects.filter(pk=organization.pk).update(name=f"=HYPERLINK({organization.pk})")
        client = client_of(year.supervisor)
        met = set()
        for model in EXPORTED:
            cells = [cell for line in lines_of(client, model) for cell in line]
            assert not [cell for cell in cells if cell.startswith(ALIVE)], model
            met |= {model} if any(cell.startswith("'=HYPERLINK") for cell in cells) else set()
        assert met >= {Organization, Membership, Event, Agreement, Tender, Requisition, Despatch, RetailReport}

    @pytest.mark.parametrize("sign", ALIVE)
    def test_disarms_each_sign_that_begins_a_formula(self, year: Cast, sign: str) -> None:
        Organization.objects.filter(pk=year.hospital.pk).update(short_name=f"{sign}1+1")
        [line] = lines_of(client_of(year.supervisor), Organization, q=year.hospital.code)
        assert f"'{sign}1+1" in line


class TestFilters:
    @pytest.mark.parametrize(
        ("model", "filters"),
        [
            (Tender, {"status__exact": "draft"}),
            (Tender, {"q": "布洛芬", "status__exact": "concluded"}),
            (Lot, {"q": "blf"}),
            (Lot, {"status__exact": "proposed"}),
            (Event, {"action": "tender.publish"}),
            (Event, {"q": "officer"}),
            (Organization, {"kind__exact": "agency"}),
            (Organization, {"q": "华夏"}),
            (User, {"q": "officer"}),
            (Membership, {"role__exact": "buyer"}),
            (DemandReport, {"province": "420000"}),
        ],
        ids=str,
    )
    def test_carry_over_to_the_file(self, year: Cast, model: type[Model], filters: dict[str, str]) -> None:
        client = client_of(year.supervisor)
        page = client.get(list_of(model), filters)
        links = {item["path"] for item in page.context["actions_list"]}
        assert links >= {f"{file_of(model, kind)}?{page.wsgi_request.GET.urlencode()}" for kind in ("csv", "workbook")}
        lines = lines_of(client, model, **filters)
        assert len(lines) == page.context["cl"].result_count < len(lines_of(client, model))

    def test_keep_the_order_of_the_page(self, year: Cast) -> None:
        client = client_of(year.supervisor)
        upward = [line[0] for line in lines_of(client, Organization, o="0")]
        assert upward == sorted(upward)
        assert [line[0] for line in lines_of(client, Organization, o="-0")] == upward[::-1]

    def test_that_cannot_be_read_lead_back_to_the_list(self, year: Cast) -> None:
        answer = client_of(year.supervisor).get(file_of(Organization), {"id__exact": "x"})
        assert answer.headers["Location"] == f"{list_of(Organization)}?id__exact=x"


class TestVisibleRows:
    def test_another_agencys_officer_takes_along_what_they_see(self, year: Cast) -> None:
        client, everything = client_of(year.foreign_officer), client_of(year.supervisor)
        fewer = set()
        for model in EXPORTED:
            page = client.get(list_of(model))
            if page.status_code == 403:
                assert client.get(file_of(model)).status_code == 403, model
                continue
            lines = lines_of(client, model)
            assert len(lines) == page.context["cl"].result_count, model
            fewer |= {model} if len(lines) < len(lines_of(everything, model)) else set()
        assert fewer >= {Event, Agreement, DemandReport, Requisition, Despatch, Receipt, RetailReport, DistributionRun}

    def test_another_agencys_drafts_are_in_no_file(self, year: Cast) -> None:
        draft = Tender.objects.get(status="draft").number
        own, foreign = (lines_of(client_of(actor), Tender) for actor in (year.officer, year.foreign_officer))
        assert draft in {line[0] for line in own}
        assert draft not in {line[0] for line in foreign}

    def test_no_password_leaves_with_the_people(self, year: Cast) -> None:
        person = User.objects.get(username="officer")
        person.set_password("not to be taken along")
        person.save()
        [line] = [line for line in lines_of(client_of(year.supervisor), User) if line[0] == "officer"]
        assert person.password not in line


class TestValues:
    def test_are_numbers_moments_and_words_where_the_page_has_figures_and_badges(self, year: Cast) -> None:
        client = client_of(year.officer)
        with translation.override("en"):
            lot = Lot.objects.get(status="proposed")
            [row] = sheet_of(client, Lot, status__exact="proposed")
            said = [lot.tender.number, str(lot.presentation), lot.quantity, float(lot.ceiling_price)]
            assert list(row.values()) == [lot.number, *said, lot.max_winners, lot.get_status_display()]
            assert {type(value) for value in row.values()} == {str, float}
            [row] = sheet_of(client, Requisition, q=Requisition.objects.exclude(submitted_at=None).get().number)
            assert (row["status"], row["amount (yuan)"]) == ("placed with suppliers", 60)
            assert isinstance(row["submitted at"], datetime)

    def test_of_yes_and_no_are_such(self, year: Cast) -> None:
        Organization.objects.filter(pk=year.hospital.pk).update(is_active=False)
        rows = sheet_of(client_of(year.supervisor), Organization)
        assert {row["code"]: row["active"] for row in rows}[year.hospital.code] is False
        assert {row["active"] for row in rows} == {True, False}

    def test_that_are_not_there_are_empty(self, year: Cast) -> None:
        rows = sheet_of(client_of(year.supervisor), Organization)
        assert {row["code"]: row["region"] for row in rows}[year.supplier_firm.code] == ""

    def test_are_the_words_of_choices_and_of_links_without_their_html(self, year: Cast) -> None:
        tender = Tender.objects.get(status="draft")
        Tender.objects.filter(pk=tender.pk).update(number="A<B>&C")
        client = client_of(year.supervisor)
        [row] = sheet_of(client, Lot, tender=str(tender.pk))
        assert row["tender"] == "A<B>&C"
        [row] = sheet_of(client, Organization, q=year.hospital.code)
        assert row["kind"] == "medical institution"

    def test_that_one_sheet_cannot_hold_stand_in_the_next(self, year: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("catalog.foundation.web.admin.exports.SHEET_ROWS", 3)
        content = client_of(year.supervisor).get(file_of(Organization, "workbook")).content
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        sheets = [workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names]
        full, left = divmod(Organization.objects.count(), 3)
        assert [len(rows) for rows in sheets] == [4] * full + [1 + left] * bool(left)
        assert all(rows[0] == sheets[0][0] for rows in sheets)
        assert len({row[0] for rows in sheets for row in rows[1:]}) == Organization.objects.count()

    def test_of_the_journal_name_what_the_changes_point_to(self, year: Cast) -> None:
        lines = lines_of(client_of(year.officer), Event, action="requisition.approve")
        assert f"Approved by: {User.objects.get(pk=year.approver.user_id)}" in lines[0][-1]


class TestQueryCounts:
    def test_do_not_grow_with_the_rows(self, year: Cast) -> None:
        client = client_of(year.supervisor)

        def cost(model: type[Model]) -> tuple[int, int]:
            with CaptureQueriesContext(connection) as queries:
                rows = lines_of(client, model)
            return len(queries), len(rows)

        for model in growing():
            cost(model)
        few = {model: cost(model) for model in growing()}
        supply(year, "头孢拉定")
        for model in growing():
            queries, rows = cost(model)
            assert rows > few[model][1], model
            # the first page of the journal may point to fewer kinds of records than before
            assert queries <= few[model][0], model

    def test_page_and_file_of_the_journal_agree(self, year: Cast) -> None:
        client = client_of(year.supervisor)
        newest = lines_of(client, Event)[0]
        assert newest[3] in get(client, list_of(Event))
