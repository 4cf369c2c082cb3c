"""The correspondence of a case: a letter, with its file, and the notice that it has come."""

from __future__ import annotations

import hashlib
from datetime import datetime

from catalog.errors import ReasonNeeded
from catalog.foundation.actor import Actor
from distribution.models import CaseLetter, RetailCase
from distribution.services.notices import notify
from distribution.states import LetterKind, NoticeKind
from procurement.errors import FileNotAccepted, FileTooLarge
from procurement.rules.files import media_type_of
from procurement.services.documents import MEGABYTE, MOST_MEGABYTES, Attachment


def write(
    case: RetailCase, kind: LetterKind, text: str, attachment: Attachment | None, actor: Actor, at: datetime
) -> CaseLetter:
    """Keep a letter, and tell the institution of it unless it wrote it itself; part of the caller's transaction.

    Raises:
        ReasonNeeded: it says nothing.
        FileTooLarge, FileNotAccepted
    """
    if not text.strip():
        raise ReasonNeeded(pointer="/text")
    assert actor.organization_id is not None  # both sides act for an organization
    letter = CaseLetter.objects.create(
        case=case,
        kind=kind,
        organization_id=actor.organization_id,
        written_by_id=actor.user_id,
        written_at=at,
        text=text.strip(),
        **_file(attachment),
    )
    if actor.organization_id != case.institution_id:
        notice = NoticeKind.CASE_ENDED if kind == LetterKind.DECISION else NoticeKind.CASE_WRITTEN
        notify([case.institution_id], notice, at=at, case=case.number, product=str(case.product))
    return letter


def _file(attachment: Attachment | None) -> dict[str, str | bytes]:
    if attachment is None:
        return {}
    size = len(attachment.content) / MEGABYTE
    if size > MOST_MEGABYTES:
        raise FileTooLarge(name=attachment.file_name, size=f"{size:.1f}", most=MOST_MEGABYTES, pointer="/file")
    kind = media_type_of(attachment.content)
    if kind is None:
        raise FileNotAccepted(name=attachment.file_name, pointer="/file")
    return {
        "file_name": attachment.file_name,
        "media_type": kind,
        "content": attachment.content,
        "sha256": hashlib.sha256(attachment.content).hexdigest(),
    }
