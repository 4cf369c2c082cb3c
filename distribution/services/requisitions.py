"""From a hospital's basket to an approved requisition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils.timezone import localdate

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import do_last, lock, perform, refuse_stale, unit_of_work
from distribution.errors import EmptyRequisition, UrgencyReasonMissing
from distribution.models import Requisition
from distribution.policies import may_handle_requisition, require_institution
from distribution.queries.orderers import Orderer, orderer_of
from distribution.queries.ordering import JudgedLine
from distribution.services.ordering_at_once import order_at_once
from distribution.services.requisition_lines import (
    Wanted,
    amount_of,
    check_lines,
    give_back_lines,
    refuse_above_limit,
    take_lines,
    write_lines,
    write_with_lines,
)
from distribution.states import REQUISITION, RequisitionStatus, Urgency


@dataclass(frozen=True, slots=True)
class Terms:
    """How urgent a requisition is and why, and the code of the village clinic that it is for, if it is for one."""

    urgency: str = Urgency.ORDINARY
    urgency_reason: str = ""
    recipient: str = ""


ORDINARY = Terms()


@dataclass(frozen=True, slots=True)
class Written:
    """A requisition as it was just written, with what its lines ask for, in their order."""

    requisition: Requisition
    wanted: Sequence[Wanted]
    judged: dict[int, JudgedLine]


def _orderer(institution_id: int, terms: Terms, at: datetime) -> Orderer:
    if terms.urgency != Urgency.ORDINARY and not terms.urgency_reason.strip():
        raise UrgencyReasonMissing(urgency=Urgency(terms.urgency).label, pointer="/urgency_reason")
    return orderer_of(institution_id, localdate(at), recipient=terms.recipient)


def write_requisition(
    *, lines: Sequence[Wanted], actor: Actor, at: datetime, terms: Terms = ORDINARY, submit: bool = False
) -> Written:
    """Write a requisition for the actor's institution, at the agreed prices of the day, and hand it in if wished.

    A draft takes nothing from the agreed volume; handing in takes all that is asked for, or nothing.

    Raises:
        NotAllowed, EmptyRequisition, UrgencyReasonMissing, NotYourVillage, AboveLimit
        RulesBroken: with every line that is not acceptable.
    """
    orderer = _orderer(require_institution(actor, Role.BUYER), terms, at)
    if not lines:
        raise EmptyRequisition(pointer="/lines")
    requisition = Requisition(
        institution_id=orderer.institution_id,
        province_id=orderer.province_id,
        recipient_id=orderer.recipient_id,
        urgency=terms.urgency,
        urgency_reason=terms.urgency_reason,
        author_id=actor.user_id,
        status=RequisitionStatus.SUBMITTED if submit else RequisitionStatus.DRAFT,
        submitted_at=at if submit else None,
        submitter_id=actor.user_id if submit else None,
    )
    changes: dict[str, list[object]] = {"lines": [None, len(lines)]}
    if submit:
        changes["status"] = [RequisitionStatus.DRAFT, requisition.status]
    with unit_of_work():
        judged = order_at_once(requisition, lines, orderer, at) if submit else None
        if judged is None:
            judged = check_lines(lines, orderer, at)
            if submit:
                refuse_above_limit(amount_of(lines, judged), orderer)
            write_with_lines(requisition, lines, judged)
            if submit:
                # so that whoever wants the same volume waits for as little as can be
                do_last(partial(take_lines, requisition, lines, judged, at))
        action = "requisition.submit" if submit else "requisition.draft"
        record(actor=actor, action=action, subject=requisition, at=at, changes=changes)
    return Written(requisition, lines, judged)


def draft_requisition(
    *, lines: Sequence[Wanted], actor: Actor, at: datetime, terms: Terms = ORDINARY, submit: bool = False
) -> Requisition:
    """The requisition that ``write_requisition`` writes.

    Raises:
        NotAllowed, EmptyRequisition, UrgencyReasonMissing, NotYourVillage, AboveLimit, RulesBroken
    """
    return write_requisition(lines=lines, actor=actor, at=at, terms=terms, submit=submit).requisition


def revise_requisition(
    *,
    requisition_id: int,
    lines: Sequence[Wanted],
    actor: Actor,
    at: datetime,
    terms: Terms | None = None,
    expected_version: int | None = None,
) -> Requisition:
    """Write the lines of a draft anew, and its terms where they are given.

    Raises:
        NotVisible, NotAllowed, EmptyRequisition, UrgencyReasonMissing, NotYourVillage, Stale, RulesBroken
    """
    with unit_of_work():
        drafts = (
            Requisition.objects.visible_to(actor).filter(status=RequisitionStatus.DRAFT).select_related("recipient")
        )
        requisition = lock(drafts, pk=requisition_id)
        may_handle_requisition(actor, "revise", requisition)
        refuse_stale(requisition, expected_version)
        terms = terms or _terms_of(requisition)
        orderer = _orderer(requisition.institution_id, terms, at)
        judged = check_lines(lines, orderer, at)
        requisition.recipient_id = orderer.recipient_id
        requisition.urgency, requisition.urgency_reason = terms.urgency, terms.urgency_reason
        requisition.lines.all().delete()
        write_lines(requisition, lines, judged)
        # whoever changes the content answers for it
        requisition.author_id = actor.user_id
        requisition.version += 1
        requisition.save()
        record(
            actor=actor,
            action="requisition.revise",
            subject=requisition,
            at=at,
            changes={"lines": [None, len(lines)]},
        )
    return requisition


def _terms_of(requisition: Requisition) -> Terms:
    recipient = requisition.recipient.code if requisition.recipient else ""
    return Terms(requisition.urgency, requisition.urgency_reason, recipient)


def submit_requisition(
    *, requisition_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> Requisition:
    """Hand a draft to the approver: judged once more, and the volume of all its lines is taken, or of none.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, EmptyRequisition, AboveLimit
        RulesBroken: with every line that cannot be ordered any more, or of which too little remains.
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
        lines = [Wanted(*row) for row in requisition.lines.order_by("pk").values_list("agreement_line", "packs")]
        orderer = _orderer(requisition.institution_id, _terms_of(requisition), at)
        judged = check_lines(lines, orderer, at)
        refuse_above_limit(amount_of(lines, judged), orderer)
        requisition.submitted_at, requisition.submitter_id = at, actor.user_id
        take_lines(requisition, lines, judged, at)
    return requisition


