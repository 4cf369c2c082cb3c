"""Confirming what was reported: the county's health authority first, then the province's agency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.transitions import find, perform, perform_all, unit_of_work
from procurement.errors import ReturnReasonMissing
from procurement.models import DemandReport
from procurement.policies import may_confirm_demand, may_return_demand, require_person, require_role
from procurement.services.demand import lock_collecting
from procurement.states import DEMAND_REPORT, DemandReportStatus


@dataclass(frozen=True, slots=True)
class Confirmed:
    """How many reports were confirmed, and how many that the officer sees still wait for somebody else."""

    count: int
    waiting: int


def step_of(actor: Actor) -> str:
    """The confirmation that is the actor's to give."""
    return "confirm_for_county" if actor.has(Role.HEALTH_OFFICER) else "confirm"


def confirm_demand(*, report_id: int, actor: Actor, at: datetime, expected_version: int | None = None) -> DemandReport:
    """Confirm a report: for the county by its health authority, for the province by its agency.

    Raises:
        NotVisible, Stale, WrongState, AlreadyDone, DemandRoundClosed
        NotAllowed: also where the county's authority comes first, or it is one's own report.
    """
    visible = DemandReport.objects.visible_to(actor).select_related("round", "organization")
    with unit_of_work():
        lock_collecting(find(visible, pk=report_id).round.code)
        with perform(
            step_of(actor),
            visible,
            pk=report_id,
            machine=DEMAND_REPORT,
            policy=may_confirm_demand,
            actor=actor,
            at=at,
            expected_version=expected_version,
        ) as report:
            pass
    return report


def return_demand(
    *, report_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> DemandReport:
    """Return a report to be corrected, with the reason; the organization reports again.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, DemandRoundClosed, ReturnReasonMissing
    """
    visible = DemandReport.objects.visible_to(actor).select_related("round", "organization")
    with unit_of_work():
        lock_collecting(find(visible, pk=report_id).round.code)
        with perform(
            "return",
            visible,
            pk=report_id,
            machine=DEMAND_REPORT,
            policy=may_return_demand,
            actor=actor,
            at=at,
            expected_version=expected_version,
        ) as report:
            if not reason.strip():
                raise ReturnReasonMissing(pointer="/reason")
            report.return_reason = reason.strip()
    return report


def confirm_all_demand(*, round_code: str, actor: Actor, at: datetime) -> Confirmed:
    """Confirm every report of the actor's county, or of their province, that waits for them; as sets.

    What the county has not confirmed yet, and what the actor reported, is passed over and counted.

    Raises:
        NotVisible, NotAllowed, DemandRoundClosed
    """
    person, step = require_person(actor), step_of(actor)
    require_role(actor, Role.HEALTH_OFFICER if step == "confirm_for_county" else Role.PROCUREMENT_OFFICER)
    with unit_of_work():
        demand_round = lock_collecting(round_code)
        reports = DemandReport.objects.visible_to(actor).filter(round=demand_round)
        if step == "confirm":
            ready = reports.waiting_for_province().exclude(reported_by=person)
        else:
            ready = reports.filter(status=DemandReportStatus.SUBMITTED)
        moved = perform_all(
            step, ready.select_related("round", "organization"), machine=DEMAND_REPORT, actor=actor, at=at
        )
        waiting = reports.filter(status=DemandReportStatus.SUBMITTED).count()
    return Confirmed(count=len(moved), waiting=waiting)
