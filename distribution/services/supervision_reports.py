"""Reports about a province's month or year: asked for, made by the worker, and kept in every form and language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256

from django.conf import settings
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import override

from catalog.foundation.actor import Actor
from catalog.foundation.figures.pdf import Document, pdf_of
from catalog.foundation.figures.workbook import workbook_of
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, perform, unit_of_work
from catalog.models import Region
from distribution.errors import PeriodNotOver
from distribution.models import SupervisionReport, SupervisionReportFile
from distribution.policies import may_ask_for_report
from distribution.queries.dashboards import Scope, report_figures
from distribution.states import SUPERVISION_REPORT, ReportForm, ReportKind, ReportStatus

FORMS = {ReportForm.PDF: pdf_of, ReportForm.WORKBOOK: workbook_of}


def request_report(*, province_id: str, kind: ReportKind, day: date, actor: Actor, at: datetime) -> SupervisionReport:
    """Ask the worker for the report about the month or year in which the day lies.

    Asked for again, it is made anew, and its earlier files stay. What waits already is asked for once.

    Raises:
        NotAllowed, NotVisible, PeriodNotOver
    """
    may_ask_for_report(actor, province_id)
    first = day.replace(day=1) if kind == ReportKind.MONTH else day.replace(month=1, day=1)
    with unit_of_work():
        # one asking after the other, or both would enter the same report
        province = lock(Region.objects.filter(parent=None), pk=province_id)
        wanted = SupervisionReport(
            province=province, kind=kind, starts_on=first, requested_by_id=actor.user_id, requested_at=at
        )
        if localdate(at) < wanted.until:
            raise PeriodNotOver(period=wanted.period, today=localdate(at), pointer="/day")
        found = SupervisionReport.objects.filter(province=province, kind=kind, starts_on=first).first()
        if found is None:
            wanted.save(force_insert=True)
            record(actor=actor, action="supervision_report.request", subject=wanted, at=at)
            return wanted
        if found.status == ReportStatus.REQUESTED:
            return found
        return _ask_again(found, actor, at)


def _ask_again(report: SupervisionReport, actor: Actor, at: datetime) -> SupervisionReport:
    reports = SupervisionReport.objects.all()
    with perform(
        "ask_again", reports, pk=report.pk, machine=SUPERVISION_REPORT, policy=_policy, actor=actor, at=at
    ) as again:
        again.requested_by_id, again.requested_at, again.problem = actor.user_id, at, ""
    return again


def make_report(*, report_id: int, actor: Actor, at: datetime) -> SupervisionReport:
    """Make a report that was asked for, in every language and form.

    Raises:
        NotAllowed, NotVisible, Busy
        WrongState: nobody waits for it.
    """
    reports = SupervisionReport.objects.select_related("province")
    with perform("make", reports, pk=report_id, machine=SUPERVISION_REPORT, policy=_policy, actor=actor, at=at) as made:
        SupervisionReportFile.objects.bulk_create(_files(made, at))
        made.made_at, made.problem = at, ""
    return made


def note_failure(*, report_id: int, problem: str, actor: Actor, at: datetime) -> SupervisionReport:
    """Note why a report that was asked for could not be made; somebody may ask for it again.

    Raises:
        NotAllowed, NotVisible, Busy
        WrongState: nobody waits for it.
    """
    reports = SupervisionReport.objects.all()
    with perform(
        "fail", reports, pk=report_id, machine=SUPERVISION_REPORT, policy=_policy, actor=actor, at=at
    ) as failed:
        failed.problem = problem
    return failed


def _files(report: SupervisionReport, at: datetime) -> Iterator[SupervisionReportFile]:
    for language, _name in settings.LANGUAGES:
        with override(language):
            document = _document(report, at)
            for form, render in FORMS.items():
                content = render(document)
                yield SupervisionReportFile(
                    report=report,
                    form=form,
                    language=language,
                    content=content,
                    sha256=sha256(content).hexdigest(),
                    made_at=at,
                )


def _document(report: SupervisionReport, at: datetime) -> Document:
    scope = Scope(province_id=report.province_id, since=report.starts_on, until=report.until, at=at)
    titles = {
        ReportKind.MONTH: _("Supervision of medicines in %(province)s: report of the month %(period)s"),
        ReportKind.YEAR: _("Supervision of medicines in %(province)s: report of the year %(period)s"),
    }
    days = _("%(first)s to %(last)s") % {"first": report.starts_on, "last": report.until - date.resolution}
    return Document(
        title=titles[ReportKind(report.kind)] % {"province": report.province.name, "period": report.period},
        subtitle=days,
        made_at=at,
        figures=report_figures(scope),
    )


def _policy(actor: Actor, action: str, report: SupervisionReport) -> None:
    may_ask_for_report(actor, report.province_id)
