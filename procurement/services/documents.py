"""The files of the tender documents."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from catalog.foundation.actor import Actor
from catalog.foundation.errors import DomainError, refuse
from catalog.foundation.journal.record import record
from catalog.foundation.transitions import lock, unit_of_work
from procurement.errors import DocumentsFixed, FileNotAccepted, FileTooLarge, NumberTaken
from procurement.models import Amendment, Tender, TenderDocument
from procurement.policies import may_run_tender, require_person
from procurement.rules.files import media_type_of
from procurement.states import TenderStatus

MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 10


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it was handed in."""

    title: str
    file_name: str
    content: bytes


def add_document(*, tender_number: str, attachment: Attachment, actor: Actor, at: datetime) -> TenderDocument:
    """Add a file to the documents of a draft.

    Raises:
        NotVisible, NotAllowed, DocumentsFixed: published; FileNotAccepted, FileTooLarge, NumberTaken: added before.
    """
    person = require_person(actor)
    with unit_of_work():
        tender = lock(Tender.objects.visible_to(actor), number=tender_number)
        may_run_tender(actor, "publish", tender)
        if tender.status != TenderStatus.DRAFT:
            raise DocumentsFixed(tender=tender.number)
        [document] = store(tender, [attachment], person, at)
        record(actor=actor, action="tender.add_document", subject=tender, at=at, changes=_told(document))
    return document


def remove_document(*, document_id: int, actor: Actor, at: datetime) -> Tender:
    """Take a file out of the documents of a draft.

    Raises:
        NotVisible, NotAllowed, DocumentsFixed
    """
    with unit_of_work():
        tender = lock(Tender.objects.visible_to(actor), documents=document_id)
        may_run_tender(actor, "publish", tender)
        if tender.status != TenderStatus.DRAFT:
            raise DocumentsFixed(tender=tender.number)
        document = TenderDocument.objects.get(pk=document_id)
        told = {name: [after, None] for name, (_before, after) in _told(document).items()}
        document.delete()
        record(actor=actor, action="tender.remove_document", subject=tender, at=at, changes=told)
    return tender


def store(
    tender: Tender,
    attachments: Sequence[Attachment],
    person: int,
    at: datetime,
    amendment: Amendment | None = None,
) -> list[TenderDocument]:
    """Write files of a tender, in the caller's transaction; nothing where one of them cannot be taken.

    Raises:
        RulesBroken: with each file that is too large or of another kind.
        NumberTaken: the same content stands among the documents.
    """
    broken: list[DomainError] = []
    documents: list[TenderDocument] = []
    for index, attachment in enumerate(attachments):
        kind = media_type_of(attachment.content)
        if len(attachment.content) > MOST_MEGABYTES * MEGABYTE:
            size = f"{len(attachment.content) / MEGABYTE:.1f}"
            broken.append(
                FileTooLarge(name=attachment.file_name, size=size, most=MOST_MEGABYTES, pointer=f"/documents/{index}")
            )
        elif kind is None:
            broken.append(FileNotAccepted(name=attachment.file_name, pointer=f"/documents/{index}"))
        else:
            documents.append(
                TenderDocument(
                    tender=tender,
                    amendment=amendment,
                    title=attachment.title,
                    file_name=attachment.file_name,
                    media_type=kind,
                    content=attachment.content,
                    sha256=hashlib.sha256(attachment.content).hexdigest(),
                    added_at=at,
                    added_by_id=person,
                )
            )
    refuse(broken)
    try:
        with transaction.atomic():
            return TenderDocument.objects.bulk_create(documents)
    except IntegrityError:
        names = ", ".join(document.file_name for document in documents)
        raise NumberTaken(number=names, pointer="/documents") from None


def _told(document: TenderDocument) -> dict[str, list[str | None]]:
    return {"title": [None, document.title], "sha256": [None, document.sha256]}
