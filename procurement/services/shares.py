"""The people who open: their own keys, and the release of their shares after the deadline, two of them at least."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalog.accounts.kinds import Role
from catalog.foundation.actor import Actor
from catalog.foundation.clock import spoken
from catalog.foundation.errors import NotAllowed, NotVisible, WrongState
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import find, lock, perform, unit_of_work
from procurement.errors import PassphraseTooShort, SharesDoNotFit, TooEarlyToOpen, WrongPassphrase
from procurement.models import KeyShare, OpeningKey, Tender, TenderKey
from procurement.policies import holds_share, require_person
from procurement.rules.sealing import (
    CannotOpen,
    LockedKey,
    lock_with_passphrase,
    new_key_pair,
    unlock_with_passphrase,
    unseal,
)
from procurement.services.objections import refuse_while_objected
from procurement.services.shortlists import refuse_contestable, return_envelopes
from procurement.services.tenders import close_tender
from procurement.states import TENDER, Stage, TenderStatus

PASSPHRASE_LENGTH = 12
BEFORE_THE_SHORTLIST = (TenderStatus.PUBLISHED, TenderStatus.CLOSED, TenderStatus.TECHNICAL_OPENING)
ASSEMBLE = {Stage.TECHNICAL: "assemble_technical", Stage.COMMERCIAL: "assemble"}


def set_opening_passphrase(*, passphrase: str, actor: Actor, at: datetime) -> OpeningKey:
    """Make the person's own opening key, locked with a passphrase that is stored nowhere. Once per person.

    Raises:
        NotAllowed: not an officer or supervisor, or the person has a key.
        PassphraseTooShort
    """
    person = require_person(actor)
    if not actor.has(Role.PROCUREMENT_OFFICER, Role.SUPERVISOR):
        raise NotAllowed(reason=_("only officers and supervisors hold opening keys"))
    if len(passphrase) < PASSPHRASE_LENGTH:
        raise PassphraseTooShort(least=PASSPHRASE_LENGTH, pointer="/passphrase")
    locked = lock_with_passphrase(new_key_pair(), passphrase)
    try:
        with transaction.atomic():
            key = OpeningKey.objects.create(
                user_id=person,
                public_key=locked.public,
                locked_private_key=locked.locked_private,
                salt=locked.salt,
                created_at=at,
            )
            record(actor=actor, action="opening_key.create", subject=key, at=at)
    except IntegrityError:
        raise NotAllowed(reason=_("you already have an opening key; sealed tenders depend on it")) from None
    return key


def stage_to_open(tender: Tender) -> Stage:
    """The envelope whose turn it is: the technical one first, where the tender has a key for it."""
    is_first = tender.status in BEFORE_THE_SHORTLIST and tender.keys.filter(stage=Stage.TECHNICAL).exists()
    return Stage.TECHNICAL if is_first else Stage.COMMERCIAL


def release_share(*, tender_number: str, passphrase: str, actor: Actor, at: datetime) -> Tender:
    """Release one's share of the key whose turn it is; the last one needed sends the tender to the worker.

    Before a commercial key is put together, the envelopes of those who are not on the shortlist are destroyed.

    Raises:
        NotVisible, NotAllowed
        TooEarlyToOpen: before the deadline nobody can, whoever they are.
        WrongPassphrase
        ObjectionsUnanswered, DocumentsNotAmended, UpheldObjections: one waits for a reply, or for what follows.
        ShortlistContestable: the shortlist can still be objected to.
        WrongState, AlreadyDone: opened, or being opened.
        SharesDoNotFit: the worker could not use the shares, and one's own is as it was: another is needed.
    """
    person = require_person(actor)
    tender = find(Tender.objects.visible_to(actor), number=tender_number)
    if at < tender.deadline_at:
        raise TooEarlyToOpen(deadline=spoken(tender.deadline_at), now=spoken(at))
    # the same people hold every key of a tender
    holds_share(actor, KeyShare.objects.filter(key__tender=tender, holder_id=person).first())
    if tender.status == TenderStatus.PUBLISHED:
        # another holder, or the worker, may have closed it since it was read
        with suppress(NotVisible, WrongState):
            close_tender(number=tender_number, actor=Actor.platform(actor.channel), at=at)
    with unit_of_work():
        # the tender first, as everywhere: opening and cancelling hold it while they reach for the shares
        tender = lock(Tender.objects.all(), pk=tender.pk)
        stage = stage_to_open(tender)
        TENDER.resolve(tender.status, ASSEMBLE[stage])
        refuse_while_objected(tender)
        if stage == Stage.COMMERCIAL:
            refuse_contestable(tender, at)
        key = lock(TenderKey.objects.all(), tender=tender, stage=stage)
        share = lock(KeyShare.objects.filter(key=key), holder_id=person)
        is_new = _release(share, person, passphrase, at)
        if is_new:
            record(actor=actor, action="opening.release", subject=tender, at=at, changes={"stage": [None, str(stage)]})
        released = KeyShare.objects.filter(key=key, released__isnull=False).count()
        if released < key.threshold:
            return tender
        if not is_new:
            raise SharesDoNotFit(tender=tender.number, count=released)
        with perform(
            ASSEMBLE[stage],
            Tender.objects.all(),
            pk=tender.pk,
            machine=TENDER,
            policy=_holders_assemble,
            actor=actor,
            at=at,
        ) as tender:
            if stage == Stage.COMMERCIAL:
                return_envelopes(tender, actor=actor, at=at)
    return tender


def _holders_assemble(actor: Actor, action: str, tender: Tender) -> None:
    """Whoever released the last share needed."""


def _release(share: KeyShare, person: int, passphrase: str, at: datetime) -> bool:
    """Store the opened share; false where it is there already, as it was sealed.

    Raises:
        WrongPassphrase
    """
    if share.sealed is None:
        return False
    opened = _open_share(bytes(share.sealed), person, passphrase)
    if share.released is not None and bytes(share.released) == opened:
        return False
    share.released, share.released_at = opened, at
    share.save(update_fields=["released", "released_at"])
    return True


def _open_share(sealed: bytes, person: int, passphrase: str) -> bytes:
    key = OpeningKey.objects.get(user_id=person)
    locked = LockedKey(bytes(key.public_key), bytes(key.locked_private_key), bytes(key.salt))
    try:
        return unseal(sealed, unlock_with_passphrase(locked, passphrase))
    except CannotOpen:
        raise WrongPassphrase(reason="", pointer="/passphrase") from None
