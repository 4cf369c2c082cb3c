"""Asking institutions for their yearly quantities and taking the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.errors import UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NotAllowed, NothingGiven, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from catalog.models import Presentation
from procurement.errors import DemandRoundClosed, NumberTaken, PresentationTwice, QuantityNotPositive
from procurement.models import DemandLine, DemandReport, DemandRound
from procurement.policies import require_role
from procurement.states import DEMAND_ROUND, DemandStatus


@dataclass(frozen=True, slots=True)
class Need:
    """Smallest units of a presentation for the year."""

    presentation_id: int
    quantity: int


def open_demand_round(*, code: str, title: str, year: int, actor: Actor, at: datetime) -> DemandRound:
    """Begin to collect the demand of a year.

    Raises:
        NotAllowed, NumberTaken
    """
    require_role(actor, Role.PROCUREMENT_OFFICER)
    if actor.organization_id is None:
        raise NotAllowed(reason=_("a province's agency asks for the demand"))
    if DemandRound.objects.filter(code=code).exists():
        raise NumberTaken(number=code, pointer="/code")
    with unit_of_work():
        demand_round = DemandRound.objects.create(code=code, title=title, year=year, agency_id=actor.organization_id)
        record(actor=actor, action="demand_round.open", subject=demand_round, at=at)
    return demand_round


def report_demand(*, round_code: str, needs: Sequence[Need], actor: Actor, at: datetime) -> DemandReport:
    """Report an organization's quantities; reporting again replaces the report while the round is open.

    Raises:
        NotAllowed: neither an institution's buyer nor an agency's officer.
        NothingGiven, DemandRoundClosed
        RulesBroken: with every line that names an unknown presentation, one twice, or no positive quantity.
    """
    may_report = actor.has(Role.BUYER, Role.PROCUREMENT_OFFICER)
    if not may_report or actor.organization_id is None:
        raise NotAllowed(reason=Role.BUYER.label)
    if not needs:
        raise NothingGiven(pointer="/lines")
    known = {
        item.pk: item
        for item in Presentation.objects.filter(pk__in=[need.presentation_id for need in needs]).select_related(
            "medicine"
        )
    }
    broken: list[DomainError] = []
    seen: set[int] = set()
    for index, need in enumerate(needs):
        pointer = f"/lines/{index}"
        if need.presentation_id not in known:
            broken.append(
                UnknownCode(field="presentation", value=need.presentation_id, pointer=f"{pointer}/presentation")
            )
        elif need.presentation_id in seen:
            broken.append(PresentationTwice(presentation=known[need.presentation_id], pointer=pointer))
        if need.quantity < 1:
            broken.append(QuantityNotPositive(quantity=need.quantity, pointer=f"{pointer}/quantity"))
        seen.add(need.presentation_id)
    refuse(broken)
    organization = Organization.objects.get(pk=actor.organization_id)
    with unit_of_work():
        demand_round = lock(DemandRound.objects.all(), code=round_code)
        if demand_round.status != DemandStatus.COLLECTING:
            raise DemandRoundClosed(round=demand_round)
        report, _created = DemandReport.objects.update_or_create(
            round=demand_round,
            organization=organization,
            defaults={"province_id": organization.province_id, "reported_at": at},
        )
        report.lines.all().delete()
        DemandLine.objects.bulk_create(
            DemandLine(report=report, presentation_id=need.presentation_id, quantity=need.quantity) for need in needs
        )
        record(actor=actor, action="demand.report", subject=report, at=at, changes={"lines": [None, len(needs)]})
    return report


def close_demand_round(*, code: str, actor: Actor, at: datetime) -> DemandRound:
    """End the collection: from here the sums stand.

    Raises:
        NotVisible, NotAllowed, WrongState
    """

    def policy(actor: Actor, action: str, demand_round: DemandRound) -> None:
        require_role(actor, Role.PROCUREMENT_OFFICER)
        if demand_round.agency_id != actor.organization_id:
            raise NotAllowed(reason=_("the demand round was opened by another agency"))

    with perform(
        "close", DemandRound.objects.all(), code=code, machine=DEMAND_ROUND, policy=policy, actor=actor, at=at
    ) as demand_round:
        pass
    return demand_round


def demand_round_of(code: str) -> DemandRound:
    """The round of the code.

    Raises:
        NotVisible
    """
    return find(DemandRound.objects.all(), code=code)
