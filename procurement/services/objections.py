"""Objections of suppliers: while one is unanswered nothing is awarded, and the time comes on top of the window."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.timezone import localdate

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from procurement.errors import (
    DocumentsNotAmended,
    ObjectionDecided,
    ObjectionsNotHeard,
    ObjectionsUnanswered,
    OnlyBiddersObject,
    TextMissing,
    UpheldObjections,
)
from procurement.models import Bid, Lot, Objection, Opening, Tender
from procurement.policies import may_answer_objection, require_role
from procurement.queries import rules_of
from procurement.queries.objections import objections_heard_until
from procurement.queries.shortlists import shortlist_contestable_until
from procurement.states import OBJECTION, LotStatus, ObjectionKind, TenderStatus


def file_objection(
    *, tender_number: str, lot_number: int | None = None, text: str, actor: Actor, at: datetime
) -> Objection:
    """File a supplier's objection; the moment decides what it is about.

    To the documents while bids are accepted, until some days before the deadline; to an opening on its day; to the
    shortlist and to the result in the windows after they are published. To all but the documents only bidders object.

    Raises:
        NotAllowed: not a supplier.
        NotVisible: no such tender, or no such lot in it.
        ObjectionsNotHeard, OnlyBiddersObject, ObjectionDecided, TextMissing
    """
    require_role(actor, Role.SUPPLIER_AGENT)
    if not text.strip():
        raise TextMissing(pointer="/text")
    with unit_of_work():
        tender = lock(Tender.objects.visible_to(actor).select_related("procedure_rules"), number=tender_number)
        lot = None if lot_number is None else find(Lot.objects.filter(tender=tender), number=lot_number)
        kind = _kind(tender, at)
        if kind != ObjectionKind.DOCUMENTS:
            _require_bidder(tender, actor)
        if kind == ObjectionKind.RESULT:
            _refuse_decided(tender, lot)
        assert actor.organization_id is not None  # who holds a role holds it in an organization
        objection = Objection.objects.create(
            tender=tender,
            lot=lot,
            kind=kind,
            organization_id=actor.organization_id,
            text=text.strip(),
            filed_at=at,
            reply_due_at=at + timedelta(days=rules_of(tender).reply_days),
        )
        record(actor=actor, action="objection.file", subject=objection, at=at, changes={"kind": [None, kind]})
    return objection


def _kind(tender: Tender, at: datetime) -> ObjectionKind:
    documents_until = tender.deadline_at - timedelta(days=rules_of(tender).objection_to_documents_days)
    result_until = None
    if tender.status == TenderStatus.PUBLISHED and at < documents_until:
        return ObjectionKind.DOCUMENTS
    if tender.status == TenderStatus.SHORTLIST_PUBLISHED:
        result_until = shortlist_contestable_until(tender, at)
        if at < result_until:
            return ObjectionKind.SHORTLIST
    elif tender.status == TenderStatus.CANDIDATES_PUBLISHED:
        result_until = objections_heard_until(tender, at)
        if at < result_until:
            return ObjectionKind.RESULT
    elif any(localdate(opened) == localdate(at) for opened in _openings(tender)):
        return ObjectionKind.OPENING
    raise ObjectionsNotHeard(
        tender=tender.number, documents=spoken(documents_until), result=spoken(result_until) if result_until else "—"
    )


def _openings(tender: Tender) -> list[datetime]:
    if tender.status in (TenderStatus.CONCLUDED, TenderStatus.CANCELLED):
        return []
    return list(Opening.objects.filter(tender=tender).values_list("opened_at", flat=True))


def _require_bidder(tender: Tender, actor: Actor) -> None:
    bids = Bid.objects.standing().filter(lot__tender=tender, supplier_id=actor.organization_id)
    if not bids.exists():
        raise OnlyBiddersObject(tender=tender.number)


def _refuse_decided(tender: Tender, lot: Lot | None) -> None:
    """An award may have been waiting for the same lock, and been first."""
    awarded = Lot.objects.filter(tender=tender, status=LotStatus.AWARDED).order_by("number")
    if lot is not None:
        awarded = awarded.filter(pk=lot.pk)
    if awarded:
        raise ObjectionDecided(lots=", ".join(str(item.number) for item in awarded))


def answer_objection(
    *,
    objection_id: int,
    is_upheld: bool,
    reply: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Objection:
    """Uphold or dismiss an objection with a reply; the window grows by the time for which it stood still.

    Who upholds has to act after it: amend the documents, set a bid aside, declare the lot failed, or cancel the tender.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, TextMissing
    """
    with unit_of_work():
        known = find(Objection.objects.visible_to(actor), pk=objection_id)
        tender = lock(Tender.objects.select_related("procedure_rules"), pk=known.tender_id)
        with perform(
            "uphold" if is_upheld else "dismiss",
            Objection.objects.visible_to(actor).select_related("tender"),
            pk=objection_id,
            machine=OBJECTION,
            policy=may_answer_objection,
            actor=actor,
            at=at,
            expected_version=expected_version,
        ) as objection:
            if not reply.strip():
                raise TextMissing(pointer="/reply")
            objection.reply, objection.replied_at, objection.replied_by_id = reply.strip(), at, actor.user_id
        if tender.status == TenderStatus.SHORTLIST_PUBLISHED:
            hear_until(tender, shortlist_contestable_until(tender, at), actor=actor, at=at)
        elif tender.status == TenderStatus.CANDIDATES_PUBLISHED:
            hear_until(tender, objections_heard_until(tender, at), actor=actor, at=at)
    return objection


def hear_until(tender: Tender, until: datetime, *, actor: Actor, at: datetime) -> None:
    """Write down until when objections are heard; part of the caller's transaction, which holds the tender."""
    before, tender.objections_until = tender.objections_until, until
    if before == until:
        return
    tender.version += 1
    tender.save(update_fields=["objections_until", "candidates_published_at", "version", "updated_at"])
    record(
        actor=actor,
        action="tender.extend_objections",
        subject=tender,
        at=at,
        changes={"objections_until": [before and before.isoformat(), until.isoformat()]},
    )


def refuse_while_objected(tender: Tender, lot: Lot | None = None) -> None:
    """Let pass a tender in which every objection is answered, and every upheld one followed by something.

    ``lot`` narrows the second to what was upheld about it or about the whole tender.

    Raises:
        ObjectionsUnanswered, DocumentsNotAmended, UpheldObjections
    """
    waiting = Objection.objects.unanswered().filter(tender=tender).count()
    if waiting:
        raise ObjectionsUnanswered(count=waiting)
    upheld = Objection.objects.without_remedy().filter(tender=tender)
    if lot is not None:
        upheld = upheld.about(lot)
    if count := upheld.filter(kind=ObjectionKind.DOCUMENTS).count():
        raise DocumentsNotAmended(count=count)
    if count := upheld.count():
        raise UpheldObjections(count=count)


def note_remedy(lot: Lot, remedy: str, *, at: datetime) -> None:
    """Write down what followed the objections that were upheld about the lot; part of the caller's transaction.

    What was upheld about the documents nothing about one lot puts right.
    """
    upheld = Objection.objects.without_remedy().about(lot).exclude(kind=ObjectionKind.DOCUMENTS)
    upheld.update(remedy=remedy, remedied_at=at)
