"""Asking institutions for their yearly quantities and taking the answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import NotAllowed, NothingGiven
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from catalog.models import RuleSet
from catalog.queries import rule_set_or_none
from procurement.errors import DemandRoundClosed, NumberTaken, ReportsNotConfirmed
from procurement.models import DemandLine, DemandReport, DemandRound
from procurement.policies import may_close_demand_round, may_revise_demand, require_reporter, require_role
from procurement.services.demand_lines import Need as Need
from procurement.services.demand_lines import lines_of
from procurement.states import DEMAND_REPORT, DEMAND_ROUND, DemandReportStatus, DemandStatus, Procedure


def open_demand_round(
    *,
    code: str,
    title: str,
    year: int,
    actor: Actor,
    at: datetime,
    procedure: Procedure = Procedure.VOLUME_BASED,
) -> DemandRound:
    """Begin to collect the demand of a year, by the rules of the procedure that are in force, where there are any.

    Raises:
        NotAllowed, NumberTaken
    """
    require_role(actor, Role.PROCUREMENT_OFFICER)
    if actor.organization_id is None:
        raise NotAllowed(reason=_("a province's agency asks for the demand"))
    if DemandRound.objects.filter(code=code).exists():
        raise NumberTaken(number=code, pointer="/code")
    with unit_of_work():
        demand_round = DemandRound.objects.create(
            code=code,
            title=title,
            year=year,
            agency_id=actor.organization_id,
            rules=rule_set_or_none(RuleSet.Kind(procedure), localdate(at)),
        )
        record(actor=actor, action="demand_round.open", subject=demand_round, at=at)
    return demand_round


def report_demand(*, round_code: str, needs: Sequence[Need], actor: Actor, at: datetime) -> DemandReport:
    """Report an organization's quantities; reporting again replaces what was not confirmed, while the round is open.

    Raises:
        NotAllowed: neither an institution's buyer nor an agency's officer.
        NothingGiven, DemandRoundClosed
        WrongState: the report of before is confirmed; it has to be returned first.
        RulesBroken: with every line that cannot stand; see ``lines_of``.
    """
    organization = Organization.objects.get(pk=require_reporter(actor))
    if not needs:
        raise NothingGiven(pointer="/lines")
    with unit_of_work():
        demand_round = lock_collecting(round_code)
        lines = lines_of(needs, demand_round, organization.pk)
        former = DemandReport.objects.filter(round=demand_round, organization=organization).first()
        report = _revised(former, actor, at) if former else _submitted(demand_round, organization, actor, at)
        report.lines.all().delete()
        for line in lines:
            line.report = report
        DemandLine.objects.bulk_create(lines)
        if former is None:
            record(actor=actor, action="demand.report", subject=report, at=at, changes={"lines": [None, len(lines)]})
    return report


def _submitted(demand_round: DemandRound, organization: Organization, actor: Actor, at: datetime) -> DemandReport:
    return DemandReport.objects.create(
        round=demand_round,
        organization=organization,
        province_id=organization.province_id,
        reported_at=at,
        reported_by_id=actor.user_id,
    )


def _revised(former: DemandReport, actor: Actor, at: datetime) -> DemandReport:
    with perform(
        "revise",
        DemandReport.objects.all(),
        pk=former.pk,
        machine=DEMAND_REPORT,
        policy=may_revise_demand,
        actor=actor,
        at=at,
    ) as report:
        report.reported_at, report.reported_by_id, report.return_reason = at, actor.user_id, ""
    return report


def lock_collecting(code: str) -> DemandRound:
    """The round, locked, so that it cannot close while a report is taken, confirmed or returned.

    Raises:
        NotVisible, DemandRoundClosed
    """
    demand_round = lock(DemandRound.objects.select_related("rules"), code=code)
    if demand_round.status != DemandStatus.COLLECTING:
        raise DemandRoundClosed(round=demand_round)
    return demand_round


def close_demand_round(*, code: str, actor: Actor, at: datetime, leave_out: bool = False) -> DemandRound:
    """End the collection: from here the sums of the confirmed reports stand; ``leave_out`` gives up the others.

    Raises:
        NotVisible, NotAllowed, WrongState
        ReportsNotConfirmed: there are some, and nobody said that they are left out.
    """
    with perform(
        "close",
        DemandRound.objects.all(),
        code=code,
        machine=DEMAND_ROUND,
        policy=may_close_demand_round,
        actor=actor,
        at=at,
    ) as demand_round:
        waiting = not_confirmed(demand_round)
        if waiting and not leave_out:
            named = ", ".join(f"{province} {count}" for province, count in waiting.items())
            raise ReportsNotConfirmed(reports=named, pointer="/leave_out")
    return demand_round


def not_confirmed(demand_round: DemandRound) -> dict[str, int]:
    """How many reports of each province, by its name, are not confirmed."""
    open_reports = DemandReport.objects.filter(round=demand_round).exclude(status=DemandReportStatus.CONFIRMED)
    counted = open_reports.order_by("province").values_list("province__name")
    return dict(counted.annotate(count=Count("pk")))


def demand_round_of(code: str) -> DemandRound:
    """The round of the code.

    Raises:
        NotVisible
    """
    return find(DemandRound.objects.all(), code=code)
