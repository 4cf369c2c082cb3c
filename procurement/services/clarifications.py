"""Questions on the tender documents, and answers that go to all."""

from __future__ import annotations

from datetime import datetime, timedelta

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, unit_of_work
from procurement.errors import AlreadyAnswered, AnswerTooLate, BiddingNotOpen, QuestionTooLate, TextMissing
from procurement.models import Clarification, Tender
from procurement.policies import may_run_tender, require_person, require_role
from procurement.queries import rules_of
from procurement.states import TenderStatus


def questions_until(tender: Tender) -> datetime:
    """The moment until which the documents may be questioned or objected to."""
    until = tender.deadline_at - timedelta(days=rules_of(tender).objection_to_documents_days)
    # where the whole time for bids is shorter, whoever reads the documents may still ask
    return until if tender.published_at is None or until > tender.published_at else tender.deadline_at


def ask(*, tender_number: str, question: str, actor: Actor, at: datetime) -> Clarification:
    """Ask about the documents of a published tender.

    Raises:
        NotAllowed: not a supplier. NotVisible, BiddingNotOpen, QuestionTooLate, TextMissing
    """
    require_role(actor, Role.SUPPLIER_AGENT)
    if actor.organization_id is None:
        raise NotAllowed(reason=Role.SUPPLIER_AGENT.label)
    if not question.strip():
        raise TextMissing(pointer="/question")
    with unit_of_work():
        tender = lock(Tender.objects.visible_to(actor), number=tender_number)
        if tender.status != TenderStatus.PUBLISHED:
            raise BiddingNotOpen(tender=tender.number, status=tender.get_status_display())
        until = questions_until(tender)
        if at >= until:
            raise QuestionTooLate(until=spoken(until), now=spoken(at))
        asked = Clarification.objects.create(
            tender=tender, asked_by_id=actor.organization_id, question=question.strip(), asked_at=at
        )
        record(actor=actor, action="clarification.ask", subject=asked, at=at)
    return asked


def answer(*, clarification_id: int, text: str, actor: Actor, at: datetime) -> Clarification:
    """Answer a question, to all; once, and while bids are prepared.

    Raises:
        NotVisible, NotAllowed, AlreadyAnswered, AnswerTooLate, TextMissing
    """
    person = require_person(actor)
    if not text.strip():
        raise TextMissing(pointer="/answer")
    with unit_of_work():
        asked = lock(Clarification.objects.visible_to(actor).select_related("tender"), pk=clarification_id)
        may_run_tender(actor, "publish", asked.tender)
        if asked.answered_at is not None:
            raise AlreadyAnswered(answered=spoken(asked.answered_at))
        tender = asked.tender
        if tender.status != TenderStatus.PUBLISHED or at >= tender.deadline_at:
            raise AnswerTooLate(
                tender=tender.number,
                status=tender.get_status_display(),
                deadline=spoken(tender.deadline_at),
                now=spoken(at),
            )
        asked.answer, asked.answered_at, asked.answered_by_id = text.strip(), at, person
        asked.save(update_fields=["answer", "answered_at", "answered_by"])
        record(actor=actor, action="clarification.answer", subject=asked, at=at)
    return asked
