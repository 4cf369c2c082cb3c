"""Checking every retail price of a province again: asked for on a timetable or by an officer, done by the worker."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Busy
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from catalog.models import Region
from distribution.errors import SweepUnderWay
from distribution.models import RetailPrice, RetailReport, RetailSweep
from distribution.policies import may_sweep_retail
from distribution.services.price_limits import draw_up_for_province
from distribution.services.retail_checks import lock_checks, recheck_reports
from distribution.states import RETAIL_SWEEP, RetailReportStatus, SweepStatus

# Reports of one transaction; a file's report may have a million prices, an institution's sheet a few hundred.
CHUNK = 2000


def request_sweep(*, province_id: str, actor: Actor, at: datetime, reason: str = "") -> RetailSweep:
    """Ask the worker to draw up the limits of a province anew and to check every price that was reported in it.

    One that runs already is not enough: it may be past what has changed. One that waits is.

    Raises:
        NotAllowed, NotVisible
        SweepUnderWay: one waits already.
    """
    may_sweep_retail(actor, province_id)
    province = find(Region.objects.filter(parent=None), code=province_id)
    with transaction.atomic():
        try:
            with transaction.atomic():
                sweep = RetailSweep.objects.create(
                    province=province, requested_by_id=actor.user_id, reason=reason.strip()
                )
        except IntegrityError as error:
            raise SweepUnderWay(province=province) from error
        record(actor=actor, action="retail_sweep.request", subject=sweep, at=at)
    return sweep


def execute_sweep(*, sweep_id: int, actor: Actor, at: datetime) -> RetailSweep:
    """Check every report of the province, and close the sweep.

    Some reports are one transaction, which also counts them: killed at any point and started again, the sweep goes on
    behind the last one that was checked. What was never checked is left to the check of its arrival.

    Raises:
        NotVisible
        WrongState: the sweep has finished, or another one of the province runs.
        Busy
    """
    sweep = find(RetailSweep.objects.all(), pk=sweep_id)
    _may_sweep(actor, "start", sweep)
    if sweep.status != SweepStatus.RUNNING:
        sweep = _start(sweep_id, actor, at)
    if not sweep.checked_until:
        draw_up_for_province(province_id=sweep.province_id)
    while _check_some(sweep_id, at):
        pass
    return _finish(sweep_id, actor, at)


def _start(sweep_id: int, actor: Actor, at: datetime) -> RetailSweep:
    sweeps = RetailSweep.objects.all()
    try:
        with perform(
            "start", sweeps, pk=sweep_id, machine=RETAIL_SWEEP, policy=_may_sweep, actor=actor, at=at
        ) as sweep:
            sweep.started_at = at
            sweep.expected_count = RetailPrice.objects.filter(report__in=_checked_reports(sweep)).count()
    except IntegrityError as error:
        # another one of the province runs: this one has to see what it does not
        raise Busy() from error
    return sweep


def _check_some(sweep_id: int, at: datetime) -> bool:
    """Check the next reports and count them, in one transaction; whether there were any."""
    with unit_of_work():
        sweep = lock(RetailSweep.objects.all(), pk=sweep_id)
        lock_checks(sweep.province_id)
        report_ids = list(
            _checked_reports(sweep).filter(pk__gt=sweep.checked_until)[:CHUNK].values_list("pk", flat=True)
        )
        if not report_ids:
            return False
        changed = recheck_reports(report_ids=report_ids, at=at)
        RetailSweep.objects.filter(pk=sweep.pk).update(
            checked_until=report_ids[-1],
            checked_count=F("checked_count") + RetailPrice.objects.filter(report__in=report_ids).count(),
            found_count=F("found_count") + changed.found,
            ended_count=F("ended_count") + changed.ended,
            updated_at=at,
        )
    return True


def _checked_reports(sweep: RetailSweep) -> QuerySet[RetailReport]:
    return RetailReport.objects.filter(province=sweep.province_id, status=RetailReportStatus.CHECKED).order_by("pk")


def _finish(sweep_id: int, actor: Actor, at: datetime) -> RetailSweep:
    sweeps = RetailSweep.objects.all()
    with perform("finish", sweeps, pk=sweep_id, machine=RETAIL_SWEEP, policy=_may_sweep, actor=actor, at=at) as sweep:
        sweep.finished_at = at
    return sweep


def _may_sweep(actor: Actor, action: str, sweep: RetailSweep) -> None:
    may_sweep_retail(actor, sweep.province_id)
