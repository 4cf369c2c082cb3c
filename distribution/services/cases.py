"""Conducting a case about a retail price: told, answered, corrected or penalised with four eyes, closed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal

from django.utils.timezone import localdate

from catalog.errors import ReasonNeeded
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, perform, refuse_stale, unit_of_work
from catalog.rules.case_rules import CaseRules
from distribution.errors import CaseOver, HearingNotOver, PenaltyAmountUnfit, PenaltyNotProposed, PenaltyPending
from distribution.models import CaseLetter, RetailCase
from distribution.policies import may_handle_case, may_write_in_case
from distribution.services.case_letters import write
from distribution.states import OPEN_CASE, RETAIL_CASE, CaseStatus, LetterKind, Penalty
from procurement.rules.working_days import working_days_after
from procurement.services.documents import Attachment


def notify_institution(
    *,
    case_id: int,
    text: str,
    attachment: Attachment | None = None,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> RetailCase:
    """Tell the institution of the case; the days to answer and to correct run from now.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonNeeded, FileTooLarge, FileNotAccepted
    """
    with _handled("notify", case_id, actor, at, expected_version) as case:
        rules, today = CaseRules.read(case.rules.parameters), localdate(at)
        case.answer_by = working_days_after(today, rules.answer_days)
        case.correct_by = working_days_after(today, rules.correct_days)
        write(case, LetterKind.NOTIFICATION, text, attachment, actor, at)
    return case


def answer_case(
    *,
    case_id: int,
    text: str,
    attachment: Attachment | None = None,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> RetailCase:
    """Answer for the institution; what is answered late is written down with its day as well.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonNeeded, FileTooLarge, FileNotAccepted
    """
    with _handled("answer", case_id, actor, at, expected_version) as case:
        write(case, LetterKind.ANSWER, text, attachment, actor, at)
    return case


def write_in_case(
    *, case_id: int, text: str, attachment: Attachment | None = None, actor: Actor, at: datetime
) -> CaseLetter:
    """Write to the other side, or file evidence; once the institution was told of the case, until it has ended.

    Raises:
        NotVisible, NotAllowed, CaseOver, ReasonNeeded, FileTooLarge, FileNotAccepted
    """
    with unit_of_work():
        case = lock(RetailCase.objects.visible_to(actor), pk=case_id)
        may_write_in_case(actor, case)
        if case.status in (CaseStatus.CLOSED, CaseStatus.DISMISSED):
            raise CaseOver(case=case.number)
        letter = write(case, LetterKind.LETTER, text, attachment, actor, at)
        changes = {"letter": [None, letter.pk], "sha256": [None, letter.sha256]}
        record(actor=actor, action="retail_case.write", subject=case, at=at, changes=changes)
    return letter


def propose_penalty(
    *,
    case_id: int,
    penalty: Penalty,
    amount: Decimal | None,
    reason: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> RetailCase:
    """Propose what the institution is to bear (yuan where it pays); nothing follows before another officer confirms.

    The institution is heard first: it has answered, or its days to answer are over.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, ReasonNeeded, PenaltyAmountUnfit, PenaltyPending, HearingNotOver
    """
    if not reason.strip():
        raise ReasonNeeded(pointer="/reason")
    if (penalty == Penalty.WARNING) is not (amount is None) or (amount is not None and amount <= 0):
        raise PenaltyAmountUnfit(pointer="/amount")
    with unit_of_work():
        case = _locked(case_id, "propose_penalty", actor, expected_version)
        RETAIL_CASE.resolve(case.status, "penalise")
        if case.penalty:
            raise PenaltyPending(case=case.number)
        if case.status == CaseStatus.NOTIFIED and case.answer_by is not None and localdate(at) <= case.answer_by:
            raise HearingNotOver(case=case.number, answer_by=case.answer_by)
        _set_penalty(case, "propose_penalty", penalty, amount, reason.strip(), actor.user_id, actor, at)
    return case


def drop_penalty(*, case_id: int, actor: Actor, at: datetime, expected_version: int | None = None) -> RetailCase:
    """Give up the penalty that was proposed.

    Raises:
        NotVisible, NotAllowed, Stale, PenaltyNotProposed
    """
    with unit_of_work():
        case = _locked(case_id, "drop_penalty", actor, expected_version)
        if not case.penalty or case.status not in OPEN_CASE:
            raise PenaltyNotProposed(case=case.number)
        _set_penalty(case, "drop_penalty", "", None, "", None, actor, at)
    return case


def confirm_penalty(*, case_id: int, actor: Actor, at: datetime, expected_version: int | None = None) -> RetailCase:
    """Impose the penalty that another officer proposed; the institution gets the decision.

    Raises:
        NotVisible, NotAllowed: by who proposed it; Stale, WrongState, AlreadyDone, PenaltyNotProposed
    """
    with _handled("penalise", case_id, actor, at, expected_version) as case:
        if not case.penalty:
            raise PenaltyNotProposed(case=case.number)
        case.confirmed_by_id = actor.user_id
        write(case, LetterKind.DECISION, case.penalty_reason, None, actor, at)
    return case


def close_case(
    *, case_id: int, reason: str = "", actor: Actor, at: datetime, expected_version: int | None = None
) -> RetailCase:
    """Close a case that was corrected or penalised.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
        PenaltyPending: one is proposed and neither confirmed nor dropped.
    """
    with _handled("close", case_id, actor, at, expected_version) as case:
        if case.penalty and case.confirmed_by_id is None:
            raise PenaltyPending(case=case.number)
        case.ended_at, case.end_reason = at, reason.strip()
    return case


def dismiss_case(
    *, case_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> RetailCase:
    """End a case without consequence, and say why; an institution that was told of it is told of this too.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ReasonNeeded, PenaltyPending
    """
    if not reason.strip():
        raise ReasonNeeded(pointer="/reason")
    with _handled("dismiss", case_id, actor, at, expected_version) as case:
        if case.penalty:
            raise PenaltyPending(case=case.number)
        case.ended_at, case.end_reason = at, reason.strip()
        if case.letters.exists():
            write(case, LetterKind.DECISION, reason, None, actor, at)
    return case


def _handled(
    action: str, case_id: int, actor: Actor, at: datetime, expected_version: int | None
) -> AbstractContextManager[RetailCase]:
    return perform(
        action,
        RetailCase.objects.visible_to(actor).select_related("rules", "institution", "product"),
        pk=case_id,
        machine=RETAIL_CASE,
        policy=may_handle_case,
        actor=actor,
        at=at,
        expected_version=expected_version,
    )


def _locked(case_id: int, action: str, actor: Actor, expected_version: int | None) -> RetailCase:
    case = lock(RetailCase.objects.visible_to(actor), pk=case_id)
    may_handle_case(actor, action, case)
    refuse_stale(case, expected_version)
    return case


def _set_penalty(
    case: RetailCase,
    action: str,
    penalty: str,
    amount: Decimal | None,
    reason: str,
    proposed_by_id: int | None,
    actor: Actor,
    at: datetime,
) -> None:
    before = case.penalty
    case.penalty, case.penalty_amount, case.penalty_reason = penalty, amount, reason
    case.proposed_by_id = proposed_by_id
    case.version += 1
    case.save(update_fields=["penalty", "penalty_amount", "penalty_reason", "proposed_by", "version", "updated_at"])
    changes = {"penalty": [before, penalty], "penalty_amount": [None, amount], "penalty_reason": [None, reason]}
    record(actor=actor, action=f"retail_case.{action}", subject=case, at=at, changes=changes)
