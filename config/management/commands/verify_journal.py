"""Whether the journal is whole, and where it was broken if it is not."""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.foundation.journal.models import Book
from catalog.foundation.journal.verifying import Break, Verdict, check_kept, verify_book
from catalog.foundation.signing import current_public_key, key_id
from config.terminal import TerminalCommand


class Command(TerminalCommand):
    help = "Reckons the chains of the journal again and says that they are whole, or where they were broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--kept",
            type=Path,
            metavar="FILE",
            help="seals that were kept outside of the platform, as the public page of seals gives them as JSON",
        )
        parser.add_argument(
            "--trust",
            action="append",
            default=[],
            metavar="KEY",
            help="a public key (base64) that the platform signed with before its present one; may be repeated",
        )

    def handle(self, *args: Any, kept: Path | None, trust: list[str], **options: Any) -> None:
        trusted = {key_id(key): key for key in [current_public_key(), *map(_key, trust)]}
        with transaction.atomic():
            _take_time()
            verdicts = [verify_book(book, trusted=trusted) for book in Book]
            breaks = [item for verdict in verdicts for item in verdict.breaks]
            if kept is not None:
                breaks += _held_against(kept, trusted)
        for verdict in verdicts:
            self.stdout.write(_told(verdict))
        for item in breaks:
            self.stdout.write(_words(item))
        if breaks:
            count = len(breaks)
            raise CommandError(
                ngettext(
                    "The journal is broken in %(count)s place.", "The journal is broken in %(count)s places.", count
                )
                % {"count": count}
            )
        self.stdout.write(_("The journal is whole."))


def _take_time() -> None:
    # a whole book is read by one statement, and all its signatures are checked between two
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise CommandError(_("%(text)s is not a public key of 32 bytes in base64.") % {"text": text})
    return key


def _held_against(path: Path, trusted: dict[str, bytes]) -> list[Break]:
    try:
        return check_kept(json.loads(path.read_text(encoding="utf-8"))["seals"], trusted=trusted)
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise CommandError(_("%(file)s does not hold seals of the journal.") % {"file": path}) from error


def _told(verdict: Verdict) -> str:
    return _("%(book)s: %(entries)s entries in %(seals)s seals, %(waiting)s more to be sealed") % {
        "book": verdict.book.label,
        "entries": verdict.entries,
        "seals": verdict.seals,
        "waiting": verdict.waiting,
    }


def _words(item: Break) -> str:
    thing = _("entry %(number)s") if item.is_of_an_entry else _("seal %(number)s")
    return f"{item.book.label}, {thing % {'number': item.number}}: {item.kind.label}"
