"""Complaints of institutions and firms about each other: accepted, answered and decided within their days."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from django.utils.timezone import localdate

from catalog.accounts.kinds import OrganizationKind
from catalog.accounts.models import Organization
from catalog.foundation.actor import Actor
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, perform, unit_of_work
from distribution.errors import ComplaintAboutWhom, ComplaintEmpty, NotPartyToOrder, ProvinceUnclear
from distribution.models import Complaint, Order
from distribution.policies import may_handle_complaint, require_party
from distribution.queries.rules import delivery_rules
from distribution.states import COMPLAINT, ComplaintSubject
from procurement.rules.working_days import working_days_after

PARTIES = (OrganizationKind.INSTITUTION, OrganizationKind.SUPPLIER, OrganizationKind.DISTRIBUTOR)


def file_complaint(
    *,
    about_code: str,
    subject: ComplaintSubject,
    text: str,
    order_id: int | None = None,
    actor: Actor,
    at: datetime,
) -> Complaint:
    """Complain about an institution, a supplier or a distributor; the officers of the province decide.

    The province is that of the order, else of the institution that complains or is complained about.

    Raises:
        NotAllowed: not acting for an institution or a firm.
        NotVisible: no such organization, or no such order of one's own.
        ComplaintEmpty, ComplaintAboutWhom, NotPartyToOrder, ProvinceUnclear, RuleSetMissing
    """
    complainant_id = require_party(actor)
    if not text.strip():
        raise ComplaintEmpty(pointer="/text")
    with unit_of_work():
        about = find(Organization.objects.all(), code=about_code)
        if about.kind not in PARTIES or about.pk == complainant_id:
            raise ComplaintAboutWhom(about=about, pointer="/about")
        order = find(Order.objects.visible_to(actor), pk=order_id) if order_id is not None else None
        if order is not None and about.pk not in (
            order.institution_id,
            order.recipient_id,
            order.supplier_id,
            order.distributor_id,
        ):
            raise NotPartyToOrder(about=about, order=order.number, pointer="/order")
        complainant = Organization.objects.get(pk=complainant_id)
        institutions = [party for party in (complainant, about) if party.kind == OrganizationKind.INSTITUTION]
        if order is None and not institutions:
            raise ProvinceUnclear(pointer="/order")
        today = localdate(at)
        rules = delivery_rules(today)
        accept_by = working_days_after(today, rules.complaint_accept_days)
        complaint = Complaint.objects.create(
            province_id=order.province_id if order else institutions[0].province_id,
            complainant=complainant,
            about=about,
            order=order,
            subject=subject,
            text=text.strip(),
            filed_at=at,
            accept_by=accept_by,
            decide_by=working_days_after(accept_by, rules.complaint_decide_days),
        )
        changes = {"about_id": [None, about.pk], "subject": [None, subject], "order_id": [None, order and order.pk]}
        record(actor=actor, action="complaint.file", subject=complaint, at=at, changes=changes)
    return complaint


def accept_complaint(
    *, complaint_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> Complaint:
    """Take the complaint up: whom it is about learns of it, and the days until the decision run from now.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, RuleSetMissing
    """
    with _handled("accept", complaint_id, actor, at, expected_version) as complaint:
        today = localdate(at)
        complaint.decide_by = working_days_after(today, delivery_rules(today).complaint_decide_days)
    return complaint


def reject_complaint(
    *, complaint_id: int, reason: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Complaint:
    """Do not take the complaint up, and say why.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ComplaintEmpty
    """
    with _handled("reject", complaint_id, actor, at, expected_version) as complaint:
        complaint.decision = _said(reason, "reason")
    return complaint


def answer_complaint(
    *, complaint_id: int, answer: str, actor: Actor, at: datetime, expected_version: int | None = None
) -> Complaint:
    """Answer a complaint about oneself.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ComplaintEmpty
    """
    with _handled("answer", complaint_id, actor, at, expected_version) as complaint:
        complaint.answer = _said(answer, "answer")
    return complaint


def decide_complaint(
    *,
    complaint_id: int,
    is_upheld: bool,
    decision: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Complaint:
    """Uphold a complaint or not, with the reason; answered or not.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone, ComplaintEmpty
    """
    with _handled("decide", complaint_id, actor, at, expected_version) as complaint:
        complaint.is_upheld, complaint.decision = is_upheld, _said(decision, "decision")
    return complaint


def withdraw_complaint(
    *, complaint_id: int, actor: Actor, at: datetime, expected_version: int | None = None
) -> Complaint:
    """Take one's own complaint back before it is decided.

    Raises:
        NotVisible, NotAllowed, Stale, WrongState, AlreadyDone
    """
    with _handled("withdraw", complaint_id, actor, at, expected_version) as complaint:
        pass
    return complaint


def _handled(
    action: str, complaint_id: int, actor: Actor, at: datetime, expected_version: int | None
) -> AbstractContextManager[Complaint]:
    return perform(
        action,
        Complaint.objects.visible_to(actor),
        pk=complaint_id,
        machine=COMPLAINT,
        policy=may_handle_complaint,
        actor=actor,
        at=at,
        expected_version=expected_version,
    )


def _said(text: str, name: str) -> str:
    """What was said, once something was.

    Raises:
        ComplaintEmpty
    """
    if not text.strip():
        raise ComplaintEmpty(pointer=f"/{name}")
    return text.strip()
