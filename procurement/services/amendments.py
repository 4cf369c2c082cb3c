"""Changing what was published: one officer proposes, another publishes, and the deadline only moves on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.errors import NotAllowed
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from procurement.errors import BiddingClosed, BiddingNotOpen, ChangeTooLate, DeadlineMovedBack, TextMissing
from procurement.models import Amendment, Tender
from procurement.policies import may_run_tender, require_person
from procurement.queries import rules_of
from procurement.services.documents import Attachment, store
from procurement.states import AMENDMENT, TenderStatus


def propose_amendment(
    *,
    tender_number: str,
    text: str,
    deadline_at: datetime,
    affects_preparation: bool,
    documents: Sequence[Attachment] = (),
    actor: Actor,
    at: datetime,
) -> Amendment:
    """Propose a change of the documents, or of the deadline alone; it holds once a second officer publishes it.

    Raises:
        NotVisible, NotAllowed, TextMissing, BiddingNotOpen, BiddingClosed, DeadlineMovedBack, ChangeTooLate
        RulesBroken: with each file that cannot be taken.
    """
    person = require_person(actor)
    if not text.strip():
        raise TextMissing(pointer="/text")
    with unit_of_work():
        tender = _lock_published(tender_number, actor, at)
        may_run_tender(actor, "publish", tender)
        amendment = Amendment(
            tender=tender,
            text=text.strip(),
            affects_preparation=affects_preparation,
            former_deadline_at=tender.deadline_at,
            deadline_at=deadline_at,
            proposed_at=at,
            proposed_by_id=person,
        )
        _refuse_deadline(tender, amendment, at)
        amendment.save()
        store(tender, documents, person, at, amendment)
        record(
            actor=actor,
            action="amendment.propose",
            subject=amendment,
            at=at,
            changes={"deadline_at": [tender.deadline_at, deadline_at]},
        )
    return amendment


def publish_amendment(*, amendment_id: int, actor: Actor, at: datetime) -> Amendment:
    """Publish what another officer proposed; the deadline moves with it.

    Raises:
        NotVisible, NotAllowed (four eyes), WrongState, BiddingNotOpen, BiddingClosed, DeadlineMovedBack, ChangeTooLate
    """
    person = require_person(actor)
    proposed = find(Amendment.objects.filter(tender__in=Tender.objects.visible_to(actor)), pk=amendment_id)
    with unit_of_work():
        # the tender first, as everywhere: bids are stored under its lock
        tender = _lock_published(proposed.tender.number, actor, at)
        with perform(
            "publish",
            Amendment.objects.select_related("tender"),
            pk=amendment_id,
            machine=AMENDMENT,
            policy=_may_publish,
            actor=actor,
            at=at,
        ) as amendment:
            amendment.former_deadline_at = tender.deadline_at
            _refuse_deadline(tender, amendment, at)
            amendment.published_at, amendment.published_by_id = at, person
        former = tender.deadline_at
        tender.deadline_at = amendment.deadline_at
        tender.version += 1
        tender.save(update_fields=["deadline_at", "version", "updated_at"])
        record(
            actor=actor,
            action="tender.amend",
            subject=tender,
            at=at,
            changes={"deadline_at": [former, tender.deadline_at], "text": [None, amendment.text]},
        )
    return amendment


def drop_amendment(*, amendment_id: int, actor: Actor, at: datetime) -> Amendment:
    """Drop a proposal; its files go with it.

    Raises:
        NotVisible, NotAllowed, WrongState
    """

    def policy(actor: Actor, action: str, amendment: Amendment) -> None:
        may_run_tender(actor, action, amendment.tender)

    with perform(
        "drop",
        Amendment.objects.filter(tender__in=Tender.objects.visible_to(actor)).select_related("tender"),
        pk=amendment_id,
        machine=AMENDMENT,
        policy=policy,
        actor=actor,
        at=at,
    ) as amendment:
        amendment.documents.all().delete()
    return amendment


def _may_publish(actor: Actor, action: str, amendment: Amendment) -> None:
    may_run_tender(actor, action, amendment.tender)
    if require_person(actor) == amendment.proposed_by_id:
        raise NotAllowed(reason=_("who proposed the amendment does not publish it; a second officer does"))


def _lock_published(number: str, actor: Actor, at: datetime) -> Tender:
    tender = lock(Tender.objects.visible_to(actor), number=number)
    if tender.status != TenderStatus.PUBLISHED:
        raise BiddingNotOpen(tender=tender.number, status=tender.get_status_display())
    if at >= tender.deadline_at:
        raise BiddingClosed(deadline=spoken(tender.deadline_at), received=spoken(at))
    return tender


def _refuse_deadline(tender: Tender, amendment: Amendment, at: datetime) -> None:
    """A deadline is never moved back, and a change that matters leaves time (Bidding Law: fifteen days)."""
    if amendment.deadline_at < tender.deadline_at:
        raise DeadlineMovedBack(
            deadline=spoken(tender.deadline_at), wanted=spoken(amendment.deadline_at), pointer="/deadline_at"
        )
    least = rules_of(tender).least_change_days
    earliest = at + timedelta(days=least)
    if amendment.affects_preparation and amendment.deadline_at < earliest:
        raise ChangeTooLate(
            least=least, earliest=spoken(earliest), deadline=spoken(amendment.deadline_at), pointer="/deadline_at"
        )
