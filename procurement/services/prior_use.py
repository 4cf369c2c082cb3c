"""Telling what institutions used in a year: the measure of the next year's demand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from catalog.accounts.kinds import OrganizationKind, Role
from catalog.accounts.models import Organization
from catalog.errors import UnknownCode
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, NothingGiven, refuse
from catalog.foundation.journal.record import record_all
from catalog.foundation.transitions import unit_of_work
from catalog.models import Presentation
from procurement.errors import QuantityNotPositive, UseOfAnother, UseToldByAgency, UseTwice
from procurement.models import PriorUse
from procurement.policies import require_reporter

BATCH = 5000


@dataclass(frozen=True, slots=True)
class Use:
    """Smallest units of a presentation that an organization used, by its code; without one, the one that tells."""

    presentation_id: int
    quantity: int
    organization: str = ""
    pointer: str = ""


def tell_prior_use(*, year: int, uses: Sequence[Use], actor: Actor, at: datetime) -> int:
    """Tell what was used in a year, and return how many lines; what was told before of the same is replaced.

    An institution, or its system, tells its own use; an officer that of the province's institutions and the agency's.
    What an agency told of an institution, only an agency tells otherwise.

    Raises:
        NotAllowed, NothingGiven
        RulesBroken: with every line of an organization that the actor does not speak for, of an unknown presentation,
            without a positive quantity, told twice, or that an agency told otherwise.
    """
    own = require_reporter(actor)
    if not uses:
        raise NothingGiven(pointer="/lines")
    checked = _checked(year, uses, _spoken_for(own, uses, actor), own)
    rows = [row for _pointer, row in checked]
    with unit_of_work():
        former = {
            (row.organization_id, row.presentation_id): row
            for row in PriorUse.objects.select_for_update(of=("self",), no_key=True)
            .select_related("told_by")
            .filter(year=year, organization__in={row.organization_id for row in rows})
            .order_by("pk")
        }
        if not actor.has(Role.PROCUREMENT_OFFICER):
            _keep_what_agencies_told(checked, former)
        written = PriorUse.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["organization", "presentation", "year"],
            update_fields=["quantity", "told_by"],
            batch_size=BATCH,
        )
        _write_down(written, former, actor, at)
    return len(written)


def _spoken_for(own: int, uses: Sequence[Use], actor: Actor) -> dict[str, Organization]:
    speaks_for = Q(pk=own)
    if actor.has(Role.PROCUREMENT_OFFICER) and actor.province:
        speaks_for |= Q(kind=OrganizationKind.INSTITUTION, region__code__startswith=actor.province[:2])
    named = Q(pk=own) | Q(code__in={use.organization for use in uses})
    found = {organization.code: organization for organization in Organization.objects.filter(speaks_for, named)}
    return found | {"": next(item for item in found.values() if item.pk == own)}


def _checked(
    year: int, uses: Sequence[Use], organizations: dict[str, Organization], told_by: int
) -> list[tuple[str, PriorUse]]:
    presentations = Presentation.objects.select_related("medicine").in_bulk([use.presentation_id for use in uses])
    rows: dict[tuple[int, int], tuple[str, PriorUse]] = {}
    broken: list[DomainError] = []
    for index, use in enumerate(uses):
        pointer = use.pointer or f"/lines/{index}"
        organization, presentation = organizations.get(use.organization), presentations.get(use.presentation_id)
        if organization is None:
            broken.append(UseOfAnother(organization=use.organization, pointer=f"{pointer}/organization"))
        elif presentation is None:
            place = f"{pointer}/presentation"
            broken.append(UnknownCode(field="presentation", value=use.presentation_id, pointer=place))
        elif use.quantity < 1:
            broken.append(QuantityNotPositive(quantity=use.quantity, pointer=f"{pointer}/quantity"))
        elif (organization.pk, presentation.pk) in rows:
            broken.append(UseTwice(presentation=presentation, organization=organization, pointer=pointer))
        else:
            row = PriorUse(
                organization=organization,
                presentation=presentation,
                year=year,
                quantity=use.quantity,
                told_by_id=told_by,
            )
            rows[organization.pk, presentation.pk] = (pointer, row)
    refuse(broken)
    # in the order of their keys, so that two who tell the same wait for each other and do not deadlock
    return [rows[key] for key in sorted(rows)]


def _keep_what_agencies_told(checked: Sequence[tuple[str, PriorUse]], former: dict[tuple[int, int], PriorUse]) -> None:
    """The same figure told again by the institution stays the agency's."""
    broken: list[DomainError] = []
    for pointer, row in checked:
        before = former.get((row.organization_id, row.presentation_id))
        if before is None or before.told_by.kind != OrganizationKind.AGENCY:
            continue
        row.told_by = before.told_by
        if row.quantity != before.quantity:
            broken.append(
                UseToldByAgency(
                    agency=before.told_by,
                    presentation=row.presentation,
                    year=row.year,
                    told=before.quantity,
                    quantity=row.quantity,
                    pointer=f"{pointer}/quantity",
                )
            )
    refuse(broken)


def _write_down(
    written: Sequence[PriorUse], former: dict[tuple[int, int], PriorUse], actor: Actor, at: datetime
) -> None:
    """One entry for each organization, with what was told otherwise before."""
    of_organization: defaultdict[int, list[PriorUse]] = defaultdict(list)
    for row in written:
        of_organization[row.organization_id].append(row)
    entries = []
    for rows in of_organization.values():
        changes: dict[str, list[int | None]] = {"lines": [None, len(rows)]}
        for row in rows:
            before = former.get((row.organization_id, row.presentation_id), row)
            if before.quantity != row.quantity:
                changes[str(row.presentation)] = [before.quantity, row.quantity]
        entries.append((rows[0], changes))
    record_all(actor=actor, action="prior_use.tell", changes_of=entries, at=at)