def approve_requisition(
    *, requisition_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> Requisition:
    """Release a requisition for placing; nobody approves their own.

    Where it comes to more than an approver may decide on alone, the first one signs and it waits for a second.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
    """
    with unit_of_work():
        requisition = lock(Requisition.objects.visible_to(actor), pk=requisition_id)
        if requisition.countersigner_id is None and _wants_two(requisition, at):
            return _countersign(requisition, actor, at, expected_version)
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


def _wants_two(requisition: Requisition, at: datetime) -> bool:
    limit = orderer_of(requisition.institution_id, localdate(at)).limit(Role.APPROVER)
    return limit is not None and requisition.amount > limit


def _countersign(requisition: Requisition, actor: Actor, at: datetime, expected_version: int | None) -> Requisition:
    """The first of two approvals: it stays submitted."""
    may_handle_requisition(actor, "approve", requisition)
    refuse_stale(requisition, expected_version)
    REQUISITION.resolve(requisition.status, "approve")
    requisition.countersigner_id = actor.user_id
    requisition.version += 1
    requisition.save(update_fields=["countersigner", "version", "updated_at"])
    changes = {"countersigner_id": [None, actor.user_id]}
    record(actor=actor, action="requisition.countersign", subject=requisition, at=at, changes=changes)
    return requisition


def change_requisition(
    *, requisition_id: int, action: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Requisition:
    """Send a requisition back to its author (``return``) or give it up (``cancel``); its volume goes back.

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
        if requisition.submitted_at is not None:
            give_back_lines(requisition, at)
        if action == "return":
            requisition.submitted_at = requisition.submitter_id = requisition.countersigner_id = None
    return requisition
