"""From a hospital's basket to an approved requisition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.accounts.kinds import Role
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, perform, refuse_stale, unit_of_work
from distribution.errors import EmptyRequisition, NotOrderable, PacksNotPositive, ProductTwice
from distribution.models import Requisition, RequisitionLine
from distribution.policies import may_handle_requisition, require_institution
from distribution.queries import orderable_lines
from distribution.states import REQUISITION, RequisitionStatus
from procurement.errors import AgreedVolumeExceeded
from procurement.models import AgreementLine


@dataclass(frozen=True, slots=True)
class Wanted:
    """Packs of an agreed product, by the id of the agreement line."""

    agreement_line_id: int
    packs: int


def _check(wanted: Sequence[Wanted], actor: Actor, at: datetime) -> dict[int, AgreementLine]:
    """The agreement lines behind the wishes.

    Raises:
        RulesBroken: with every line that cannot be ordered, comes twice, or asks for more than remains.
    """
    ids = [item.agreement_line_id for item in wanted]
    orderable = {line.pk: line for line in orderable_lines(actor, at).filter(pk__in=ids)}
    visible = {
        line.pk: line
        for line in AgreementLine.objects.visible_to(actor)
        .filter(pk__in=ids, province_id=actor.province)
        .select_related("product__presentation__medicine", "product__manufacturer")
    }
    broken: list[DomainError] = []
    seen: set[int] = set()
    for index, item in enumerate(wanted):
        pointer = f"/lines/{index}"
        line = orderable.get(item.agreement_line_id)
        if line is None:
            known = visible.get(item.agreement_line_id)
            broken.append(NotOrderable(line=known.product if known else item.agreement_line_id, pointer=pointer))
        elif item.packs < 1:
            broken.append(PacksNotPositive(product=line.product, packs=item.packs, pointer=f"{pointer}/packs"))
        elif item.agreement_line_id in seen:
            broken.append(ProductTwice(product=line.product, pointer=pointer))
        elif item.packs * line.product.pack_quantity > line.remaining_quantity:
            broken.append(
                AgreedVolumeExceeded(
                    product=line.product,
                    wanted=item.packs * line.product.pack_quantity,
                    remaining=line.remaining_quantity,
                    pointer=f"{pointer}/packs",
                )
            )
        seen.add(item.agreement_line_id)
    refuse(broken)
    return orderable


def draft_requisition(*, lines: Sequence[Wanted], actor: Actor, at: datetime) -> Requisition:
    """Write a requisition for the actor's institution, at the agreed prices of the day.

    Nothing is taken from the agreed volume yet; the distribution run takes it, under lock.

    Raises:
        NotAllowed, EmptyRequisition
        RulesBroken: with every line that is not acceptable.
    """
    institution_id = require_institution(actor, Role.BUYER)
    if not lines:
        raise EmptyRequisition(pointer="/lines")
    orderable = _check(lines, actor, at)
    institution = Organization.objects.get(pk=institution_id)
    with unit_of_work():
        requisition = Requisition.objects.create(
            institution=institution, province_id=institution.province_id, author_id=actor.user_id
        )
        _write_lines(requisition, lines, orderable)
        record(
            actor=actor,
            action="requisition.draft",
            subject=requisition,
            at=at,
            changes={"lines": [None, len(lines)]},
        )
    return requisition


def revise_requisition(
    *,
    requisition_id: int,
    lines: Sequence[Wanted],
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Requisition:
    """Replace the lines of a draft.

    Raises:
        NotVisible, NotAllowed, EmptyRequisition, Stale, RulesBroken
    """
    if not lines:
        raise EmptyRequisition(pointer="/lines")
    orderable = _check(lines, actor, at)
    with unit_of_work():
        drafts = Requisition.objects.visible_to(actor).filter(status=RequisitionStatus.DRAFT)
        requisition = lock(drafts, pk=requisition_id)
        may_handle_requisition(actor, "revise", requisition)
        refuse_stale(requisition, expected_version)
        requisition.lines.all().delete()
        _write_lines(requisition, lines, orderable)
        # whoever changes the content answers for it
        requisition.author_id = actor.user_id
        requisition.version += 1
        requisition.save(update_fields=["author", "version", "updated_at"])
        record(
            actor=actor,
            action="requisition.revise",
            subject=requisition,
            at=at,
            changes={"lines": [None, len(lines)]},
        )
    return requisition


def _write_lines(requisition: Requisition, lines: Sequence[Wanted], orderable: dict[int, AgreementLine]) -> None:
    RequisitionLine.objects.bulk_create(
        RequisitionLine(
            requisition=requisition,
            agreement_line_id=item.agreement_line_id,
            packs=item.packs,
            price=orderable[item.agreement_line_id].price,
        )
        for item in lines
    )


def submit_requisition(
    *, requisition_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> Requisition:
    """Hand a draft to the approver, once more checked against what remains of the agreed volume.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, EmptyRequisition, RulesBroken
    """
    with perform(
        "submit",
        Requisition.objects.visible_to(actor),
        pk=requisition_id,
        machine=REQUISITION,
        policy=may_handle_requisition,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as requisition:
        lines = [Wanted(line.agreement_line_id, line.packs) for line in requisition.lines.all()]
        if not lines:
            raise EmptyRequisition()
        _check(lines, actor, at)
        requisition.submitted_at, requisition.submitter_id = at, actor.user_id
    return requisition


def approve_requisition(
    *, requisition_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> Requisition:
    """Release a requisition for the next distribution run; nobody approves their own.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
    """
    with perform(
        "approve",
        Requisition.objects.visible_to(actor),
        pk=requisition_id,
        machine=REQUISITION,
        policy=may_handle_requisition,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as requisition:
        requisition.approver_id, requisition.approved_at = actor.user_id, at
    return requisition


def change_requisition(
    *, requisition_id: int, action: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Requisition:
    """Send a requisition back to its author (``return``) or give it up (``cancel``).

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
    """
    with perform(
        action,
        Requisition.objects.visible_to(actor),
        pk=requisition_id,
        machine=REQUISITION,
        policy=may_handle_requisition,
        actor=actor,
        at=at,
        expected_version=expected_version,
    ) as requisition:
        pass
    return requisition
