"""The unified distribution run: a province's approved requisitions become orders to suppliers."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy

from catalog.foundation.actor import Actor
from catalog.foundation.errors import Conflict
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from catalog.models import Region
from distribution.models import DistributionRun
from distribution.policies import may_run_distribution
from distribution.queries.placing import Place, count_waiting, waiting_requisitions
from distribution.services.placing import place_requisitions
from distribution.states import RUN, RunStatus

# Requisitions of one transaction: as many as are placed in a second or so, since whoever wants one of them waits.
CHUNK = 250


class RunUnderWay(Conflict):
    """The province's run has not finished."""

    code = "run-under-way"
    template = gettext_lazy("A distribution run of %(province)s is under way: wait until it has finished.")


def request_run(*, province_id: str, actor: Actor, at: datetime) -> DistributionRun:
    """Ask the worker for a run of the province, of what is approved by now.

    Raises:
        NotAllowed, NotVisible
        RunUnderWay
    """
    may_run_distribution(actor, province_id)
    province = find(Region.objects.filter(parent=None), code=province_id)
    with transaction.atomic():
        try:
            with transaction.atomic():
                run = DistributionRun.objects.create(province=province, requested_by_id=actor.user_id, cut_off_at=at)
        except IntegrityError as error:
            raise RunUnderWay(province=province) from error
        record(actor=actor, action="distribution_run.request", subject=run, at=at)
    return run


def execute_run(*, run_id: int, actor: Actor, at: datetime) -> DistributionRun:
    """Place every ordinary requisition of the province that was approved by the cut-off, and close the run.

    A few hundred requisitions are one transaction, which also counts them. All are judged by the moment of the first
    start: killed at any point and started again, the run goes on with what is still approved, places nothing twice and
    ends with the same orders and deliveries.

    Raises:
        NotVisible
        WrongState: the run has finished.
        Busy: a second worker has the run and did not let go in time.
    """
    run = find(DistributionRun.objects.all(), pk=run_id)
    _platform(actor, "start", run)
    if run.status != RunStatus.RUNNING:
        run = _start(run_id, actor, at)
    after: Place | None = None
    while True:
        chunk = waiting_requisitions(run.province_id, _cut_off(run), after=after, limit=CHUNK)
        if chunk:
            _place_chunk(run, chunk, actor, at)
            after = chunk[-1]
        elif after is None:
            return _finish(run_id, actor, at)
        else:
            # once more from the start: an approval may have been committed later than one that is younger
            after = None


def _start(run_id: int, actor: Actor, at: datetime) -> DistributionRun:
    runs = DistributionRun.objects.all()
    with perform("start", runs, pk=run_id, machine=RUN, policy=_platform, actor=actor, at=at) as run:
        run.started_at, run.cut_off_at = at, _cut_off(run)
        run.expected_count = count_waiting(run.province_id, _cut_off(run))
    return run


def _place_chunk(run: DistributionRun, chunk: list[Place], actor: Actor, at: datetime) -> None:
    """Place the requisitions and count them, in one transaction; two workers of the run take turns."""
    with unit_of_work():
        lock(DistributionRun.objects.all(), pk=run.pk)
        figures = place_requisitions(
            requisition_ids=[place.requisition_id for place in chunk],
            run=run,
            placed_at=run.started_at or at,
            actor=actor,
            at=at,
        )
        DistributionRun.objects.filter(pk=run.pk).update(
            requisition_count=F("requisition_count") + figures.requisitions,
            order_count=F("order_count") + figures.orders,
            refused_line_count=F("refused_line_count") + figures.refused_lines,
            amount=F("amount") + figures.amount,
            delivery_count=run.deliveries.count(),
            updated_at=at,
        )


def _finish(run_id: int, actor: Actor, at: datetime) -> DistributionRun:
    runs = DistributionRun.objects.all()
    with perform("finish", runs, pk=run_id, machine=RUN, policy=_platform, actor=actor, at=at) as run:
        run.finished_at = at
    return run


def _cut_off(run: DistributionRun) -> datetime:
    """A run from before cut-offs were noted takes what was approved when it was asked for."""
    return run.cut_off_at or run.created_at


def _platform(actor: Actor, action: str, run: DistributionRun) -> None:
    may_run_distribution(actor, run.province_id)
