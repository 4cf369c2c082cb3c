"""Reports of supervision."""

from __future__ import annotations

from datetime import datetime

from catalog.rules.months import months_after
from distribution.models import SupervisionReport
from distribution.services.supervision_reports import make_report, request_report
from distribution.states import ReportKind
from tests.cast import HENAN, Cast
from tests.factories.clock import NOW, TODAY


def supervision_report(cast: Cast, *, at: datetime = NOW) -> SupervisionReport:
    """Asked for by the officer, about a month before those that were asked for."""
    day = months_after(TODAY.replace(day=1), -1 - SupervisionReport.objects.count())
    return request_report(province_id=HENAN, kind=ReportKind.MONTH, day=day, actor=cast.officer, at=at)


def made_report(cast: Cast, *, at: datetime = NOW) -> SupervisionReport:
    """With its files."""
    return make_report(report_id=supervision_report(cast, at=at).pk, actor=cast.platform, at=at)
