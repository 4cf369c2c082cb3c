"""Reports of a month or a year: asked for, made by the worker, read back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from openpyxl import load_workbook
from pypdf import PdfReader

from catalog.foundation.errors import NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.models import Delivery, Event
from catalog.models import RuleSet
from catalog.rules.months import months_after
from distribution.errors import PeriodNotOver
from distribution.models import SupervisionReport, SupervisionReportFile
from distribution.services.supervision_reports import make_report, note_failure, request_report
from distribution.states import ReportKind, ReportStatus
from distribution.tasks import make_report_task, request_reports
from tests.cast import HENAN, HUBEI, Cast
from tests.factories import NOW, TODAY
from tests.refusals import refused
from tests.worlds.supervised import LAST_MONTH, LATER, make_supervised_province

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

THIS_MONTH = TODAY.replace(day=1)


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


def asked(cast: Cast, day: date = LAST_MONTH, kind: ReportKind = ReportKind.MONTH) -> SupervisionReport:
    return request_report(province_id=HENAN, kind=kind, day=day, actor=cast.officer, at=LATER)


def file_of(report: SupervisionReport, form: str, language: str) -> bytes:
    return bytes(report.files.get(form=form, language=language).content)


class TestRequest:
    def test_enters_one_report_about_a_period_and_hands_it_to_the_worker(self, cast: Cast) -> None:
        report = asked(cast, THIS_MONTH.replace(day=9))
        assert (report.starts_on, report.status, report.requested_by_id) == (
            THIS_MONTH,
            ReportStatus.REQUESTED,
            cast.officer.user_id,
        )
        assert asked(cast, THIS_MONTH).pk == report.pk
        assert [item.subscriber for item in Delivery.objects.filter(event__subject_id=report.pk)] == [
            "distribution.make_report"
        ]
        year = asked(cast, THIS_MONTH.replace(year=THIS_MONTH.year - 1), ReportKind.YEAR)
        assert (year.starts_on, year.period) == (date(TODAY.year - 1, 1, 1), str(TODAY.year - 1))
        assert year.until == date(TODAY.year, 1, 1)

    def test_refuses_what_is_not_over_and_who_is_no_officer_of_the_province(self, cast: Cast) -> None:
        with refused(PeriodNotOver):
            request_report(province_id=HENAN, kind=ReportKind.MONTH, day=TODAY, actor=cast.officer, at=NOW)
        for actor in (cast.foreign_officer, cast.supervisor, cast.buyer, cast.supplier):
            with pytest.raises(NotAllowed):
                request_report(province_id=HENAN, kind=ReportKind.MONTH, day=LAST_MONTH, actor=actor, at=NOW)
        with pytest.raises(NotVisible):
            request_report(province_id="410100", kind=ReportKind.MONTH, day=LAST_MONTH, actor=cast.platform, at=NOW)


class TestMake:
    def test_makes_both_forms_in_both_languages_from_the_figures_of_the_screens(self, cast: Cast) -> None:
        report = make_report(report_id=asked(cast).pk, actor=cast.platform, at=LATER)
        assert (report.status, report.made_at) == (ReportStatus.MADE, LATER)
        files = list(report.files.all())
        assert {(file.form, file.language) for file in files} == {
            (form, language) for form in ("pdf", "xlsx") for language in ("en", "zh-hans")
        }
        assert all(file.sha256 == sha256(bytes(file.content)).hexdigest() for file in files)
        assert f"supervision-{HENAN}-{LAST_MONTH:%Y-%m}-en.pdf" in {file.name for file in files}
        pages = PdfReader(io.BytesIO(file_of(report, "pdf", "en"))).pages
        text = " ".join(" ".join(page.extract_text() for page in pages).split())
        assert f"Supervision of medicines in 河南省: report of the month {LAST_MONTH:%Y-%m}" in text
        for said in (
            "1 of 2 reported prices lie above the guide price",
            "¥60.00 was due before today and is not paid",
            "阿莫西林",
            "郑州市中原区医院",
        ):
            assert said in text, said
        book = load_workbook(io.BytesIO(file_of(report, "xlsx", "en")))
        values = [cell for sheet in book.worksheets[1:] for row in sheet.iter_rows(values_only=True) for cell in row]
        assert {27.2, 87.2, 8.73, 8.72, 60} <= set(values)
        # the same in Chinese, from the same figures
        chinese = load_workbook(io.BytesIO(file_of(report, "xlsx", "zh-hans")))
        assert [[cell for cell in row if isinstance(cell, float)] for row in chinese.worksheets[1].values] == [
            [cell for cell in row if isinstance(cell, float)] for row in book.worksheets[1].values
        ]

    def test_makes_it_once_for_one_asking_and_keeps_earlier_files(self, cast: Cast) -> None:
        report = asked(cast)
        make_report(report_id=report.pk, actor=cast.platform, at=LATER)
        with pytest.raises(WrongState):
            make_report(report_id=report.pk, actor=cast.platform, at=LATER)
        assert asked(cast).status == ReportStatus.REQUESTED
        make_report(report_id=report.pk, actor=cast.platform, at=LATER.replace(microsecond=7))
        assert report.files.count() == 8
        actions = Event.objects.filter(action__startswith="supervision_report.", subject_id=report.pk)
        assert list(actions.order_by("pk").values_list("action", flat=True)) == [
            f"supervision_report.{action}" for action in ("request", "make", "ask_again", "make")
        ]

    def test_has_nothing_to_say_of_a_province_without_data(self, cast: Cast) -> None:
        report = request_report(
            province_id=HUBEI, kind=ReportKind.MONTH, day=LAST_MONTH, actor=cast.foreign_officer, at=NOW
        )
        make_report(report_id=report.pk, actor=cast.platform, at=NOW)
        text = PdfReader(io.BytesIO(file_of(report, "pdf", "en"))).pages[0].extract_text()
        assert "There is nothing to show for this place and time." in text


class TestTasks:
    def test_ask_for_every_province_with_an_agency_in_january_for_the_year_as_well(self, cast: Cast) -> None:
        last_month = months_after(THIS_MONTH, -1)
        kinds = {ReportKind.MONTH, ReportKind.YEAR} if last_month.month == 12 else {ReportKind.MONTH}
        assert request_reports() == 2 * len(kinds)
        reports = SupervisionReport.objects.all()
        assert {(item.province_id, item.kind) for item in reports} == {(p, k) for p in (HENAN, HUBEI) for k in kinds}
        assert {item.requested_by_id for item in reports} == {None}

    def test_note_what_hinders_a_report(self, cast: Cast) -> None:
        # entered before the parameters were checked
        RuleSet.objects.filter(kind=RuleSet.Kind.DELIVERY_PERFORMANCE).update(parameters={"three_days": "some"})
        report = asked(cast, LAST_MONTH)
        event = Event.objects.get(action="supervision_report.request", subject_id=report.pk)
        make_report_task(event.pk)
        report.refresh_from_db()
        assert report.status == ReportStatus.FAILED and "three_days" in report.problem
        assert not Delivery.objects.filter(event=event, delivered_at=None).exists()
        with pytest.raises(NotAllowed):
            note_failure(report_id=report.pk, problem="x", actor=cast.supervisor, at=NOW)


class TestVisibility:
    def test_shows_reports_and_files_to_the_province_and_to_supervisors(self, cast: Cast) -> None:
        make_report(report_id=asked(cast).pk, actor=cast.platform, at=LATER)
        for rows in (SupervisionReport.objects.all(), SupervisionReportFile.objects.all()):
            for actor, sees in (
                (cast.officer, True),
                (cast.supervisor, True),
                (cast.foreign_officer, False),
                (cast.buyer, False),
                (cast.supplier, False),
                (cast.visitor, False),
            ):
                assert rows.visible_to(actor).exists() is sees
